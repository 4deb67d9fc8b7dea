"""Between a socket and Django: bounds, refusals and turns, all in the event loop, before a thread is taken."""
