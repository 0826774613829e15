"""Choosing the cells of a number column from the values of its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from declml.stats.bins import Edges, Grid, NumberBins, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS = 2048
"""Inner cells of a grid."""

LEVELS = 256
"""A cell should hold at most 1/LEVELS of the reference; columns with at most so many values get a cell for each."""

RANGE = (0.001, 0.999)
"""A grid spans these quantiles."""

FIT_ROWS = 1 << 18
"""More values than this are sampled (with a fixed seed) before the cells are chosen."""

NOISE = 8
"""So many values in one cell say nothing about its share."""


def finite_sorted(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """The finite values at float32 precision, sorted; at most FIT_ROWS of them."""
    if len(values) > FIT_ROWS:
        values = values[np.random.default_rng(len(values)).integers(0, len(values), FIT_ROWS)]
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    narrow = narrow[np.isfinite(narrow)] + np.float32(0.0)  # no negative zero
    narrow.sort()
    return narrow


def choose(ordered: NDArray[np.float32]) -> NumberBins:
    """A grid for a smooth column; otherwise quantile edges, with a cell of its own for each frequent value."""
    n = len(ordered)
    if n == 0:
        return Edges(frozen(np.zeros(1, np.float64)), 0.0)
    centre = float(ordered.mean(dtype=np.float64))
    changes = ordered[1:] != ordered[:-1]
    if np.count_nonzero(changes) < LEVELS:
        return Edges(_edges_around(np.concatenate((ordered[:1], ordered[1:][changes]))), centre)
    most = max(n // LEVELS, NOISE)
    frequent = np.unique(ordered[most:][ordered[most:] == ordered[:-most]])
    if len(frequent) == 0:
        grid = Grid(float(ordered[int(RANGE[0] * n)]), float(ordered[int(RANGE[1] * n)]), CELLS, centre)
        if grid.low < grid.high and _fullest(grid, ordered) <= most:
            return grid
    ranks = np.arange(1, LEVELS) * n // LEVELS
    ends = np.array([RANGE[0] * n, RANGE[1] * n], np.int64)
    quantiles = ordered[np.concatenate((ranks, ends))].astype(np.float64)
    return Edges(frozen(np.unique(np.concatenate((quantiles, _edges_around(frequent))))), centre)


def even_sample(ordered: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """`size` of the values at evenly spaced ranks; its distribution function is within 1/(2 size) of that of all."""
    if len(ordered) <= size:
        return ordered.copy()
    ranks = ((np.arange(size) + 0.5) * (len(ordered) / size)).astype(np.int64)
    return ordered[ranks]


def _edges_around(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Edges that put each value alone into a cell: the value itself and the float32 just below it."""
    with np.errstate(over="ignore", under="ignore"):
        below = np.nextafter(values, np.float32(-np.inf))
    edges = np.unique(np.concatenate((below, values)).astype(np.float64))
    return frozen(edges[np.isfinite(edges)])


def _fullest(grid: Grid, ordered: NDArray[np.float32]) -> int:
    """The most values in one inner cell."""
    return int(np.diff(np.searchsorted(ordered, grid.borders)).max())
