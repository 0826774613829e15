"""The rows of one tick: scored together, logged with one write, then answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from declml.serving.plane.contract import Rows
from declml.serving.plane.lineup import CANARY, LIVE
from declml.serving.plane.refusal import RefusedError
from declml.store.segments import frame_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from declml.serving.plane.exchange import Exchange
    from declml.serving.plane.lineup import Lineup
    from declml.serving.plane.model import Model


EMPTY: npt.NDArray[np.float32] = np.empty(0, np.float32)


class Group:
    """Rows that one release answers. places: where they stand in the batch, or None for all of it, in order."""

    __slots__ = ("X", "first", "keys", "model", "places", "slot", "unseen", "y")

    def __init__(
        self,
        model: Model,
        slot: int,
        rows: Rows,
        first: int,
        places: list[int] | None = None,
    ) -> None:
        self.model, self.slot, self.first, self.places = model, slot, first, places
        self.keys, self.unseen = rows.keys, rows.unseen
        self.X: npt.NDArray[np.float32] = np.array(rows.cells, np.float32)
        self.y = model.score(self.X)

    def frame(self, now: int) -> bytes:
        """The rows as the log keeps them."""
        side = b""
        if self.unseen or (self.keys and any(key is not None for key in self.keys)):
            side = msgspec.json.encode({"keys": self.keys, "unseen": self.unseen or []})
        return frame_of(self.slot, len(self.X), self.first, now, self.X.tobytes() + self.y.tobytes(), side)


class Batch:
    """Requests of one tick with their decoded rows."""

    def __init__(self, lineup: Lineup, first: int, salt: int) -> None:
        self.lineup, self.first, self._salt = lineup, first, salt
        self.accepted: list[tuple[Exchange, Rows]] = []
        self.rows = 0
        self.fallbacks = 0
        self.groups: list[Group] = []
        self.time = time.time_ns() // 1000

    def add(self, exchange: Exchange, rows: Rows) -> None:
        """Take a request's rows."""
        self.accepted.append((exchange, rows))
        self.rows += len(rows)

    def score(self, decode: Any) -> None:
        """Let the releases answer. `decode(exchange, model)` decodes again for a canary that reads other columns."""
        live = self.lineup.live
        if live is None or not self.rows:
            return
        whole = merged([rows for _, rows in self.accepted])
        if self.lineup.canary is None:
            self.groups = [Group(live, LIVE, whole, self.first)]
            return
        chosen = self.lineup.chosen(whole.keys, self.first, self.rows, self._salt)
        other = self._for_canary(chosen, whole, decode)
        parts = [(live, LIVE, whole), (self.lineup.canary, CANARY, other)]
        first = self.first
        for model, slot, source in parts:
            places = [place for place, choice in enumerate(chosen) if choice == slot]
            if places:
                self.groups.append(Group(model, slot, picked(source, places), first, places))
                first += len(places)

    def _for_canary(self, chosen: list[int], whole: Rows, decode: Any) -> Rows:
        """The rows as the canary reads them; those it cannot take go back to the live release."""
        canary, live = self.lineup.canary, self.lineup.live
        if canary is None or live is None or canary.contract.signature == live.contract.signature:
            return whole
        parts, start = [], 0
        for exchange, rows in self.accepted:
            try:
                parts.append(decode(exchange, canary))
            except RefusedError:
                parts.append(blank(len(rows), canary.columns))
                for place in range(start, start + len(rows)):
                    self.fallbacks += chosen[place] == CANARY
                    chosen[place] = LIVE
            start += len(rows)
        return merged(parts)

    def frames(self) -> bytes:
        """Everything the log keeps of this tick."""
        return b"".join(group.frame(self.time) for group in self.groups)

    def reply(self) -> None:
        """Answer every request. A prediction by another release than the first one's names its own."""
        items: list[bytes] = [b""] * self.rows
        numbers: list[int] = [0] * self.rows
        for group in self.groups:
            if group.places is None:
                items = group.model.render(group.first, group.y)
                numbers = [group.model.number] * self.rows
            else:
                self._scatter(group, items, numbers)
        start = 0
        for exchange, rows in self.accepted:
            stop = start + len(rows)
            if exchange.form is not None and exchange.form.own_reply:
                self._formed(exchange, start, stop)
                start = stop
                continue
            mine = items[start:stop]
            if len(self.groups) > 1 and len(set(numbers[start:stop])) > 1:
                mine = self._named(start, stop, items, numbers)
            number = numbers[start] if stop > start else self.lineup.live.number if self.lineup.live else 0
            exchange.answer(200, b'{"release":%d,"predictions":[%b]}' % (number, b",".join(mine)))
            start = stop

    def _formed(self, exchange: Exchange, start: int, stop: int) -> None:
        """Answer a request of another protocol with its rows' counters, releases and answers."""
        found: list[tuple[int, int, npt.NDArray[np.float32]]] = [(0, 0, EMPTY)] * (stop - start)
        for group in self.groups:
            for number, place in enumerate(group.places if group.places is not None else range(self.rows)):
                if start <= place < stop:
                    found[place - start] = (group.first + number, group.model.number, group.y[number])
        if exchange.form is not None and self.lineup.live is not None:
            exchange.answer(200, exchange.form.render(self.lineup.live.release, found))

    def _scatter(self, group: Group, items: list[bytes], numbers: list[int]) -> None:
        for place, item in zip(group.places or (), group.model.render(group.first, group.y), strict=True):
            items[place] = item
            numbers[place] = group.model.number

    def _named(self, start: int, stop: int, items: list[bytes], numbers: list[int]) -> list[bytes]:
        lead = numbers[start]
        return [
            item if number == lead else b'{"release":%d,%b' % (number, item[1:])
            for item, number in zip(items[start:stop], numbers[start:stop], strict=True)
        ]


def merged(parts: list[Rows]) -> Rows:
    """The rows of several requests in a row."""
    if len(parts) == 1:
        return parts[0]
    cells: list[Any] = []
    keys: list[str | None] | None = [] if parts[0].keys is not None else None
    unseen: list[tuple[int, int, str]] = []
    for rows in parts:
        if rows.unseen:
            start = len(cells)
            unseen.extend((start + row, column, text) for row, column, text in rows.unseen)
        cells.extend(rows.cells)
        if keys is not None:
            keys.extend(rows.keys or [None] * len(rows))
    return Rows(cells, keys, unseen or None)


def picked(rows: Rows, places: list[int]) -> Rows:
    """Some of the rows."""
    new = {place: number for number, place in enumerate(places)}
    unseen = [(new[row], column, text) for row, column, text in rows.unseen or () if row in new]
    keys = [rows.keys[place] for place in places] if rows.keys is not None else None
    return Rows([rows.cells[place] for place in places], keys, unseen or None)


def blank(count: int, columns: int) -> Rows:
    """Rows of nulls."""
    return Rows([[None] * columns] * count, [None] * count)
