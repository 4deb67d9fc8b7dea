"""Pointers into the body that was sent, where a view made a request of actions out of another body."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from things.errors import ThingsError

ACTION = re.compile(r"/actions/\d+")
SET = re.compile(r"/actions/\d+(/set(?=/|$))?")


@contextmanager
def without(prefix: re.Pattern[str]) -> Iterator[None]:
    """Takes what the view put around the body off the pointers of what is refused."""
    try:
        yield
    except ThingsError as refused:
        for error in refused.errors:
            if found := prefix.match(error["pointer"]):
                error["pointer"] = error["pointer"][found.end() :]
        raise
