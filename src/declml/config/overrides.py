"""An override as the rest of declml sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One value override: where, what, as typed, and whether it deletes."""

    path: tuple[str, ...]
    value: Any
    text: str
    delete: bool = False
