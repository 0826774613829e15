"""Kolmogorov-Smirnov."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Statistic

if TYPE_CHECKING:
    from declml.api import Profile


class KolmogorovSmirnov(Statistic):
    """Largest gap between the two distribution functions, 0..1; the same in both directions.

    Taken at the borders of the reference's cells, so at most one cell's share below the distance of the raw values
    (about 1/256 for smooth columns, nothing for columns of few values). Nulls are left out; infinite values count at
    the ends.

    Source: Smirnov, Table for estimating the goodness of fit of empirical distributions, 1948.
    """

    type: Literal["ks"] = "ks"
    columns: ClassVar[frozenset[Literal["number", "category"]]] = frozenset({"number"})

    def compare(self, reference: Profile, current: Profile) -> float:
        """The distance; NaN when either has no values."""
        from declml.stats import binned

        return binned.ks(reference, current)
