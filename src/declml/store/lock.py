"""One writer at a time, and everybody else hears who it is."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from declml.core.errors import ConflictError
from declml.core.units import show_duration
from declml.store.failures import telling

if TYPE_CHECKING:
    from collections.abc import Iterator


def started(pid: int) -> int:
    """Clock ticks since boot at which a process started; 0 when it does not run.

    It tells a process from a later one with the same pid.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(text.rpartition(")")[2].split()[19])


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a lock, what for, since when (seconds since 1970). `start`: of the process, clock ticks since boot."""

    purpose: str
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)
    start: int = field(default_factory=lambda: started(os.getpid()))
    since: float = field(default_factory=time.time)

    def __str__(self) -> str:
        age = show_duration(max(1, round(time.time() - self.since)))
        return f"process {self.pid} on {self.host}, to {self.purpose}, for {age}"


@contextmanager
def hold(path: Path, purpose: str) -> Iterator[Owner]:
    """Hold the lock file `path`. The system frees it when its owner dies, however it dies.

    Raises:
        ConflictError: E4002, with pid, machine, purpose and age of the owner.
        DeclmlError: E4003, the file cannot be written.
    """
    with telling(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _conflict(path) from None
        owner = Owner(purpose)
        with telling(path.parent):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(asdict(owner)).encode(), 0)
        yield owner
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def owner(path: Path) -> Owner | None:
    """Who wrote the lock file last; None when nobody holds it or its owner just changes."""
    try:
        return Owner(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _conflict(path: Path) -> ConflictError:
    holder = owner(path)
    here = socket.gethostname()
    gone = holder is not None and holder.host == here and started(holder.pid) != holder.start
    if holder is None or gone:  # the holder has not written its name yet
        what, after = "the store is held by another process", "try again in a moment"
    else:
        there = "" if holder.host == here else f" (on {holder.host})"
        what = f"the store is held by {holder}"
        after = f"wait for it to end, or end it{there} with: kill {holder.pid}"
    return ConflictError("E4002", what, where=str(path.parent), why="one run at a time changes a store", next=after)
