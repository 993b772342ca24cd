"""The addresses of this machine: which are its own only, and by which names a browser may reach it.

Only the standard library is used, so that the command line can be read before anything is installed.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import ip_address

PORT = 5017  # fixed, so that a link still works after a restart


def is_loopback(host: str) -> bool:
    """Return whether an address is of this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def names_of(host: str, port: int) -> list[str]:
    """Return every ``name:port`` under which a browser may reach this host, the one to print first.

    Examples
    --------
    >>> names_of("127.0.0.1", 5017)
    ['127.0.0.1:5017', 'localhost:5017']
    """
    names = [host]
    if is_loopback(host):
        names += ["127.0.0.1", "localhost"] if host != "::1" else ["localhost"]
    elif host in ("0.0.0.0", "::", ""):
        names = [*_own_addresses(), socket.gethostname(), "127.0.0.1", "localhost"]
    written = [f"[{name}]" if ":" in name else name for name in dict.fromkeys(names)]
    bare = written if port == 80 else []
    return [f"{name}:{port}".lower() for name in written] + [name.lower() for name in bare]


def _own_addresses() -> list[str]:
    """Return this machine's addresses towards others; no packet is sent."""
    found = []
    towards = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with towards, suppress(OSError):  # no route: no other machine reaches this one by its address
        towards.connect(("192.0.2.1", 9))
        found.append(towards.getsockname()[0])
    with suppress(OSError):  # a name that does not resolve
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return found


def family(host: str) -> socket.AddressFamily:
    """Return the family of an address: IPv6 has colons."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET
