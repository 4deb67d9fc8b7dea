"""Things as they are shown: one, pages of them, their pictures."""
