"""The mergeable summary of one column's distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from declml.stats.bins import Bins, Edges, Grid, Labels, frozen
from declml.stats.errors import StatsError
from declml.stats.fit import choose, even_sample, finite_sorted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

S1, S2, UNDER, OVER, LOWEST, HIGHEST = range(6)
"""Places in `Profile.moments`."""


def no_moments() -> NDArray[np.float64]:
    """The moments of nothing, [6]."""
    return np.array([0.0, 0.0, 0.0, 0.0, np.inf, -np.inf])


@dataclass(frozen=True, eq=False)
class Profile:
    """How often each cell of a column was met, with nulls, infinities, moments and range.

    Profiles never change: `of` counts other values in the same cells, `merge` adds two profiles. Counts add exactly in
    any order, so parts may come from replicas, files or processes; sums of values agree to rounding.

    Attributes:
        name: the column.
        bins: the cells, fitted to a reference.
        counts: values per cell, int64 [bins.size]; infinite values are in the first and last cell.
        nulls: missing values.
        infinite: values beyond the float32 range.
        moments: of finite values: sums of v - centre, of its square, of the distances below bins.low and above
            bins.high; smallest and largest. Float64 [6], unused for categories.
        sample: values of the fitted reference at evenly spaced ranks, sorted float32, or none.
    """

    name: str
    bins: Bins
    counts: NDArray[np.int64]
    nulls: int
    infinite: int
    moments: NDArray[np.float64] = field(default_factory=no_moments)
    sample: NDArray[np.float32] | None = None

    @classmethod
    def fit_number(cls, values: ArrayLike, *, name: str, sample: int = 0) -> Profile:
        """Choose cells for these values [n] and count them. NaN is a null; any n, also 0, and constants are fine.

        Args:
            values: numbers or booleans; taken at float32 precision.
            name: the column.
            sample: keep up to so many values for exact statistics later.
        """
        numbers = _numbers(values)
        ordered = finite_sorted(numbers)
        profile = cls._counted(name, choose(ordered), numbers)
        return replace(profile, sample=frozen(even_sample(ordered, sample))) if sample else profile

    @classmethod
    def fit_category(cls, codes: ArrayLike, labels: Sequence[str], *, name: str) -> Profile:
        """Count codes [n]: positions in `labels`, -1 for null, len(labels) for any other value."""
        if len(set(labels)) != len(labels):
            raise StatsError(f"column {name}: labels are not distinct")
        return cls._counted(name, Labels(tuple(labels)), _codes(codes))

    @classmethod
    def _counted(cls, name: str, bins: Bins, values: NDArray[np.floating] | NDArray[np.int32]) -> Profile:
        counts, tallies, moments = np.zeros(bins.size, np.int64), np.zeros(2, np.int64), no_moments()
        if isinstance(bins, Labels):
            from declml.stats.kernels.category import count_codes

            count_codes(values, counts, tallies)
        elif isinstance(bins, Grid):
            from declml.stats.kernels.number import profile_grid

            profile_grid(values, *bins.line, bins.centre, bins.low, bins.high, counts, tallies, moments)
        else:
            from declml.stats.kernels.number import profile_edges

            line, ends = bins.line, (bins.centre, bins.low, bins.high)
            profile_edges(values, *line, *ends, bins.closed, bins.guide, counts, tallies, moments)
        return cls(name, bins, frozen(counts), int(tallies[0]), int(tallies[1]), frozen(moments))

    def of(self, values: ArrayLike) -> Profile:
        """The profile of other values [n], or codes of a category, in the same cells."""
        fit = _codes(values) if isinstance(self.bins, Labels) else _numbers(values)
        return self._counted(self.name, self.bins, fit)

    def empty(self) -> Profile:
        """The same cells, nothing counted."""
        return Profile(self.name, self.bins, frozen(np.zeros(self.bins.size, np.int64)), 0, 0, frozen(no_moments()))

    def merge(self, other: Profile) -> Profile:
        """The profile of both sets of values. The sample is dropped.

        Raises:
            StatsError: the profiles have other names or other cells.
        """
        if self.name != other.name or self.bins != other.bins:
            raise StatsError(
                f"profiles of {self.name} and {other.name} have different cells; both must come from one reference"
            )
        moments = self.moments + other.moments
        moments[LOWEST] = min(self.moments[LOWEST], other.moments[LOWEST])
        moments[HIGHEST] = max(self.moments[HIGHEST], other.moments[HIGHEST])
        counts, nulls, infinite = self.counts + other.counts, self.nulls + other.nulls, self.infinite + other.infinite
        return Profile(self.name, self.bins, frozen(counts), nulls, infinite, frozen(moments))

    __add__ = merge

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Profile):
            return NotImplemented
        mine, theirs = self._facts(), other._facts()
        return mine == theirs and self.bins == other.bins

    def _facts(self) -> tuple[object, ...]:
        sample = None if self.sample is None else self.sample.tobytes()
        return self.name, self.nulls, self.infinite, self.counts.tobytes(), (self.moments + 0.0).tobytes(), sample

    __hash__ = None  # type: ignore[assignment]  # equal by content, too large to hash

    @property
    def is_number(self) -> bool:
        """Whether the cells are ordered."""
        return not isinstance(self.bins, Labels)

    @property
    def present(self) -> int:
        """Values that are not null."""
        return int(self.counts.sum())

    @property
    def rows(self) -> int:
        """Values and nulls."""
        return self.present + self.nulls

    @property
    def finite(self) -> int:
        """Values that are neither null nor infinite."""
        return self.present - self.infinite

    @property
    def null_rate(self) -> float:
        """Share of nulls; NaN without rows."""
        return self.nulls / self.rows if self.rows else math.nan

    @property
    def mean(self) -> float:
        """Mean of the finite values; NaN when there is none, and for categories."""
        if isinstance(self.bins, Labels) or not self.finite:
            return math.nan
        return self.bins.centre + float(self.moments[S1]) / self.finite

    @property
    def std(self) -> float:
        """Standard deviation of the finite values (divisor n); exactly 0 for a constant; NaN as `mean`."""
        if isinstance(self.bins, Labels) or not self.finite:
            return math.nan
        if self.moments[LOWEST] == self.moments[HIGHEST]:
            return 0.0
        first = float(self.moments[S1]) / self.finite
        return math.sqrt(max(float(self.moments[S2]) / self.finite - first * first, 0.0))

    @property
    def lowest(self) -> float:
        """Smallest finite value; NaN as `mean`."""
        return float(self.moments[LOWEST]) if self.is_number and self.finite else math.nan

    @property
    def highest(self) -> float:
        """Largest finite value; NaN as `mean`."""
        return float(self.moments[HIGHEST]) if self.is_number and self.finite else math.nan

    @property
    def constant(self) -> bool:
        """Whether there are values and all are the same."""
        if isinstance(self.bins, Labels):
            return int(np.count_nonzero(self.counts)) == 1 and not self.counts[-1]
        return self.infinite == 0 and self.finite > 0 and bool(self.moments[LOWEST] == self.moments[HIGHEST])

    def quantile(self, level: float) -> float:
        """The value below which a share `level` of the values lies, straight within a cell; NaN as `mean`."""
        if isinstance(self.bins, Labels) or not self.finite:
            return math.nan
        borders = np.clip(self.bins.borders, self.lowest, self.highest)
        points = np.concatenate(([self.lowest], borders, [self.highest]))
        reached = np.concatenate(([0], np.cumsum(self.counts))) / self.present
        cell = int(np.clip(np.searchsorted(reached, level) - 1, 0, self.bins.size - 1))
        if self.bins.atoms[cell]:
            return float(points[cell + 1]) + 0.0
        inside = (level - reached[cell]) * self.present / max(int(self.counts[cell]), 1)
        return float(points[cell] + (points[cell + 1] - points[cell]) * min(max(inside, 0.0), 1.0))


def _numbers(values: ArrayLike) -> NDArray[np.floating]:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "fiub":
        raise StatsError(f"expected one column of numbers, got {array.dtype} of shape {array.shape}")
    wide = np.float32 if array.dtype in {np.dtype(np.float32), np.dtype(np.float16)} else np.float64
    return np.ascontiguousarray(array, wide)


def _codes(values: ArrayLike) -> NDArray[np.int32]:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise StatsError(f"expected one column of category codes, got {array.dtype} of shape {array.shape}")
    return np.ascontiguousarray(array, np.int32)


__all__ = ["Bins", "Edges", "Grid", "Labels", "Profile"]
