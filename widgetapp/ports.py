"""A port to serve on: the one that is wished for, or the next free one."""

import errno
import socket

TRIES = 50


def free_port(host: str, port: int) -> int:
    for candidate in range(port, port + TRIES):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except socket.gaierror:
                raise SystemExit(f"{host} is no address, nor a name that is known here") from None
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:
                    raise SystemExit(f"{host} is no address of this machine; 0.0.0.0 is all of them") from None
                continue
            return candidate
    raise SystemExit(f"no free port from {port} to {port + TRIES - 1} on {host}")
