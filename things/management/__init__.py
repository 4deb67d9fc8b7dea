"""Commands: demo, purge, replay, new_epoch."""
