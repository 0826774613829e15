"""Jensen-Shannon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from declml.api import Statistic

if TYPE_CHECKING:
    from declml.api import Profile


class JensenShannon(Statistic):
    """Jensen-Shannon distance (the square root of the divergence), base 2: 0..1, symmetric but for the parts.

    The divergence is the mean of the two Kullback-Leibler divergences from (p + q) / 2, where p and q are the shares of
    reference and window. A number column is cut into at most `bins` parts of about equal share of the reference; a
    category column has a cell for each category and one for unseen ones. Nulls are left out.

    Source: Lin, Divergence measures based on the Shannon entropy, 1991.
    """

    type: Literal["jensen_shannon"] = "jensen_shannon"

    bins: Annotated[int, Field(ge=2, le=256)] = 10
    """Parts of a number column."""

    def compare(self, reference: Profile, current: Profile) -> float:
        """The distance; NaN when either has no values."""
        from declml.stats import binned

        return binned.jensen_shannon(reference, current, bins=self.bins, base=2.0)
