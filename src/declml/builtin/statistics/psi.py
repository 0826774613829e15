"""Population stability index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from declml.api import Statistic

if TYPE_CHECKING:
    from declml.api import Profile


class PopulationStability(Statistic):
    """Population stability index: the sum over cells of (q - p) ln(q / p); natural logarithm, 0 and up.

    p and q are the shares of reference and window. A number column is cut into at most `bins` parts of about equal
    share of the reference; a category column has a cell for each category and one for unseen ones. An empty cell counts
    half a row. Nulls are left out. Symmetric but for the parts, which are the reference's, and the half rows.

    Source: Jeffreys, An invariant form for the prior probability in estimation problems, 1946 (J divergence).
    """

    type: Literal["psi"] = "psi"

    bins: Annotated[int, Field(ge=2, le=256)] = 10
    """Parts of a number column."""

    def compare(self, reference: Profile, current: Profile) -> float:
        """The index; NaN when either has no values."""
        from declml.stats import binned

        return binned.psi(reference, current, bins=self.bins)
