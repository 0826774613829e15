"""A command that a plugin adds to the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Command:
    """`declml NAME ARGS...` calls `run(ARGS)`; its answer is the exit code."""

    name: str
    summary: str
    run: Callable[[Sequence[str]], int]
