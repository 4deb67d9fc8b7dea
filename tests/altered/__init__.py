"""The product with some of its seconds changed, as `ALTERED` says: so that what follows can only have one cause.

With a sweep that never comes, what arrives came by Redis; with a grace that never ends, who left was replaced.
"""
