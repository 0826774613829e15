"""Where a deployment may listen."""

from __future__ import annotations

import ipaddress

from declml.core.errors import DeclmlError


def must_be_loopback(host: str) -> None:
    """Refuse a host that others can reach, as long as requests carry no keys.

    Raises:
        DeclmlError: E5003.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise DeclmlError(
            "E5003", f"deployment.host is '{host}', which others can reach",
            why="requests carry no keys in this version, so a deployment listens on this machine only",
            next="leave deployment.host out, or write 127.0.0.1",
        )  # fmt: skip
