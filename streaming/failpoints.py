"""Places where a test lets the process die at once, as `kill -9` there would (`WIDGETAPP_FAILPOINT`).

Nothing is flushed, closed or told. Where the setting is empty, `hit` does nothing.
"""

import os
import random
from collections.abc import Mapping

from django.conf import settings

# before_commit: all is written, in a transaction that is still open. commit_to_publish: nobody was told.
# publish_to_answer: this process was told, the others perhaps, the author not. catch_up: in the middle of a page, of a
# client's replay or of the hub's repair.
NAMES = frozenset({"before_commit", "commit_to_publish", "publish_to_answer", "catch_up"})
STATUS = 86

_chances: Mapping[str, float] = settings.FAILPOINTS


def _hit(name: str) -> None:
    if random.random() < _chances.get(name, 0.0):
        # One write to where logs go, unbuffered: what dies next flushes nothing.
        os.write(2, f"failpoint {name} {os.getpid()}\n".encode())
        os._exit(STATUS)


def _nothing(_: str) -> None:
    pass


hit = _hit if _chances else _nothing
