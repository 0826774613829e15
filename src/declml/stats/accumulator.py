"""Counting the rows of a feature matrix into the profiles of all its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from declml.stats.bins import Edges, Labels, frozen
from declml.stats.errors import StatsError
from declml.stats.kernels.matrix import EDGES, GRID, LABELS, LAYOUT_FIELDS, SCALE_FIELDS, add_rows
from declml.stats.profile import Profile, no_moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


class Accumulator:
    """Counts rows into the cells of reference profiles, one compiled call for all columns.

    Not safe to share between threads: each thread keeps its own, and the snapshots merge.

    Args:
        references: one profile for each column of the matrix, in its order.
    """

    def __init__(self, references: Sequence[Profile]) -> None:
        self._references = list(references)
        self._layout = np.zeros((len(self._references), LAYOUT_FIELDS), np.int64)
        self._scales = np.zeros((len(self._references), SCALE_FIELDS), np.float64)
        edges, guides = [np.empty(0, np.float64)], [np.empty(0, np.int32)]
        cells = edge = entry = 0
        for column, profile in enumerate(self._references):
            bins = profile.bins
            if isinstance(bins, Labels):
                self._layout[column] = (LABELS, cells, len(bins.labels), 0, 0)
            else:
                kind = EDGES if isinstance(bins, Edges) else GRID
                origin, inverse, inner = bins.line
                self._layout[column] = (kind, cells, inner, edge, entry)
                self._scales[column] = (origin, inverse, bins.centre, bins.low, bins.high)
            if isinstance(bins, Edges):
                edges.append(bins.closed)
                guides.append(bins.guide)
                edge, entry = edge + len(bins.closed), entry + len(bins.guide)
            cells += bins.size
        self._edges, self._guide = np.concatenate(edges), np.concatenate(guides)
        self._cells = cells
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        columns = len(self._references)
        self._counts = np.zeros(self._cells, np.int64)
        self._tallies = np.zeros((columns, 2), np.int64)
        self._moments = np.tile(no_moments(), (columns, 1))
        self.rows = 0

    def add_matrix(self, rows: ArrayLike) -> None:
        """Count rows [n, p] of float32 or float64; category columns hold their codes.

        NaN is a null; in a category column so is a negative code, and a code beyond the labels is "other".

        Raises:
            StatsError: not a matrix of numbers with one column for each profile.
        """
        matrix = np.asarray(rows)
        if matrix.ndim != 2 or matrix.shape[1] != len(self._references):
            raise StatsError(f"expected rows of {len(self._references)} columns, got an array of shape {matrix.shape}")
        if matrix.dtype not in {_SINGLE, _DOUBLE} or not matrix.flags.c_contiguous:
            if matrix.dtype.kind not in "fiub":
                raise StatsError(f"expected numbers, got {matrix.dtype}")
            matrix = np.ascontiguousarray(matrix, _SINGLE if matrix.dtype == _SINGLE else _DOUBLE)
        out = self._counts, self._tallies, self._moments
        add_rows(matrix, self._layout, self._scales, self._edges, self._guide, *out)
        self.rows += len(matrix)

    def snapshot(self, reset: bool = True) -> list[Profile]:
        """What was counted since the last reset, a profile for each column."""
        profiles = []
        for column, reference in enumerate(self._references):
            first = int(self._layout[column, 1])
            counts = frozen(self._counts[first : first + reference.bins.size].copy())
            nulls, infinite = (int(tally) for tally in self._tallies[column])
            moments = frozen(self._moments[column].copy())
            profiles.append(Profile(reference.name, reference.bins, counts, nulls, infinite, moments))
        if reset:
            self.reset()
        return profiles


_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
