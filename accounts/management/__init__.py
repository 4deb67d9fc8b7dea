"""Commands: e-mail addresses that collide."""
