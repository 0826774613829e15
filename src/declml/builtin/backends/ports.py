"""Who listens where. SO_REUSEPORT would let two programs of one user share a port without a word."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import socket
from typing import TYPE_CHECKING, Any

from declml.api import ConflictError, DeclmlError, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGISTRY = "ports.json"


@contextlib.contextmanager
def held(home: Path, name: str) -> Iterator[None]:
    """Be the only one who changes a thing in `home`; wait for others."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def reserve(home: Path, project: str, host: str, port: int, *, listening: bool) -> None:
    """Note that a project uses a port.

    `listening`: replicas of this project listen there now, so it need not be free.

    Raises:
        ConflictError: E5002 another project of this store named the port; E5001 another program has it.
    """
    with held(home, "ports"):
        ports = _read(home)
        owner = ports.get(str(port))
        if owner is not None and owner != project:
            raise ConflictError(
                "E5002", f"port {port} belongs to project {owner}",
                why=f"{owner} and {project} name the same deployment.port",
                next=f"give {project} another deployment.port, or stop {owner}: declml down",
            )  # fmt: skip
        if not listening:
            must_be_free(host, port)
        ports = {number: name for number, name in ports.items() if name != project}
        write_whole(home / REGISTRY, json.dumps({**ports, str(port): project}).encode())


def release(home: Path, project: str) -> None:
    """Forget the ports of a project."""
    with held(home, "ports"):
        ports = _read(home)
        if project in ports.values():
            left = {number: name for number, name in ports.items() if name != project}
            write_whole(home / REGISTRY, json.dumps(left).encode())


def must_be_free(host: str, port: int) -> None:
    """Bind the port without sharing it, for a moment.

    Raises:
        ConflictError: E5001, it is taken. DeclmlError: E5001, it cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            kind = ConflictError if error.errno == errno.EADDRINUSE else DeclmlError
            raise kind(
                "E5001", f"port {port} on {host} is in use by another program"
                if error.errno == errno.EADDRINUSE else f"port {port} on {host} cannot be used",
                why=error.strerror or str(error),
                next=f"name another deployment.port, or end that program (ss -ltnp 'sport = :{port}' shows it)",
            ) from error  # fmt: skip


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        number: int = probe.getsockname()[1]
        return number


def _read(home: Path) -> dict[str, Any]:
    try:
        ports: dict[str, Any] = json.loads((home / REGISTRY).read_bytes())
    except (OSError, ValueError):
        return {}
    return ports
