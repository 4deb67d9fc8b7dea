"""`python -m widgetapp.ports HOST PORT` prints PORT, or the next free one."""

import socket
import sys

TRIES = 50


def free_port(host: str, port: int) -> int:
    for candidate in range(port, port + TRIES):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    raise SystemExit(f"no free port from {port} to {port + TRIES - 1} on {host}")


if __name__ == "__main__":
    sys.stdout.write(f"{free_port(sys.argv[1], int(sys.argv[2]))}\n")
