"""What only the whole spec shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from declml.plugin.registry import Registry
    from declml.spec.root import ProjectSpec

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One finding: code, path of the expanded spec, what, and the way out."""

    code: str
    path: Path
    what: str
    hint: str = ""


def check(spec: ProjectSpec, registry: Registry) -> Iterator[Trouble]:
    """Everything that does not fit together, in no order."""
    yield from ()
