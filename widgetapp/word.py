"""One word from a child process: that it is ready. Or its end, which says that it never will be."""

import os


class Word:
    """The child is given `saying` and calls `say` with it; the parent closes its own copy with `given`."""

    def __init__(self) -> None:
        self._hearing, self.saying = os.pipe()
        os.set_blocking(self._hearing, False)
        self._said: bool | None = None

    def given(self) -> None:
        os.close(self.saying)

    def said(self) -> bool | None:
        """Whether it was said; None while that is open."""
        if self._said is None:
            try:
                self._said = os.read(self._hearing, 1) != b""
            except BlockingIOError:
                return None
            os.close(self._hearing)
        return self._said

    def forget(self) -> None:
        if self._said is None:
            self._said = False
            os.close(self._hearing)


def say(saying: int) -> None:
    os.write(saying, b"r")
    os.close(saying)
