"""The API of oneself: the person, their tokens, tickets for the stream."""
