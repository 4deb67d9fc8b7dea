"""THE EDITING PATH: the one way a Thing changes."""

from things.editing.create import begin, create, draft_of
from things.editing.perform import Performed, perform

__all__ = ["Performed", "begin", "create", "draft_of", "perform"]
