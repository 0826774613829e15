"""Writing the prediction log. The form is `store.segments`, the reading side `store.predictions`.

What is promised: rows are handed to the system with one `write` a tick, before any client gets its reply. So a killed
process loses no prediction that a client knows of. A power cut may lose the last second (it is brought to the disk every second).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
import zlib
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.store.segments import start_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from declml.store.segments import Slot

SEGMENT_BYTES = 16 << 20
SEGMENT_SECONDS = 600.0


class PredictionLog:
    """The segments of one writer, one open at a time. Not shared between threads.

    Args:
        folder: the log of the project.
        replica: twelve characters that no other replica has.
        part: tells this writer's files from another's of the same replica.
    """

    def __init__(self, folder: Path, replica: str, slots: Sequence[Slot], part: str = "") -> None:
        self._live = folder / "live"
        self._live.mkdir(parents=True, exist_ok=True)
        self._replica, self._part = replica, part
        self._slots = list(slots)
        self._sequence = 0
        self._descriptor = -1
        self._size = 0
        self._until = 0.0
        self._dirty = False

    def append(self, data: bytes, now: float) -> None:
        """Write whole frames with one call.

        Raises:
            DeclmlError: E5008; nothing of `data` stays in the file.
        """
        try:
            if self._descriptor < 0 or now >= self._until or self._size >= SEGMENT_BYTES:
                self._open(now)
            _write_all(self._descriptor, data)
        except OSError as error:
            self._cut()
            raise DeclmlError(
                "E5008", "the prediction log cannot be written", where=str(self._live), why=error.strerror or str(error),
                next="free space on the disk of the store, or make its folder writable",
            ) from error  # fmt: skip
        self._size += len(data)
        self._dirty = True

    def change(self, slots: Sequence[Slot]) -> None:
        """Other releases answer from now on."""
        if list(slots) != self._slots:
            self._close()
            self._slots = list(slots)

    def unsynced(self) -> int:
        """A descriptor of what was written but may not be on the disk yet, for `os.fdatasync`; -1 when there is none.

        It is the caller's to close.
        """
        if not self._dirty or self._descriptor < 0:
            return -1
        self._dirty = False
        return os.dup(self._descriptor)

    def close(self) -> None:
        """End the open segment."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.fdatasync(self._descriptor)
        self._close()

    def open_file(self) -> str:
        """The name of the segment that may still grow, or an empty text."""
        return self._name() if self._descriptor >= 0 else ""

    def _name(self) -> str:
        return f"{self._replica}.{self._part}{self._sequence:06d}.segment"

    def _open(self, now: float) -> None:
        self._close()
        self._sequence += 1
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        start = start_of(self._replica, self._slots, now)
        self._descriptor = os.open(self._live / self._name(), flags, 0o600)
        self._size = 0
        _write_all(self._descriptor, start)
        self._size = len(start)
        day = 86_400.0
        self._until = min(now + SEGMENT_SECONDS, (now // day + 1) * day)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _cut(self) -> None:
        """Take back a write that did not fit."""
        if self._descriptor < 0:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, self._size)
        if self._size == 0:
            self._close()
            with contextlib.suppress(OSError):
                (self._live / self._name()).unlink()


class LabelLog:
    """Labels as they come in: one line each, `checksum JSON`, on the disk before the client gets its reply."""

    def __init__(self, folder: Path, replica: str) -> None:
        self._path = folder / "labels" / f"{replica}.jsonl"

    def append(self, labels: Sequence[dict[str, Any]]) -> None:
        """Keep labels.

        Raises:
            DeclmlError: E5008; nothing of them stays.
        """
        now = time.time_ns() // 1000
        texts = [json.dumps({"time": now, **label}, separators=(",", ":")).encode() for label in labels]
        data = b"".join(b"%08x %b\n" % (zlib.crc32(text), text) for text in texts)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                try:
                    _write_all(descriptor, data)
                except OSError:
                    os.ftruncate(descriptor, size)
                    raise
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise DeclmlError(
                "E5008", "labels cannot be written", where=str(self._path), why=error.strerror or str(error)
            ) from error


def _write_all(descriptor: int, data: bytes) -> None:
    if os.write(descriptor, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
