"""Expected failures of the stream. Raised where they are known, told to the client in one place."""

from streaming.close_codes import CloseCode


class Refused(Exception):
    """The connection is refused, or ended: `bye`, then the close code (H2, C).

    `retry` is a range of seconds from which the client picks a random moment.
    """

    def __init__(self, code: CloseCode, reason: str = "", retry: tuple[float, float] | None = None) -> None:
        self.code, self.reason, self.retry = code, reason or code.reason, retry
        # Whether it ends a connection that was welcomed; else it never began.
        self.welcomed = False
        super().__init__(f"{int(code)} {self.reason}")


class Denied(Exception):
    """A request on the stream fails; the connection goes on. `code` is one of the error codes (C)."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


class Forbidden(Denied):
    """May not, or does not exist: the two look the same (S3)."""

    def __init__(self) -> None:
        super().__init__("forbidden", "no such topic, or not for you")
