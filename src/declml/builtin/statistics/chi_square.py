"""Chi-square."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Statistic

if TYPE_CHECKING:
    from declml.api import Profile


class ChiSquare(Statistic):
    """Pearson's two-sample chi-square statistic on the counts of each category and of unseen ones; 0 and up, symmetric.

    Both sides carry noise (a contingency table, not a goodness of fit), without continuity correction. Categories that
    would have fewer than 5 expected rows in the smaller side are pooled, rarest first. Nulls are left out. It grows
    with the number of rows: it says how sure a change is, not how large; `total_variation` says how large.

    Source: Pearson, On the probability that two independent distributions of frequency are really samples from the same
    population, 1911.
    """

    type: Literal["chi_square"] = "chi_square"
    columns: ClassVar[frozenset[Literal["number", "category"]]] = frozenset({"category"})

    def compare(self, reference: Profile, current: Profile) -> float:
        """The statistic; NaN when either has no values."""
        from declml.stats import binned

        return binned.chi_square(reference, current).statistic
