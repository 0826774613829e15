"""Statistics of two samples of numbers, exact, from the raw values.

NaN is a null and left out. Infinite values count as the largest and smallest ones: the rank statistics are unchanged
by that, and the distances that depend on size are infinite unless both samples hold the same share of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, Union

import numpy as np

from declml.stats.errors import StatsError
from declml.stats.kernels.merge import merge_pass

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Sorted:
    """A sample ready for many comparisons.

    Attributes:
        values: finite values, sorted, float64 [n].
        below: how many values are -inf.
        above: how many values are +inf.
    """

    values: NDArray[np.float64]
    below: int
    above: int

    @classmethod
    def of(cls, values: ArrayLike) -> Sorted:
        """Drop NaN, set infinities aside, sort."""
        array = np.asarray(values)
        if array.ndim != 1 or array.dtype.kind not in "fiub":
            raise StatsError(f"expected one column of numbers, got {array.dtype} of shape {array.shape}")
        array = array.astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            finite = math.isfinite(float(array.sum()))
        if finite:
            array.sort()
            return cls(array, 0, 0)
        below, above = int(np.count_nonzero(array == -np.inf)), int(np.count_nonzero(array == np.inf))
        array = array[np.isfinite(array)]
        array.sort()
        return cls(array, below, above)

    def __len__(self) -> int:
        return len(self.values) + self.below + self.above

    def closed(self, low: float, high: float) -> NDArray[np.float64]:
        """All values, with these for the infinite ones, and the +inf that ends a merge."""
        ready = np.empty(len(self) + 1)
        ready[: self.below] = low
        ready[self.below : self.below + len(self.values)] = self.values
        ready[self.below + len(self.values) : -1] = high
        ready[-1] = np.inf
        return ready


Sample: TypeAlias = Union["ArrayLike", Sorted]


@dataclass(frozen=True, slots=True)
class MergeStatistics:
    """What one pass over two sorted samples gives. All NaN when a sample is empty.

    Attributes:
        ks: largest distance of the distribution functions (Kolmogorov-Smirnov).
        kuiper: largest distance above plus largest below (Kuiper's V).
        wasserstein: integral of the distance, in units of the values.
        energy: square root of twice the integral of the squared distance (energy distance).
        n: values of the first sample.
        m: values of the second sample.
    """

    ks: float
    kuiper: float
    wasserstein: float
    energy: float
    n: int
    m: int


def merge_statistics(reference: Sample, current: Sample) -> MergeStatistics:
    """All four statistics of two samples, arrays [n] and [m] or `Sorted`; equal to scipy's to rounding."""
    first = reference if isinstance(reference, Sorted) else Sorted.of(reference)
    second = current if isinstance(current, Sorted) else Sorted.of(current)
    n, m = len(first), len(second)
    if n == 0 or m == 0:
        return MergeStatistics(math.nan, math.nan, math.nan, math.nan, n, m)
    low, high = _ends(first, second)
    top, bottom, area, square = merge_pass(first.closed(low, high), second.closed(low, high))
    if first.below * m != second.below * n or first.above * m != second.above * n:
        area = square = math.inf
    return MergeStatistics(max(top, -bottom), top - bottom, area, math.sqrt(2.0 * square), n, m)


def ks(reference: Sample, current: Sample) -> float:
    """Two-sample Kolmogorov-Smirnov distance, 0..1, two-sided; NaN when a sample is empty."""
    return merge_statistics(reference, current).ks


def kuiper(reference: Sample, current: Sample) -> float:
    """Kuiper's V, 0..1; as sensitive at the ends as in the middle; NaN when a sample is empty."""
    return merge_statistics(reference, current).kuiper


def wasserstein(reference: Sample, current: Sample) -> float:
    """First Wasserstein distance, in units of the values; NaN when a sample is empty."""
    return merge_statistics(reference, current).wasserstein


def energy(reference: Sample, current: Sample) -> float:
    """Energy distance, in square roots of the values' unit; NaN when a sample is empty."""
    return merge_statistics(reference, current).energy


def _ends(first: Sorted, second: Sorted) -> tuple[float, float]:
    """Finite stand-ins for -inf and +inf, beyond every finite value."""
    if not (first.below or first.above or second.below or second.above):
        return 0.0, 0.0
    ends = [sample.values[[0, -1]] for sample in (first, second) if len(sample.values)]
    low = min((float(end[0]) for end in ends), default=0.0)
    high = max((float(end[1]) for end in ends), default=0.0)
    return float(np.nextafter(low, -np.inf)), float(np.nextafter(high, np.inf))
