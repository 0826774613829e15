"""Orders to a replica in another process: one line of JSON each way over a Unix socket that only its owner can open."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from typing import TYPE_CHECKING, Any

from declml.api import DeclmlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST = 1 << 20


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of `path` that fits into a socket address (108 bytes), however deep its folder lies."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def ask(path: Path, order: str, seconds: float, **arguments: Any) -> dict[str, Any]:
    """Send an order and return the answer.

    Raises:
        OSError: nobody listens, or no answer in time. DeclmlError: what the replica raised.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client, _short(path) as name:
        client.settimeout(seconds)
        client.connect(name)
        client.sendall(json.dumps({"order": order, **arguments}).encode() + b"\n")
        with client.makefile("rb") as stream:
            line = stream.readline(MOST)
    if not line:
        raise ConnectionError("the replica ended without an answer")
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise DeclmlError(**answer["error"])
    return answer


def listen(path: Path, obey: Callable[[str, dict[str, Any]], dict[str, Any]], ended: Callable[[], bool]) -> None:
    """Answer orders one after another until `ended`."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        with _short(path) as name:
            server.bind(name)
        path.chmod(0o600)
        server.listen(16)
        server.settimeout(0.2)
        while not ended():
            with contextlib.suppress(TimeoutError, OSError, ValueError):
                client, _ = server.accept()
                with client:
                    _answer(client, obey)
    path.unlink(missing_ok=True)


def _answer(client: socket.socket, obey: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
    client.settimeout(5)
    with client.makefile("rb") as stream:
        request = json.loads(stream.readline(MOST))
    try:
        answer = obey(request.pop("order"), request)
    except DeclmlError as error:
        answer = {"error": error.as_dict()}
    client.sendall(json.dumps(answer).encode() + b"\n")
