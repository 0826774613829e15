"""Statistics of two profiles of one column, from their counts alone.

Both profiles must have the same cells. Nulls are left out everywhere: their rate is tested on its own (`null_rate_p`).
A statistic is NaN when either profile has no values.

Psi, kl, jensen_shannon, hellinger, total_variation and chi_square join the cells of a number column into `bins` parts,
each about an equal share of the reference (`coarsen`), and take the labels of a category as they are, "other" included.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from declml.stats import counts, pvalue
from declml.stats.bins import Labels
from declml.stats.errors import StatsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from declml.stats.bins import NumberBins
    from declml.stats.profile import Profile

BINS = 10
"""Parts of a number column: few are better than many, a shift moves them more than noise does."""


class Coarse(NamedTuple):
    """Counts of two profiles in the same few parts.

    Attributes:
        reference: int64 [k].
        current: int64 [k].
        borders: between the parts, float64 [k - 1]; empty for categories.
    """

    reference: NDArray[np.int64]
    current: NDArray[np.int64]
    borders: NDArray[np.float64]


class Interval(NamedTuple):
    """The least and the most that a value can be."""

    low: float
    high: float


class Wasserstein(NamedTuple):
    """A distance with its uncertainty, in the same unit.

    Attributes:
        distance: area between the two distribution functions.
        error: its standard error.
        noise: what two samples of one law would show on average at this distance, to be taken off before judging its
            size.
    """

    distance: float
    error: float
    noise: float


def coarsen(reference: Profile, current: Profile, bins: int = BINS) -> Coarse:
    """Join cells into at most `bins` parts at the borders nearest to the reference's quantiles, none empty there.

    A reference within one cell keeps its cells.
    """
    _check(reference, current)
    if isinstance(reference.bins, Labels):
        return Coarse(reference.counts, current.counts, np.empty(0))
    if bins < 2:
        raise StatsError(f"{bins} bins say nothing; take at least 2")
    reached = np.cumsum(reference.counts)
    total = int(reached[-1])
    goals = np.arange(1, bins) * (total / bins)
    after = np.clip(np.searchsorted(reached, goals), 1, len(reached) - 1)
    nearer = goals - reached[after - 1] < reached[after] - goals
    ends = np.unique(after - nearer)
    ends = ends[(reached[ends] > 0) & (reached[ends] < total)]
    if not len(ends):  # a constant reference: what is beside its one value must be seen
        return Coarse(reference.counts, current.counts, reference.bins.borders)
    ends = ends[np.diff(reached[ends], prepend=0) > 0]
    starts = np.concatenate(([0], ends + 1))
    return Coarse(
        np.add.reduceat(reference.counts, starts), np.add.reduceat(current.counts, starts), reference.bins.borders[ends]
    )


def measure(
    reference: Profile, current: Profile, *, bins: int = BINS, floor: float = counts.FLOOR
) -> counts.Divergences:
    """Every divergence of the coarse counts at once; definitions in `declml.stats.counts`."""
    parts = coarsen(reference, current, bins)
    return counts.measure(parts.reference, parts.current, floor=floor)


def psi(reference: Profile, current: Profile, *, bins: int = BINS, floor: float = counts.FLOOR) -> float:
    """Population stability index, natural logarithm, an empty cell counting half a row; 0 and up."""
    return measure(reference, current, bins=bins, floor=floor).psi


def kl(reference: Profile, current: Profile, *, bins: int = BINS, floor: float = counts.FLOOR) -> float:
    """Kullback-Leibler divergence of the current from the reference, in nats; an empty cell counts half a row."""
    return measure(reference, current, bins=bins, floor=floor).kl


def jensen_shannon(reference: Profile, current: Profile, *, bins: int = BINS, base: float = 2.0) -> float:
    """Jensen-Shannon distance (not divergence), 0..1 in base 2."""
    parts = coarsen(reference, current, bins)
    return counts.jensen_shannon(parts.reference, parts.current, base=base)


def hellinger(reference: Profile, current: Profile, *, bins: int = BINS) -> float:
    """Hellinger distance, 0..1."""
    return measure(reference, current, bins=bins).hellinger


def total_variation(reference: Profile, current: Profile, *, bins: int = BINS) -> float:
    """Half the sum of the changes of shares, 0..1."""
    return measure(reference, current, bins=bins).total_variation


def chi_square(
    reference: Profile, current: Profile, *, bins: int = BINS, least_expected: float = counts.LEAST_EXPECTED
) -> counts.ChiSquare:
    """Two-sample test on the coarse counts, rare cells pooled."""
    parts = coarsen(reference, current, bins)
    return counts.chi_square(parts.reference, parts.current, least_expected=least_expected)


def ks_interval(reference: Profile, current: Profile) -> Interval:
    """Between these lies the exact Kolmogorov-Smirnov distance; they meet when each cell holds one value."""
    low, high, _, _, _ = ks_parts(reference, current)
    return Interval(low, high)


def ks(reference: Profile, current: Profile) -> float:
    """Kolmogorov-Smirnov distance at the borders of cells: the lower end of `ks_interval`."""
    return ks_parts(reference, current)[0]


def ks_p(reference: Profile, current: Profile) -> float:
    """Probability of such a `ks` when nothing changed, with account of ties and of what the cells hide."""
    statistic, _, _, _, border = ks_parts(reference, current)
    return pvalue.ks_cells_p(statistic, reference.counts, current.counts, border)


def ks_parts(reference: Profile, current: Profile) -> tuple[float, float, float, float, int]:
    """Both ends of `ks_interval`, the two distribution functions where the lower one was found, and that cell."""
    from declml.stats.kernels.cells import ks_cells

    bins = _number_bins(reference, current)
    if not (reference.present and current.present):
        return math.nan, math.nan, math.nan, math.nan, 0
    low, high, at_reference, at_current, border = ks_cells(reference.counts, current.counts, bins.atoms)
    return low, high, at_reference, at_current, int(border)


def wasserstein(reference: Profile, current: Profile, *, normed: bool = True) -> float:
    """First Wasserstein distance, by default in standard deviations of the reference.

    Taken from the cells, evenly spread within each, the tails beyond the outer borders from the sums kept of them;
    infinite values are left out. NaN when normed by a standard deviation of 0.
    """
    return _wasserstein(reference, current, normed, with_noise=False).distance


def wasserstein_parts(reference: Profile, current: Profile, *, normed: bool = True) -> Wasserstein:
    """`wasserstein` with its standard error and noise."""
    return _wasserstein(reference, current, normed, with_noise=True)


def _wasserstein(reference: Profile, current: Profile, normed: bool, with_noise: bool) -> Wasserstein:
    from declml.stats.kernels.cells import wasserstein_cells

    bins = _number_bins(reference, current)
    unit = reference.std if normed else 1.0
    if not (reference.present and current.present and unit > 0.0):
        return Wasserstein(math.nan, math.nan, math.nan)
    tails = np.concatenate((reference.moments[2:4], current.moments[2:4]))
    distance, error, noise = wasserstein_cells(reference.counts, current.counts, bins.borders, tails, with_noise)
    return Wasserstein(distance / unit, error / unit, noise / unit)


def mean_shift(reference: Profile, current: Profile) -> float:
    """Change of the mean in standard deviations of the reference; NaN when that is 0."""
    _number_bins(reference, current)
    return (current.mean - reference.mean) / reference.std if reference.std > 0.0 else math.nan


def null_rate_p(reference: Profile, current: Profile) -> float:
    """Probability of such different null rates when nothing changed, two-sided."""
    _check(reference, current)
    return pvalue.proportions_p(reference.nulls, reference.rows, current.nulls, current.rows)


def _check(reference: Profile, current: Profile) -> None:
    if reference.bins is not current.bins and reference.bins != current.bins:
        raise StatsError(f"profiles of {reference.name} and {current.name} have different cells")


def _number_bins(reference: Profile, current: Profile) -> NumberBins:
    _check(reference, current)
    if isinstance(reference.bins, Labels):
        raise StatsError(f"{reference.name} is a category: its values have no order")
    return reference.bins
