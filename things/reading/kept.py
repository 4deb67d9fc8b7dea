"""What was made, for whoever asks next: bounded in bytes, each made once however many ask at a time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future

from django.conf import settings

Make = Callable[[], bytes]


class Kept:
    """Of one process, pictures above all. The one that was asked for longest ago goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pictures: OrderedDict[Hashable, bytes] = OrderedDict()
        self._making: dict[Hashable, Future[bytes]] = {}
        self._bytes = 0

    def get(self, key: Hashable, make: Make) -> bytes:
        """The picture of this key, from whoever makes it first; what fails, fails for all who wait."""
        with self._lock:
            if (picture := self._pictures.get(key)) is not None:
                self._pictures.move_to_end(key)
                return picture
            making = self._making.get(key)
            mine = making is None
            if making is None:
                making = self._making[key] = Future()
        if mine:
            self._make(key, make, making)
        return making.result()

    def _make(self, key: Hashable, make: Make, making: Future[bytes]) -> None:
        try:
            picture = make()
        except BaseException as error:
            self._finish(key, None)
            making.set_exception(error)
        else:
            self._finish(key, picture)
            making.set_result(picture)

    def _finish(self, key: Hashable, picture: bytes | None) -> None:
        with self._lock:
            del self._making[key]
            if picture is not None:
                self._pictures[key] = picture
                self._bytes += len(picture)
            while self._bytes > settings.PICTURE_CACHE_BYTES:
                _, gone = self._pictures.popitem(last=False)
                self._bytes -= len(gone)
