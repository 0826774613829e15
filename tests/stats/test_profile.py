"""Profiles: counting is exact, merging is a union, nothing odd in a column breaks them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from declml.stats import Profile, StatsError
from declml.stats.bins import Edges, Grid

RNG = np.random.default_rng(1)
COLUMNS = {
    "smooth": RNG.normal(size=5000),
    "heavy tail": RNG.standard_cauchy(5000),
    "skewed": RNG.lognormal(size=5000),
    "counts": RNG.poisson(3, 5000).astype(float),
    "rounded": RNG.normal(size=5000).round(1),
    "zero inflated": np.where(RNG.random(5000) < 0.4, 0.0, RNG.normal(size=5000)),
    "constant": np.full(5000, 0.1),
    "all null": np.full(5000, np.nan),
    "empty": np.empty(0),
    "extremes": np.concatenate(
        (RNG.normal(size=4000), [np.inf, -np.inf, 1e38, -1e38, 5e-324, -0.0], np.full(100, np.nan))
    ),
}
values = st.lists(
    st.one_of(st.floats(width=32), st.sampled_from([0.0, -0.0, 1.0, 0.1, math.nan, math.inf, -math.inf])), max_size=60
)


def cells_by_search(profile: Profile, numbers: np.ndarray) -> np.ndarray:
    """The definition of cells, written plainly."""
    with np.errstate(over="ignore"):
        narrow = numbers[~np.isnan(numbers)].astype(np.float32).astype(np.float64)
    if isinstance(profile.bins, Grid):
        origin, inverse, inner = profile.bins.line
        where = np.clip((narrow - origin) * inverse + 1.0, 0, inner + 1).astype(int)
    else:
        where = np.searchsorted(profile.bins.borders, narrow)
    return np.bincount(where, minlength=profile.bins.size)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_counts_are_those_of_the_definition(name: str, dtype: type) -> None:
    with np.errstate(over="ignore"):
        numbers = COLUMNS[name].astype(dtype)
    profile = Profile.fit_number(numbers, name="x")
    assert np.array_equal(profile.counts, cells_by_search(profile, numbers))
    assert profile.nulls == np.isnan(numbers).sum()
    assert profile.rows == len(numbers)
    assert profile.infinite == np.isinf(numbers).sum()


def test_a_smooth_column_gets_a_grid_and_the_others_edges() -> None:
    kinds = {name: type(Profile.fit_number(column, name="x").bins) for name, column in COLUMNS.items()}
    assert kinds.pop("smooth") is Grid
    kinds.pop("extremes")
    assert set(kinds.values()) == {Edges}


def test_frequent_values_have_cells_of_their_own() -> None:
    profile = Profile.fit_number(COLUMNS["zero inflated"], name="x")
    assert int((COLUMNS["zero inflated"] == 0).sum()) in profile.counts[profile.bins.atoms]


@pytest.mark.parametrize("name", ["smooth", "skewed", "counts", "extremes"])
def test_moments_are_those_of_the_finite_values(name: str) -> None:
    numbers = COLUMNS[name]
    profile = Profile.fit_number(numbers, name="x")
    finite = numbers[np.isfinite(numbers)].astype(np.float32).astype(np.float64)
    assert profile.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-9 * finite.std())
    assert profile.std == pytest.approx(finite.std(), rel=1e-9)
    assert (profile.lowest, profile.highest) == (finite.min(), finite.max())


def test_a_constant_has_no_spread_and_is_known_as_constant() -> None:
    profile = Profile.fit_number(np.full(1000, 0.1), name="x")
    assert profile.constant
    assert profile.std == 0.0
    assert not profile.of([0.1, 0.2]).constant
    assert profile.of([0.2] * 7).constant


def test_nothing_has_no_moments() -> None:
    for column in ("all null", "empty"):
        profile = Profile.fit_number(COLUMNS[column], name="x")
        assert all(math.isnan(v) for v in (profile.mean, profile.std, profile.lowest, profile.quantile(0.5)))


@given(values, values, values)
def test_merging_is_counting_the_union(first: list[float], second: list[float], third: list[float]) -> None:
    reference = Profile.fit_number(np.array(first), name="x")
    a, b, c = (reference.of(np.array(part)) for part in (first, second, third))
    union = reference.of(np.array(first + second + third))
    for merged in (a + b + c, c + (b + a), reference.empty() + b + a + c):
        assert np.array_equal(merged.counts, union.counts)
        assert (merged.nulls, merged.infinite) == (union.nulls, union.infinite)
        assert np.array_equal(merged.moments[4:], union.moments[4:])
        assert np.allclose(merged.moments[:4], union.moments[:4], rtol=1e-12, atol=1e-12 * np.abs(union.moments[1]))


@given(values, st.randoms(use_true_random=False))
def test_order_does_not_matter(numbers: list[float], random: object) -> None:
    reference = Profile.fit_number(np.array(numbers), name="x")
    shuffled = list(numbers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert np.array_equal(reference.of(np.array(numbers)).counts, reference.of(np.array(shuffled)).counts)
    assert Profile.fit_number(np.array(shuffled), name="x").bins.borders.tolist() == reference.bins.borders.tolist()


@given(values)
def test_float32_and_float64_of_one_value_share_a_cell(numbers: list[float]) -> None:
    reference = Profile.fit_number(np.array([*numbers, 0.1, 0.3]), name="x")
    wide = np.array([*numbers, 0.1, 0.3])
    assert np.array_equal(reference.of(wide).counts, reference.of(wide.astype(np.float32)).counts)


def test_one_null_changes_only_the_nulls() -> None:
    numbers = COLUMNS["smooth"].copy()
    profile = Profile.fit_number(numbers, name="x")
    with_null = profile.of(np.insert(numbers, 100, np.nan))
    assert np.array_equal(with_null.counts, profile.counts)
    assert (profile.nulls, with_null.nulls) == (0, 1)
    assert with_null.mean == pytest.approx(profile.mean, abs=1e-12)


def test_cells_do_not_move_with_an_outlier_of_the_window() -> None:
    reference = Profile.fit_number(COLUMNS["smooth"], name="x")
    window = RNG.normal(size=1000)
    spoiled = reference.of(np.append(window, 1e6))
    assert np.abs(spoiled.counts - reference.of(window).counts).sum() == 1


def test_integers_booleans_and_strided_columns_are_numbers() -> None:
    matrix = np.arange(12).reshape(4, 3)
    assert Profile.fit_number(matrix[:, 1], name="x").mean == 5.5
    assert Profile.fit_number([True, False, True], name="x").mean == pytest.approx(2 / 3)


@pytest.mark.parametrize("bad", [["a", "b"], [[1.0, 2.0]], np.array([object()])])
def test_what_is_not_a_column_of_numbers_is_refused(bad: object) -> None:
    with pytest.raises(StatsError, match="one column of numbers"):
        Profile.fit_number(bad, name="x")


def test_categories_have_cells_for_nulls_and_unseen_values() -> None:
    profile = Profile.fit_category([0, 1, 1, -1, 2, 7], ["a", "b"], name="c")
    assert profile.counts.tolist() == [1, 2, 2]
    assert (profile.nulls, profile.rows) == (1, 6)
    assert math.isnan(profile.mean)


@given(st.lists(st.integers(-1, 5), max_size=300), st.lists(st.integers(-1, 5), max_size=300))
def test_category_counts_merge(first: list[int], second: list[int]) -> None:
    reference = Profile.fit_category(np.array(first, np.int64), list("abcd"), name="c")
    assert reference + reference.of(np.array(second, np.int64)) == reference.of(np.array(first + second, np.int64))


def test_labels_must_be_distinct_and_codes_whole() -> None:
    with pytest.raises(StatsError, match="distinct"):
        Profile.fit_category([0], ["a", "a"], name="c")
    with pytest.raises(StatsError, match="category codes"):
        Profile.fit_category([0.5], ["a"], name="c")


def test_profiles_of_different_references_do_not_merge() -> None:
    with pytest.raises(StatsError, match="different cells"):
        Profile.fit_number(COLUMNS["smooth"], name="x").merge(Profile.fit_number(COLUMNS["skewed"], name="x"))


def test_the_sample_is_bounded_sorted_and_close() -> None:
    profile = Profile.fit_number(COLUMNS["smooth"], name="x", sample=100)
    assert profile.sample is not None
    assert len(profile.sample) == 100
    assert (np.diff(profile.sample) >= 0).all()
    ordered = np.sort(COLUMNS["smooth"].astype(np.float32))
    ranks = np.searchsorted(ordered, profile.sample) / len(ordered)
    assert np.abs(ranks - (np.arange(100) + 0.5) / 100).max() < 0.01
    assert profile.empty().sample is None


@pytest.mark.parametrize("level", [0.0, 0.01, 0.5, 0.9, 1.0])
def test_quantiles_are_near_those_of_the_values(level: float) -> None:
    profile = Profile.fit_number(COLUMNS["smooth"], name="x")
    assert profile.quantile(level) == pytest.approx(np.quantile(COLUMNS["smooth"], level), abs=0.02)
    counts = Profile.fit_number(COLUMNS["counts"], name="x")
    assert counts.quantile(level) == np.quantile(COLUMNS["counts"], level, method="inverted_cdf")


def test_many_rows_are_sampled_before_cells_are_chosen_but_all_are_counted() -> None:
    numbers = np.random.default_rng(3).normal(size=300_000).astype(np.float32)
    profile = Profile.fit_number(numbers, name="x")
    assert profile.present == 300_000
    assert profile == Profile.fit_number(numbers, name="x")


def test_profiles_can_not_be_changed() -> None:
    profile = Profile.fit_number([1.0, 2.0], name="x")
    with pytest.raises(ValueError, match="read-only"):
        profile.counts[0] = 5
