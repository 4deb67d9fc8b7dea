"""`python -m widgetapp.hosts HOST` prints the names by which a server that listens on HOST is reached."""

import socket
import sys
from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings
from django.core.management.base import CommandError

EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 — compared with, not listened on
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def require_private(host: str) -> None:
    """Under `DEBUG` pages show settings and source, and the demo's administrator has the password of the README. Which
    names the server answers to is no protection from neighbours: they send any.
    """
    if settings.DEBUG and _in_url(host.lower()) not in LOOPBACK:
        cure = "listen on 127.0.0.1, or set DEBUG=false (./run --host does all that)"
        raise CommandError(f"DEBUG is on, and others may reach {host}: {cure}")


def names_of(host: str) -> list[str]:
    """The host that was given; where that is every address of this machine, its name and those addresses."""
    given = [_in_url(host)] if host not in EVERY_ADDRESS else [*_addresses(), *_names()]
    return list(dict.fromkeys([*given, *LOOPBACK]))


def _names() -> Iterator[str]:
    yield from (socket.gethostname().lower(), socket.getfqdn().lower())


def _addresses() -> Iterator[str]:
    """The one that the world would see first. Nothing is sent: a datagram socket only looks the way up."""
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            yield _in_url(probe.getsockname()[0])
    with suppress(OSError):
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
        yield from (_in_url(str(address[0]).partition("%")[0]) for *_, address in found)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


if __name__ == "__main__":
    sys.stdout.write(",".join(names_of(sys.argv[1])) + "\n")
