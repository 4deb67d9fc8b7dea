"""What every page of the site shares: its look, its template tags, its pages for developers and errors.

Other apps use it by their templates alone.
"""
