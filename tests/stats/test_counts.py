"""Divergences of count vectors are those of their definitions and of scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from scipy.spatial import distance

from declml.stats import StatsError, counts

pairs = st.integers(2, 30).flatmap(
    lambda k: st.tuples(*(st.lists(st.integers(0, 1000), min_size=k, max_size=k) for _ in range(2)))
)


def shares(r: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return r / r.sum(), c / c.sum()


def plain_psi(r: np.ndarray, c: np.ndarray) -> float:
    total = 0.0
    for before, after in zip(r, c, strict=True):
        if before or after:
            p, q = max(before, 0.5) / r.sum(), max(after, 0.5) / c.sum()
            total += (q - p) * math.log(q / p)
    return total


@given(pairs)
def test_equal_to_scipy_and_to_the_definitions(pair: tuple[list[int], list[int]]) -> None:
    r, c = (np.array(side, float) for side in pair)
    assume(r.sum() > 0 and c.sum() > 0)
    p, q = shares(r, c)
    assert counts.total_variation(r, c) == pytest.approx(0.5 * np.abs(p - q).sum(), abs=1e-12)
    assert counts.hellinger(r, c) == pytest.approx(np.sqrt(0.5 * ((np.sqrt(p) - np.sqrt(q)) ** 2).sum()), abs=1e-9)
    assert counts.psi(r, c) == pytest.approx(plain_psi(r, c), rel=1e-9, abs=1e-12)
    for base in (2.0, math.e):
        expected = float(np.nan_to_num(distance.jensenshannon(p, q, base)))
        # the square of the distance is what scipy rounds: near 0 its root shows that
        assert counts.jensen_shannon(r, c, base=base) ** 2 == pytest.approx(expected**2, abs=1e-14)
        if expected > 1e-3:
            assert counts.jensen_shannon(r, c, base=base) == pytest.approx(expected, rel=1e-9)


@given(pairs)
def test_chi_square_is_scipys_two_sample_test(pair: tuple[list[int], list[int]]) -> None:
    table = np.array(pair, float)
    table = table[:, table.sum(axis=0) > 0]
    assume(table.shape[1] >= 2 and (table.sum(axis=1) > 0).all())
    expected = scipy_stats.chi2_contingency(table, correction=False)
    result = counts.chi_square(*(np.array(side) for side in pair))
    assert result.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert result.degrees == expected.dof
    assert result.p == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-300)


def test_kl_is_of_the_current_from_the_reference() -> None:
    r, c = np.array([80.0, 20.0]), np.array([50.0, 50.0])
    assert counts.kl(r, c) == pytest.approx(scipy_stats.entropy(c, r))
    assert counts.kl(r, c) != pytest.approx(counts.kl(c, r))


@given(pairs)
def test_nothing_differs_from_itself_and_all_stay_in_their_range(pair: tuple[list[int], list[int]]) -> None:
    r, c = (np.array(side, float) for side in pair)
    assume(r.sum() > 0 and c.sum() > 0)
    same = counts.measure(r, r)
    assert same[:6] == (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    result = counts.measure(r, c)
    assert result.psi >= 0
    assert result.kl >= 0
    assert 0 <= result.total_variation <= 1 + 1e-12
    assert 0 <= result.hellinger <= 1 + 1e-12
    assert 0 <= result.jensen_shannon <= 1 + 1e-12


def test_disjoint_samples_are_as_far_as_can_be() -> None:
    result = counts.measure([10, 0], [0, 20])
    assert (result.total_variation, result.hellinger, result.jensen_shannon) == (1.0, 1.0, 1.0)
    assert math.isfinite(result.psi)


def test_no_rows_are_not_known() -> None:
    assert all(math.isnan(value) for value in counts.measure([0, 0], [1, 2])[:6])
    assert math.isnan(counts.chi_square([1, 2], [0, 0]).p)


def test_one_cell_can_not_differ() -> None:
    assert counts.chi_square([100, 0], [7, 0]) == (0.0, 0, 1.0)


def test_mistakes_are_told() -> None:
    with pytest.raises(StatsError, match="one length"):
        counts.psi([1, 2], [1, 2, 3])
    with pytest.raises(StatsError, match="not negative"):
        counts.psi([1, -2], [1, 2])


@given(pairs, st.floats(0.5, 10.0))
def test_pooling_keeps_rows_and_leaves_no_rare_cell(pair: tuple[list[int], list[int]], least: float) -> None:
    r, c = (np.array(side, float) for side in pair)
    assume(r.sum() > 0 and c.sum() > 0)
    pooled_r, pooled_c = counts.pool_rare(r, c, least)
    assert (pooled_r.sum(), pooled_c.sum()) == (r.sum(), c.sum())
    expected = (pooled_r + pooled_c) * min(r.sum(), c.sum()) / (r.sum() + c.sum())
    assert len(expected) == 1 or (expected >= least * (1 - 1e-12)).all()


def test_one_unseen_row_is_no_alarm_but_many_are() -> None:
    reference = np.array([50000, 30000, 20000, 0])
    one = counts.chi_square(reference, [500, 300, 199, 1], least_expected=5)
    many = counts.chi_square(reference, [450, 270, 180, 100], least_expected=5)
    assert one.p > 0.5
    assert many.p < 1e-6
