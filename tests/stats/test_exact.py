"""Exact statistics are scipy's, and keep the laws of distances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from declml.stats import StatsError, exact

RNG = np.random.default_rng(5)
samples = st.lists(st.one_of(st.integers(-5, 5).map(float), st.floats(-1e6, 1e6)), min_size=1, max_size=40)


def distribution_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Difference of the two distribution functions at every value, written plainly."""
    points = np.concatenate((a, b))
    return np.array([(a <= point).mean() - (b <= point).mean() for point in points])


@pytest.mark.parametrize(("n", "m"), [(2, 2), (7, 100), (1000, 999), (20000, 313)])
@pytest.mark.parametrize("kind", ["normal", "counts", "rounded", "cauchy"])
def test_equal_to_scipy(n: int, m: int, kind: str) -> None:
    make = {
        "normal": lambda size: RNG.normal(size=size),
        "counts": lambda size: RNG.poisson(3, size).astype(float),
        "rounded": lambda size: RNG.normal(size=size).round(1),
        "cauchy": RNG.standard_cauchy,
    }[kind]
    a, b = make(n), make(m) + 0.1 * (m % 2)
    result = exact.merge_statistics(a, b)
    assert result.ks == pytest.approx(scipy_stats.ks_2samp(a, b, method="asymp").statistic, abs=1e-15)
    assert result.wasserstein == pytest.approx(scipy_stats.wasserstein_distance(a, b), rel=1e-12, abs=1e-15)
    assert result.energy == pytest.approx(scipy_stats.energy_distance(a, b), rel=1e-11, abs=1e-15)


@given(samples, samples)
def test_kuiper_and_ks_are_the_extremes_of_the_difference(first: list[float], second: list[float]) -> None:
    a, b = np.array(first), np.array(second)
    result = exact.merge_statistics(a, b)
    difference = np.append(distribution_distance(a, b), 0.0)
    assert result.ks == pytest.approx(np.abs(difference).max(), abs=1e-12)
    assert result.kuiper == pytest.approx(difference.max() - difference.min(), abs=1e-12)


@given(samples, samples)
def test_distances_are_symmetric_and_zero_for_equals(first: list[float], second: list[float]) -> None:
    there, back = exact.merge_statistics(first, second), exact.merge_statistics(second, first)
    assert there.ks == back.ks
    assert there.wasserstein == pytest.approx(back.wasserstein, rel=1e-12)
    same = exact.merge_statistics(first, first + first)
    assert (same.ks, same.kuiper, same.wasserstein, same.energy) == (0.0, 0.0, 0.0, 0.0)


@given(samples, st.floats(0.1, 1000.0))
def test_a_shift_is_its_own_wasserstein_distance(values: list[float], shift: float) -> None:
    a = np.array(values)
    assert exact.wasserstein(a, a + shift) == pytest.approx(shift, rel=1e-6)


def test_a_null_changes_nothing() -> None:
    a, b = RNG.normal(size=2000), RNG.normal(size=2000) + 1.0
    assert exact.merge_statistics(a, np.append(b, np.nan)) == exact.merge_statistics(a, b)


def test_infinite_values_rank_last_and_are_infinitely_far() -> None:
    a, b = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, np.inf, np.inf])
    result = exact.merge_statistics(a, b)
    assert result.ks == 0.5
    assert result.wasserstein == math.inf
    both = exact.merge_statistics([0.0, np.inf, -np.inf], [1.0, np.inf, -np.inf])
    assert both.wasserstein == pytest.approx(1 / 3)
    assert exact.ks([np.inf, np.inf], [-np.inf]) == 1.0


def test_no_values_give_nan() -> None:
    for empty in ([], [np.nan, np.nan]):
        result = exact.merge_statistics(empty, [1.0])
        assert math.isnan(result.ks)
        assert math.isnan(result.wasserstein)
        assert (result.n, result.m) == (0, 1)


def test_one_value_each() -> None:
    result = exact.merge_statistics([1.0], [3.0])
    assert (result.ks, result.kuiper, result.wasserstein) == (1.0, 1.0, 2.0)


def test_a_sorted_sample_is_used_again_and_left_as_it_was() -> None:
    reference = exact.Sorted.of(RNG.normal(size=500))
    before = reference.values.copy()
    window = RNG.normal(size=300)
    kept = window.copy()
    assert exact.ks(reference, window) == exact.ks(before, window)
    assert np.array_equal(reference.values, before)
    assert np.array_equal(window, kept)


def test_other_arrays_are_refused() -> None:
    with pytest.raises(StatsError, match="one column of numbers"):
        exact.ks(["a"], [1.0])
