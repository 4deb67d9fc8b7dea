"""Commands: start, serve, setup, limits."""
