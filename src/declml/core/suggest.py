"""Did you mean ...?"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def _plain(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`: equal but for case and hyphens first, then by likeness of at least 0.6."""
    known = list(known)
    for candidate in known:
        if _plain(candidate) == _plain(word):
            return candidate
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """A sentence: did you mean X?, or the known words when nothing is close."""
    known = sorted(known)
    best = closest(word, known)
    return f"did you mean '{best}'?" if best else f"known: {', '.join(known) or 'none'}"
