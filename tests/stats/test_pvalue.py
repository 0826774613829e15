"""Probabilities are those of scipy, to the accuracy that is promised."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from declml.stats import pvalue


@pytest.mark.parametrize(("n", "m"), [(3, 5), (10, 10), (40, 7), (100, 100), (50, 400)])
def test_small_samples_are_counted_exactly(n: int, m: int) -> None:
    rng = np.random.default_rng(n * m)
    for shift in (0.0, 0.3, 1.0):
        a, b = rng.normal(size=n), rng.normal(size=m) + shift
        expected = scipy_stats.ks_2samp(a, b, method="exact")
        assert pvalue.ks_p(float(expected.statistic), n, m) == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize(("size", "tolerance"), [(500, 5e-5), (5_000, 5e-6), (50_000, 1e-6)])
def test_the_kolmogorov_law_is_as_near_as_promised(size: int, tolerance: float) -> None:
    for z in np.linspace(0.3, 3.0, 28):
        d = z / math.sqrt(size)
        assert pvalue.kolmogorov_p(d, size) == pytest.approx(scipy_stats.kstwo.sf(d, size), abs=tolerance)


@given(st.floats(0, 1), st.integers(1, 100_000), st.integers(1, 100_000))
def test_a_probability_is_one(d: float, n: int, m: int) -> None:
    assert 0.0 <= pvalue.ks_p(d, n, m) <= 1.0


def test_larger_distances_are_less_probable() -> None:
    for n, m in ((100, 100), (1000, 700), (100_000, 3000)):
        p = [pvalue.ks_p(d, n, m) for d in np.linspace(0.001, 1.0, 200)]
        assert all(before >= after for before, after in pairwise(p))


def test_chi_square_tail() -> None:
    assert pvalue.chi_square_p(7.3, 4) == pytest.approx(scipy_stats.chi2.sf(7.3, 4), rel=1e-12)
    assert pvalue.chi_square_p(0.0, 0) == 1.0


@pytest.mark.parametrize(
    ("first", "n", "second", "m"),
    [(0, 1000, 1, 100), (3, 50, 9, 60), (997, 1000, 90, 100), (60, 60, 50, 52), (0, 100_000, 10, 100)],
)
def test_few_hits_are_compared_by_fishers_test(first: int, n: int, second: int, m: int) -> None:
    expected = scipy_stats.fisher_exact([[first, n - first], [second, m - second]]).pvalue
    assert pvalue.proportions_p(first, n, second, m) == pytest.approx(expected, rel=1e-9)
    assert pvalue.proportions_p(second, m, first, n) == pytest.approx(expected, rel=1e-9)


def test_many_hits_are_compared_by_pearsons_test() -> None:
    expected = scipy_stats.chi2_contingency([[300, 700], [55, 145]], correction=False).pvalue
    assert pvalue.proportions_p(300, 1000, 55, 200) == pytest.approx(expected, rel=1e-9)


def test_what_is_not_known_is_nan() -> None:
    assert math.isnan(pvalue.ks_p(math.nan, 10, 10))
    assert math.isnan(pvalue.ks_p(0.5, 0, 10))
    assert math.isnan(pvalue.chi_square_p(math.nan, 2))
    assert math.isnan(pvalue.proportions_p(0, 0, 1, 10))
    assert math.isnan(pvalue.ks_cells_p(math.nan, np.zeros(2, np.int64), np.zeros(2, np.int64), 0))


def test_with_two_values_only_the_bridge_is_the_normal_law() -> None:
    reference, current = np.array([6000, 4000]), np.array([640, 360])
    distance = 0.04
    size = 10_000 * 1000 / 11_000
    z = distance * math.sqrt(size)
    share = 6640 / 11_000
    expected = 2 * scipy_stats.norm.sf(z / math.sqrt(share * (1 - share)))
    assert pvalue.ks_cells_p(distance, reference, current, 0) == pytest.approx(expected, rel=1e-6)


def test_with_no_frequent_value_the_bridge_is_the_kolmogorov_law() -> None:
    cells = np.full(1000, 100)
    p = pvalue.ks_cells_p(0.006, cells, cells, 500)
    assert p == pytest.approx(pvalue.kolmogorov_p(0.006, 50_000), abs=0.02)
    frequent = cells.copy()
    frequent[0] = 11_000  # at the very start it hides next to nothing
    n = int(frequent.sum())
    assert pvalue.ks_cells_p(0.006, frequent, frequent, 500) == pytest.approx(
        pvalue.kolmogorov_p(0.006, n / 2), abs=0.02
    )
