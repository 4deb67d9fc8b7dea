"""Commands: the filter chain, a look into the stream."""
