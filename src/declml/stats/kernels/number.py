"""The fused pass over one number column: cells, nulls, infinities, moments, range, tails.

Results are added to what the arrays hold:
    counts   int64[cells]   how many values fell in each cell
    tallies  int64[2]       nulls, infinite values
    moments  float64[6]     sum of (v - centre), sum of its square, sum of how far values lie below `low`, and above
    `high`,
                            smallest, largest; of finite values only

Values are taken at float32 precision, so a column trained in float64 and served in float32 falls in the same cells.
Work goes by blocks that stay in the first cache; every loop but the counting and the edge search is vectorised.
"""

# ruff: noqa: FURB136, PLR0124, PLR0913, PLR0917 - a select becomes vector code where min() does not, and kernels take flat arguments

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types

from declml.stats.kernels.compile import REASSOCIATE, inlined, kernel, vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 512
LARGEST = float(np.finfo(np.float32).max)

f8 = types.float64
BUFFER = f8[::1]
LINE = (f8, f8, types.int64)  # origin, inverse width, cells
TAILS = (f8, f8, f8)  # centre, low, high
OUT = (types.int64[::1], types.int64[::1], f8[::1])
INPUTS = (f8, types.float32)


@kernel(*(types.boolean(vector(t), BUFFER) for t in INPUTS), fastmath=REASSOCIATE)
def load(part: NDArray[Any], block: NDArray[Any]) -> bool:
    """Copy values at float32 precision. Returns whether every one is finite: zero times anything else is NaN."""
    zero = 0.0
    for k in range(len(part)):
        v = np.float64(np.float32(part[k]))
        block[k] = v
        zero += v * 0.0
    return zero == 0.0


@kernel(types.void(BUFFER, *TAILS, BUFFER), fastmath=REASSOCIATE)
def add_moments(block: NDArray[Any], centre: float, low: float, high: float, moments: NDArray[Any]) -> None:
    """Add the sums of one block of finite values."""
    s1 = s2 = under = over = 0.0
    for k in range(len(block)):
        away = block[k] - centre
        s1 += away
        s2 += away * away
        under += max(low - block[k], 0.0)
        over += max(block[k] - high, 0.0)
    moments[0] += s1
    moments[1] += s2
    moments[2] += under
    moments[3] += over


@inlined
def widen(block: Any, lowest: Any, highest: Any) -> None:
    """Keep the smallest and largest value seen at each position of a block: vectorised, unlike one running minimum."""
    for k in range(len(block)):
        v = block[k]
        lowest[k] = v if v < lowest[k] else lowest[k]
        highest[k] = v if v > highest[k] else highest[k]


@inlined
def keep_finite(block: Any, tallies: Any) -> int:
    """Move the finite values of a block to its front and count the others. Returns how many were kept."""
    kept = nulls = 0
    for k in range(len(block)):
        v = block[k]
        block[kept] = v
        kept += 1 if abs(v) <= LARGEST else 0
        nulls += 1 if np.isnan(v) else 0
    tallies[0] += nulls
    tallies[1] += len(block) - kept - nulls
    return kept


@inlined
def place(block: Any, origin: float, inverse: float, last: float, null: float, where: Any) -> None:
    """The cell of each value on a line of equal cells; 0 is below the line, `last` above it."""
    for k in range(len(block)):
        v = block[k]
        q = (v - origin) * inverse + 1.0
        q = q if q > 0.0 else 0.0
        q = q if q < last else last
        where[k] = np.int32(q if v == v else null)


@inlined
def spread(where: Any, hits: Any) -> None:
    """Count cells into four tables in turn, so that equal neighbours do not wait for one another."""
    size = len(where)
    for k in range(0, size - 3, 4):
        hits[0, where[k]] += 1
        hits[1, where[k + 1]] += 1
        hits[2, where[k + 2]] += 1
        hits[3, where[k + 3]] += 1
    for k in range(size - size % 4, size):
        hits[0, where[k]] += 1


@inlined
def finish(hits: Any, lowest: Any, highest: Any, counts: Any, moments: Any) -> None:
    """Add the four tables and the ranges to the results."""
    for k in range(len(counts)):
        counts[k] += np.int64(hits[0, k]) + np.int64(hits[1, k]) + np.int64(hits[2, k]) + np.int64(hits[3, k])
    for k in range(len(lowest)):
        moments[4] = lowest[k] if lowest[k] < moments[4] else moments[4]
        moments[5] = highest[k] if highest[k] > moments[5] else moments[5]


@kernel(*(types.void(vector(t), *LINE, *TAILS, *OUT) for t in INPUTS))
def profile_grid(
    values: NDArray[Any],
    origin: float,
    inverse: float,
    cells: int,
    centre: float,
    low: float,
    high: float,
    counts: NDArray[Any],
    tallies: NDArray[Any],
    moments: NDArray[Any],
) -> None:
    """Cells of equal width: cell 0 is below `origin`, cells 1..`cells` are 1/`inverse` wide, the last is above them."""
    span = min(BLOCK, len(values))
    block, where = np.empty(span, np.float64), np.empty(span, np.int32)
    lowest, highest = np.full(span, np.inf), np.full(span, -np.inf)
    hits = np.zeros((4, cells + 3), np.int32)
    last = float(cells + 1)
    for begin in range(0, len(values), BLOCK):
        part = values[begin : begin + BLOCK]
        size = len(part)
        finite = load(part, block)
        place(block[:size], origin, inverse, last, last + 1.0, where)
        spread(where[:size], hits)
        kept = size if finite else keep_finite(block[:size], tallies)
        add_moments(block[:kept], centre, low, high, moments)
        widen(block[:kept], lowest, highest)
    finish(hits, lowest, highest, counts, moments)


@kernel(*(types.void(vector(t), *LINE, *TAILS, vector(f8), vector(types.int32), *OUT) for t in INPUTS))
def profile_edges(
    values: NDArray[Any],
    origin: float,
    inverse: float,
    cells: int,
    centre: float,
    low: float,
    high: float,
    edges: NDArray[Any],
    guide: NDArray[Any],
    counts: NDArray[Any],
    tallies: NDArray[Any],
    moments: NDArray[Any],
) -> None:
    """Cells between arbitrary edges: cell k holds edges[k-1] < v <= edges[k], as `np.searchsorted(edges, v)`.

    `edges` ends with one extra +inf, so there are as many edges as cells. The line through `origin` is only a guide:
    guide[c] is the first edge that lies in cell c of that line or above, so the search goes from guide[c] to
    guide[c + 1].
    """
    span = min(BLOCK, len(values))
    block, where = np.empty(span, np.float64), np.empty(span, np.int32)
    lowest, highest = np.full(span, np.inf), np.full(span, -np.inf)
    hits = np.zeros((4, len(edges) + 1), np.int32)
    last = float(cells + 1)
    for begin in range(0, len(values), BLOCK):
        part = values[begin : begin + BLOCK]
        size = len(part)
        finite = load(part, block)
        place(block[:size], origin, inverse, last, 0.0, where)
        for k in range(size):
            v = block[k]
            edge = guide[where[k]]
            edge += 1 if v > edges[edge] else 0
            if v > edges[edge]:
                stop = guide[where[k] + 1]
                while stop > edge:
                    middle = (edge + stop) // 2
                    if v > edges[middle]:
                        edge = middle + 1
                    else:
                        stop = middle
            where[k] = edge if v == v else len(edges)
        spread(where[:size], hits)
        kept = size if finite else keep_finite(block[:size], tallies)
        add_moments(block[:kept], centre, low, high, moments)
        widen(block[:kept], lowest, highest)
    finish(hits, lowest, highest, counts, moments)
