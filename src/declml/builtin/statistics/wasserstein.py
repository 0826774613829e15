"""Wasserstein."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Statistic

if TYPE_CHECKING:
    from declml.api import Profile


class Wasserstein(Statistic):
    """Area between the two distribution functions, in standard deviations of the reference; 0 and up.

    Also the mean distance that a value must be moved to turn one distribution into the other. Taken from the
    reference's cells, straight within each, with the tails beyond the outer borders from the sums kept of them. Nulls
    and infinite values are left out. Not symmetric when `normed`: the unit is the reference's. NaN for a constant
    reference.

    Source: first Wasserstein distance on the line, Vallender, Calculation of the Wasserstein distance, 1974.
    """

    type: Literal["wasserstein"] = "wasserstein"
    columns: ClassVar[frozenset[Literal["number", "category"]]] = frozenset({"number"})

    normed: bool = True
    """Whether the unit is the reference's standard deviation; otherwise it is that of the column."""

    def compare(self, reference: Profile, current: Profile) -> float:
        """The distance; NaN when either has no finite values."""
        from declml.stats import binned

        return binned.wasserstein(reference, current, normed=self.normed)
