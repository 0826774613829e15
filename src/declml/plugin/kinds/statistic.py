"""How far two distributions are apart."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.plugin.component import Component

if TYPE_CHECKING:
    from declml.stats.profile import Profile


class Statistic(Component):
    """One number about two profiles of a column with the same bins: 0 when equal, larger when further apart.

    The docstring of a statistic is its definition: formula, base of the logarithm, bins, direction, source.
    """

    kind: ClassVar[str] = "statistic"
    columns: ClassVar[frozenset[Literal["number", "category"]]] = frozenset({"number", "category"})

    @abstractmethod
    def compare(self, reference: Profile, current: Profile) -> float:
        """The distance of `current` from `reference`; NaN when either is empty."""
