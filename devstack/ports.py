"""Loopback ports that stay the same over restarts of one data folder."""

import random
import socket
from collections.abc import Container
from pathlib import Path

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 15_000


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # Servers set this too: connections that still linger after a restart do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port(*, besides: Container[int] = ()) -> int:
    """Return a free port below the range from which the kernel serves clients; none of `besides`,
    which somebody else will listen on soon.

    A port of that range could be taken by anybody's outgoing connection while our server restarts;
    a client that retries could even connect to itself.
    """
    try:
        above = int(_EPHEMERAL.read_text().split()[0])
    except (OSError, ValueError):
        above = 32_768
    highest = above if above > _LOWEST + 1_000 else 65_000
    for _ in range(200):
        port = random.randrange(_LOWEST, highest)  # noqa: S311
        if port not in besides and is_free(port):
            return port
    raise RuntimeError("no free loopback port found; stop some servers and try again")


def stable_port(file: Path, *, besides: Container[int] = ()) -> int:
    """Return the port remembered in `file`, or another one (then remembered) if it is taken or
    among `besides`."""
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        port = 0
    if not port or port in besides or not is_free(port):
        port = free_port(besides=besides)
        file.write_text(f"{port}\n")
    return port
