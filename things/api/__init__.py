"""The HTTP API: Things, editor actions, members, the inbox."""
