"""The pages that people open: the gallery and the editor."""
