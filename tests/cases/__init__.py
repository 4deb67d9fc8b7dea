"""Cases that people who tried the product ran into, each by its name: none happens again."""
