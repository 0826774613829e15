"""One finding about a whole spec."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Code, path of the expanded spec, what is wrong, and the way out."""

    code: str
    path: Path
    what: str
    hint: str = ""
