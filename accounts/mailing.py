"""Mail is written and sent after the answer: no request waits for a mail server, or tells by waiting who is here."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

logger = logging.getLogger(__name__)

WAITING = 100
_room = threading.BoundedSemaphore(WAITING)
_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def later(write: Callable[..., Any], **options: Any) -> None:
    """In turn; a mail for which there is no room is dropped and asked for again by whoever misses it."""
    if not _room.acquire(blocking=False):
        logger.error("mail is dropped: %s wait already", WAITING)
        return
    _writer.submit(write, **options).add_done_callback(_done)


def _done(written: Future[Any]) -> None:
    _room.release()
    if (error := written.exception()) is not None:
        logger.error("mail was not sent", exc_info=error)
