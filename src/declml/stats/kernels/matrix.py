"""Add the rows of a feature matrix to the counts of all columns in one call: the serving path.

A call costs a few microseconds whatever the columns, so it is made once per tick of the serving loop with the rows of
that tick. It gives the same cells as the passes over one column in `number` and `category`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types

from declml.stats.kernels.compile import kernel, matrix, vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = float(np.finfo(np.float32).max)

GRID, EDGES, LABELS = 0, 1, 2
"""Codes of the kinds of cells, first field of a column's layout."""

LAYOUT_FIELDS = 5
"""kind, first cell in `counts`, cells of the line (labels: how many), first edge, first entry of the guide."""

SCALE_FIELDS = 5
"""origin, inverse width, centre, low, high."""


@kernel(
    *(
        types.void(
            matrix(t),
            matrix(types.int64),
            matrix(types.float64),
            vector(types.float64),
            vector(types.int32),
            types.int64[::1],
            types.int64[:, ::1],
            types.float64[:, ::1],
        )
        for t in (types.float64, types.float32)
    )
)
def add_rows(
    rows: NDArray[Any],
    layout: NDArray[Any],
    scales: NDArray[Any],
    edges: NDArray[Any],
    guide: NDArray[Any],
    counts: NDArray[Any],
    tallies: NDArray[Any],
    moments: NDArray[Any],
) -> None:
    """Rows [n, p]; category columns hold codes, NaN or a negative one is a null, one beyond the labels is unseen."""
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            v = np.float64(np.float32(rows[r, c]))
            first, cells = layout[c, 1], layout[c, 2]
            if layout[c, 0] == LABELS:
                if v >= 0.0:
                    counts[first + (int(v) if v < cells else cells)] += 1
                else:
                    tallies[c, 0] += 1
                continue
            if np.isnan(v):
                tallies[c, 0] += 1
                continue
            q = (v - scales[c, 0]) * scales[c, 1] + 1.0
            q = min(max(q, 0.0), float(cells + 1))
            cell = int(q)
            if layout[c, 0] == EDGES:
                start, near = layout[c, 3], layout[c, 4] + cell
                cell, stop = guide[near], guide[near + 1]
                while stop > cell:
                    middle = (cell + stop) // 2
                    if v > edges[start + middle]:
                        cell = middle + 1
                    else:
                        stop = middle
            counts[first + cell] += 1
            if abs(v) > LARGEST:
                tallies[c, 1] += 1
                continue
            away = v - scales[c, 2]
            moments[c, 0] += away
            moments[c, 1] += away * away
            moments[c, 2] += max(scales[c, 3] - v, 0.0)
            moments[c, 3] += max(v - scales[c, 4], 0.0)
            moments[c, 4] = min(moments[c, 4], v)
            moments[c, 5] = max(moments[c, 5], v)
