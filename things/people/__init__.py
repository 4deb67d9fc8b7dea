"""Who may see and change a Thing, how they come to it, and what they are told."""
