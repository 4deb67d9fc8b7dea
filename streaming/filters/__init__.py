"""2. The filter chain: each builds a part of the context, or refuses."""
