"""The bounds of what a replica takes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds.

    queue: requests that may wait for a tick. tick_rows: rows scored in one call. drain: how long a stopping replica
    waits for its connections. behind: rows that the shadow release may lag behind.
    """

    body: int = 10_000_000
    rows: int = 10_000
    head: int = 16_384
    headers: int = 100
    url: int = 4_096
    pipelined: int = 64
    connections: int = 4_096
    queue: int = 2_048
    tick_rows: int = 4_096
    idle: float = 30.0
    read: float = 30.0
    drain: float = 5.0
    behind: int = 50_000

    @classmethod
    def of(cls, wanted: dict[str, Any]) -> Limits:
        """The limits that a `Wanted.replica` names, defaults for the others."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in wanted.items() if name in names})
