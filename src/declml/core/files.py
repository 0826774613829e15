"""Files that are whole or not there: temp + fsync + rename."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole_file(target: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Write `target` so that a reader sees the old content or the new one, never a part.

    With `durable` the content and its name reach the disk before this returns. On any failure the old file stays.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.parent / f".{target.name[:80]}.{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if durable:
        sync(target.parent)


def write_whole(target: Path, data: bytes, *, durable: bool = True) -> None:
    """Put `data` into `target` through `whole_file`."""
    with whole_file(target, durable=durable) as file:
        file.write(data)


def sync(path: Path) -> None:
    """Make the content of a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
