"""The built-in statistics: how far a window is from the reference of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.api import plugin
from declml.builtin.statistics.chi_square import ChiSquare
from declml.builtin.statistics.jensen_shannon import JensenShannon
from declml.builtin.statistics.ks import KolmogorovSmirnov
from declml.builtin.statistics.psi import PopulationStability
from declml.builtin.statistics.total_variation import TotalVariation
from declml.builtin.statistics.wasserstein import Wasserstein

if TYPE_CHECKING:
    from declml.api import Component


@plugin
def declml_components() -> list[type[Component]]:
    """The statistics of this package."""
    return [ChiSquare, JensenShannon, KolmogorovSmirnov, PopulationStability, TotalVariation, Wasserstein]
