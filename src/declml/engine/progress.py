"""What a step in another process says on its way: lines in a file that the driver reads while it waits."""

from __future__ import annotations

import contextlib
import json
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Say = Callable[[str, float | None], None]

Answer = TypeVar("Answer")
LOOK_SECONDS = 0.2


def speaker(path: Path) -> Say:
    """In the worker: append what is said to `path`. A disk that takes no line costs the line, not the step."""

    def say(text: str, done: float | None) -> None:
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([text, done]) + "\n")
        except OSError:
            return

    return say


def listen(future: Future[Answer], path: Path, say: Say) -> Answer:
    """In the driver: wait for the answer and repeat what is said meanwhile."""
    told = 0
    while True:
        over = bool(wait([future], timeout=LOOK_SECONDS).done)
        told = _repeat(path, told, say)
        if over:
            path.unlink(missing_ok=True)
            return future.result()


def _repeat(path: Path, told: int, say: Say) -> int:
    """Say the whole lines after byte `told`; the byte after the last of them."""
    try:
        with path.open("rb") as file:
            file.seek(told)
            new = file.read()
    except OSError:
        return told
    whole = new[: new.rfind(b"\n") + 1]
    for line in whole.splitlines():
        with contextlib.suppress(ValueError):  # torn by a full disk
            words: list[Any] = json.loads(line)
            say(*words)
    return told + len(whole)
