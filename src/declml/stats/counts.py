"""Statistics of two vectors of counts over the same cells.

Counts may be weighted (not whole). Every function takes reference and current [k], and returns NaN when either has no
rows. Shares are p = reference / sum and q = current / sum. Logarithms are natural unless a base is given.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from declml.stats.errors import StatsError
from declml.stats.kernels.divergence import divergences
from declml.stats.pvalue import chi_square_p

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FLOOR = 0.5
"""Rows that an empty cell counts for PSI and KL when the other side's is not empty; they would be infinite."""

LEAST_EXPECTED = 5.0
"""Cells with a smaller expected count are pooled before the chi-square test, whose distribution they would spoil."""


class Divergences(NamedTuple):
    """All divergences at once; each is defined at the function of its name.

    `jensen_shannon` is the distance in base 2; `chi_square` the statistic only; `cells` counts those not empty on both
    sides.
    """

    psi: float
    kl: float
    jensen_shannon: float
    hellinger: float
    total_variation: float
    chi_square: float
    cells: int


class ChiSquare(NamedTuple):
    """A two-sample test on counts."""

    statistic: float
    degrees: int
    p: float


def measure(reference: ArrayLike, current: ArrayLike, *, floor: float = FLOOR) -> Divergences:
    """Every divergence in one pass."""
    r, c = _pair(reference, current)
    if not (r.sum() > 0 and c.sum() > 0):
        return Divergences(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, 0)
    psi, kl, js, hellinger, variation, chi, cells = divergences(r, c, floor)
    return Divergences(psi, kl, math.sqrt(js / math.log(2.0)), math.sqrt(hellinger), variation, chi, int(cells))


def psi(reference: ArrayLike, current: ArrayLike, *, floor: float = FLOOR) -> float:
    """Population stability index: sum of (q - p) ln(q / p); symmetric, at least 0, no upper end."""
    return measure(reference, current, floor=floor).psi


def kl(reference: ArrayLike, current: ArrayLike, *, floor: float = FLOOR) -> float:
    """Kullback-Leibler divergence of the current from the reference, sum of q ln(q / p), in nats."""
    return measure(reference, current, floor=floor).kl


def jensen_shannon(reference: ArrayLike, current: ArrayLike, *, base: float = 2.0) -> float:
    """Jensen-Shannon distance: square root of the mean divergence from (p + q) / 2, 0..1 in base 2 (the default)."""
    return measure(reference, current).jensen_shannon * math.sqrt(math.log(2.0) / math.log(base))


def hellinger(reference: ArrayLike, current: ArrayLike) -> float:
    """Hellinger distance: square root of half the sum of (sqrt p - sqrt q)**2, 0..1."""
    return measure(reference, current).hellinger


def total_variation(reference: ArrayLike, current: ArrayLike) -> float:
    """Half the sum of |p - q|, 0..1: the share of rows that would have to change cell."""
    return measure(reference, current).total_variation


def chi_square(reference: ArrayLike, current: ArrayLike, *, least_expected: float = 0.0) -> ChiSquare:
    """Pearson's two-sample (contingency) test without continuity correction; both samples carry noise.

    Cells empty on both sides do not count. One cell only: statistic 0, no degrees, p 1.

    Args:
        reference: counts [k].
        current: counts [k].
        least_expected: pool rarer cells first, see `pool_rare`; 0 tests the cells as they are.
    """
    r, c = _pair(reference, current)
    if least_expected > 0.0:
        r, c = pool_rare(r, c, least_expected)
    result = measure(r, c)
    if math.isnan(result.chi_square):
        return ChiSquare(math.nan, 0, math.nan)
    degrees = result.cells - 1
    statistic = result.chi_square if degrees else 0.0
    return ChiSquare(statistic, degrees, chi_square_p(statistic, degrees))


def pool_rare(
    reference: ArrayLike, current: ArrayLike, least_expected: float = LEAST_EXPECTED
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Join rare cells, rarest first, until each has at least `least_expected` expected rows in the smaller sample.

    Which cells are joined depends on their totals over both samples only, so the test on the result keeps its level.
    """
    r, c = _pair(reference, current)
    total = r + c
    everything = float(total.sum())
    smaller = min(float(r.sum()), float(c.sum()))
    if not smaller > 0:
        return r, c
    order = np.argsort(total, kind="stable")
    order = order[total[order] > 0]
    enough = least_expected * everything / smaller
    first = int(np.searchsorted(total[order], enough))
    groups: list[int] = []
    group, held = 0, 0.0
    for cell in order[:first]:
        groups.append(group)
        held += float(total[cell])
        if held >= enough:
            group, held = group + 1, 0.0
    if held > 0.0 and first == len(order) and group > 0:
        groups = [min(g, group - 1) for g in groups]
    frequent = np.arange(len(order) - first) + group  # the least frequent of them takes in what is left over
    placed = np.concatenate((np.array(groups, np.int64), frequent))
    return _grouped(placed, r[order]), _grouped(placed, c[order])


def _grouped(groups: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = np.bincount(groups, values).astype(np.float64)
    return sums


def _pair(reference: ArrayLike, current: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r = np.ascontiguousarray(reference, np.float64)
    c = np.ascontiguousarray(current, np.float64)
    if r.ndim != 1 or r.shape != c.shape:
        raise StatsError(f"expected two vectors of counts of one length, got shapes {r.shape} and {c.shape}")
    if not ((r >= 0.0).all() and (c >= 0.0).all() and np.isfinite(r).all() and np.isfinite(c).all()):
        raise StatsError("counts must be finite and not negative")
    return r, c
