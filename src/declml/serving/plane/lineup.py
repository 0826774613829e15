"""Which releases answer, and which one answers whom."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from declml.serving.plane.model import Model
    from declml.store.segments import Slot

HASHES = 1 << 32
LIVE, CANARY = 0, 1


@dataclass(frozen=True, slots=True)
class Lineup:
    """The releases of a replica at one moment. Replaced whole, never changed.

    share: the part of the keys that the canary answers.
    """

    live: Model | None = None
    canary: Model | None = None
    share: float = 0.0
    shadow: Model | None = None

    def shares(self) -> dict[str, Any]:
        """What was configured, for confirming it."""
        return {
            "live": self.live.number if self.live else None,
            "canary": self.canary.number if self.canary else None,
            "canary_share": self.share if self.canary else 0.0,
            "shadow": self.shadow.number if self.shadow else None,
        }

    def slots(self) -> list[Slot]:
        """The answering releases as the log knows them, in the order LIVE, CANARY."""
        models = [(self.live, "live"), (self.canary, "canary")]
        return [model.slot(role) for model, role in models if model is not None]

    def chosen(self, keys: Sequence[str | None] | None, first: int, rows: int, salt: int) -> list[int]:
        """LIVE or CANARY for each row: by a hash of its key, so that one key stays with one release; else of its number."""
        bound = int(self.share * HASHES)
        texts = keys if keys is not None else [None] * rows
        return [
            CANARY if zlib.crc32((key or f"{first + place:x}").encode(), salt) < bound else LIVE
            for place, key in enumerate(texts)
        ]


def make_lineup(shares: dict[str, Any], held: Lineup, load: Callable[[int], Model]) -> Lineup:
    """The line-up that `shares` asks for; releases that are held already are not loaded again.

    Raises:
        DeclmlError: E5004, a release cannot be served; E5005, the shares make no sense.
    """
    ready = {model.number: model for model in (held.live, held.canary, held.shadow) if model is not None}

    def model(role: str) -> Model | None:
        number = shares.get(role)
        if number is None:
            return None
        if number not in ready:
            ready[number] = load(int(number))
        return ready[number]

    share = float(shares.get("canary_share") or 0.0)
    if not 0.0 <= share <= 1.0:
        raise DeclmlError("E5005", f"a canary's share lies between 0 and 1, not {share}")
    lineup = Lineup(model("live"), model("canary"), share, model("shadow"))
    if lineup.live is None and (lineup.canary or lineup.shadow):
        raise DeclmlError("E5005", "a canary or shadow needs a live release beside it")
    return lineup
