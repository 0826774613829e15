"""Counting the rows that a release scored into the cells of its reference profile, a few hundred at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from declml.stats.table import TableProfile

if TYPE_CHECKING:
    import numpy.typing as npt

    from declml.store.release import Release

HELD = 256


class Drift:
    """Rows wait until there are enough of them, because one call for many costs as much as one for few."""

    def __init__(self, release: Release, profile: bytes) -> None:
        table = TableProfile.from_bytes(profile)
        self.names = [feature["name"] for feature in release.features]
        self._counts = TableProfile(table[name] for name in self.names).accumulator()
        self._counts.add_matrix(np.zeros((1, len(self.names)), np.float32))
        self._counts.snapshot(reset=True)
        self._held: list[npt.NDArray[np.float32]] = []
        self._waiting = 0
        self.rows = 0

    def add(self, rows: npt.NDArray[np.float32]) -> None:
        """Take rows [n, p]; count when enough are there."""
        self._held.append(rows)
        self._waiting += len(rows)
        self.rows += len(rows)
        if self._waiting >= HELD:
            self.count()

    def count(self) -> None:
        """Count what waits."""
        if self._held:
            self._counts.add_matrix(np.concatenate(self._held) if len(self._held) > 1 else self._held[0])
            self._held, self._waiting = [], 0

    def nulls(self) -> dict[str, int]:
        """Nulls of each feature so far."""
        self.count()
        return {profile.name: profile.nulls for profile in self._counts.snapshot(reset=False)}
