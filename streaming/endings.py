"""What the server refuses or ends is counted, logged and shown to operators, on both transports (O)."""

import logging

from streaming import metrics
from streaming.asgi_types import Scope
from streaming.close_codes import CloseCode
from streaming.database import is_away, log_away
from streaming.errors import Refused
from streaming.fanout.hub import current_hub
from streaming.forwarded import client_address, cloudflare_header
from streaming.protocol import now_text

logger = logging.getLogger(__name__)

AWAY_RETRY_SECONDS = (1.0, 10.0)


def refusal_of(error: Exception, what: str = "a stream") -> Refused:
    """Whatever ends a connection, as what it is told: a database that is away is no fault of the program."""
    if isinstance(error, Refused):
        return error
    if is_away(error):
        log_away(what, error)
        return Refused(CloseCode.OVERLOADED, "the database is away", retry=AWAY_RETRY_SECONDS)
    logger.error("%s broke", what, exc_info=error)
    return Refused(CloseCode.INTERNAL_ERROR)


def record(scope: Scope, refused: Refused) -> None:
    code, address = int(refused.code), client_address(scope)
    (metrics.closes if refused.welcomed else metrics.refusals).labels(code).inc()
    if not refused.welcomed:
        told = {"code": code, "reason": refused.reason, "address": address, "at": now_text()}
        current_hub().refusals.append(told)
    logger.info("stream closed: %s %s ray=%s", code, refused.reason, cloudflare_header(scope, b"cf-ray") or "-")
