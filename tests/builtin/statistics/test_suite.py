"""The built-in statistics keep to the suite that guests use."""

from __future__ import annotations

from declml.builtin.statistics.chi_square import ChiSquare
from declml.builtin.statistics.jensen_shannon import JensenShannon
from declml.builtin.statistics.ks import KolmogorovSmirnov
from declml.builtin.statistics.psi import PopulationStability
from declml.builtin.statistics.total_variation import TotalVariation
from declml.builtin.statistics.wasserstein import Wasserstein
from declml.testing.statistic import StatisticSuite


class TestKolmogorovSmirnov(StatisticSuite):
    component = KolmogorovSmirnov()


class TestPopulationStability(StatisticSuite):
    component = PopulationStability()
    symmetric = False


class TestJensenShannon(StatisticSuite):
    component = JensenShannon()
    symmetric = False


class TestWasserstein(StatisticSuite):
    component = Wasserstein()
    symmetric = False


class TestWassersteinInUnitsOfTheColumn(StatisticSuite):
    component = Wasserstein(normed=False)


class TestChiSquare(StatisticSuite):
    component = ChiSquare()


class TestTotalVariation(StatisticSuite):
    component = TotalVariation()
