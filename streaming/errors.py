"""Expected failures of the stream. Raised where they are known, told to the client in one place."""

import logging

from streaming.close_codes import CloseCode
from streaming.database import is_away, log_away

logger = logging.getLogger(__name__)

AWAY_RETRY_SECONDS = (1.0, 10.0)


class Refused(Exception):
    """The connection is refused, or ended: `bye`, then the close code (H2, C).

    `retry` is a range of seconds from which the client picks a random moment.
    """

    def __init__(self, code: CloseCode, reason: str = "", retry: tuple[float, float] | None = None) -> None:
        self.code, self.reason, self.retry = code, reason or code.reason, retry
        # True where the connection had been welcomed; False where it never got that far.
        self.welcomed = False
        super().__init__(f"{int(code)} {self.reason}")


class Denied(Exception):
    """A request on the stream fails; the connection goes on. `code` is one of the error codes (C)."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


class Forbidden(Denied):
    """Not allowed, or not there: the client cannot tell which (S3)."""

    def __init__(self) -> None:
        super().__init__("forbidden", "no such topic, or not for you")


def refusal_of(error: Exception, what: str = "a stream") -> Refused:
    """What a connection is told about the error that ends it. A database that is away is no fault of the program."""
    if isinstance(error, Refused):
        return error
    if is_away(error):
        log_away(what, error)
        return Refused(CloseCode.OVERLOADED, "the database is away", retry=AWAY_RETRY_SECONDS)
    logger.error("%s broke", what, exc_info=error)
    return Refused(CloseCode.INTERNAL_ERROR)
