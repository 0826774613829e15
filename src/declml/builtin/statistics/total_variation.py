"""Total variation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Statistic

if TYPE_CHECKING:
    from declml.api import Profile


class TotalVariation(Statistic):
    """Half the sum over categories of |p - q|, 0..1, symmetric: the share of rows that would have to change category.

    p and q are the shares of reference and window; unseen categories are one cell. Nulls are left out.

    Source: total variation distance of two discrete distributions (Levin, Peres, Wilmer, Markov chains, 2009, 4.1).
    """

    type: Literal["total_variation"] = "total_variation"
    columns: ClassVar[frozenset[Literal["number", "category"]]] = frozenset({"category"})

    def compare(self, reference: Profile, current: Profile) -> float:
        """The distance; NaN when either has no values."""
        from declml.stats import binned

        return binned.total_variation(reference, current)
