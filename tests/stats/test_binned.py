"""Statistics of profiles stay near those of the values, and cells never depend on the window."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from declml.stats import Profile, StatsError, binned, counts, exact

RNG = np.random.default_rng(6)
MAKERS = {
    "normal": lambda n: RNG.normal(size=n),
    "lognormal": lambda n: RNG.lognormal(size=n),
    "cauchy": RNG.standard_cauchy,
    "t3": lambda n: RNG.standard_t(3, n),
    "poisson": lambda n: RNG.poisson(3, n).astype(float),
    "rounded": lambda n: RNG.normal(size=n).round(1),
    "zero inflated": lambda n: np.where(RNG.random(n) < 0.4, 0.0, RNG.exponential(size=n)),
}
values = st.lists(st.one_of(st.integers(-3, 3).map(float), st.floats(-100, 100, width=32)), min_size=1, max_size=50)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("shift", [0.0, 0.2, 5.0])
def test_the_exact_ks_distance_is_within_the_interval(name: str, shift: float) -> None:
    reference = MAKERS[name](20_000).astype(np.float32)
    window = (MAKERS[name](3000) + shift).astype(np.float32)
    profile = Profile.fit_number(reference, name="x")
    interval = binned.ks_interval(profile, profile.of(window))
    distance = exact.ks(reference, window)
    assert interval.low - 1e-12 <= distance <= interval.high + 1e-12
    assert interval.high - interval.low < 0.01


@given(values, values)
def test_the_interval_holds_for_any_values(first: list[float], second: list[float]) -> None:
    profile = Profile.fit_number(first, name="x")
    interval = binned.ks_interval(profile, profile.of(second))
    assert interval.low - 1e-12 <= exact.ks(first, second) <= interval.high + 1e-12


@pytest.mark.parametrize("name", ["normal", "lognormal", "t3", "poisson", "rounded", "zero inflated"])
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.3), (2.0, 0.0), (1000.0, 0.0), (0.1, -4.0)])
def test_wasserstein_is_near_the_exact_one(name: str, scale: float, shift: float) -> None:
    if name == "poisson":  # between whole numbers the reference has one cell, and nothing is known within it
        shift = float(round(shift * 10))
    reference, window = MAKERS[name](50_000), np.round(MAKERS[name](5000) * scale + shift, 6)
    profile = Profile.fit_number(reference, name="x")
    expected = scipy_stats.wasserstein_distance(reference, window)
    assert binned.wasserstein(profile, profile.of(window), normed=False) == pytest.approx(expected, rel=0.03)
    assert binned.wasserstein(profile, profile.of(window)) == pytest.approx(expected / reference.std(), rel=0.03)


def test_the_standard_error_of_wasserstein_is_that_of_repeated_samples() -> None:
    rng = np.random.default_rng(8)
    profile = Profile.fit_number(rng.normal(size=20_000), name="x")
    parts = [binned.wasserstein_parts(profile, profile.of(rng.normal(size=500) + 0.4)) for _ in range(200)]
    spread = np.std([part.distance for part in parts])
    assert np.mean([part.error for part in parts]) == pytest.approx(spread, rel=0.2)


@given(values, st.integers(2, 20))
def test_nothing_differs_from_itself(numbers: list[float], bins: int) -> None:
    profile = Profile.fit_number(numbers, name="x")
    assert binned.measure(profile, profile, bins=bins)[:6] == (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert binned.ks(profile, profile) == 0.0
    assert binned.wasserstein(profile, profile, normed=False) == 0.0


@pytest.mark.parametrize("name", ["normal", "lognormal", "cauchy"])
def test_coarse_parts_are_near_the_quantiles(name: str) -> None:
    profile = Profile.fit_number(MAKERS[name](20_000), name="x")
    parts = binned.coarsen(profile, profile, 10)
    assert len(parts.reference) == 10
    assert len(parts.borders) == 9
    assert np.abs(parts.reference / 20_000 - 0.1).max() < 0.01
    assert parts.reference.sum() == 20_000


@given(values, values, st.integers(2, 12))
def test_coarse_parts_keep_all_rows_and_are_not_empty(first: list[float], second: list[float], bins: int) -> None:
    profile = Profile.fit_number(first, name="x")
    parts = binned.coarsen(profile, profile.of(second), bins)
    assert (parts.reference.sum(), parts.current.sum()) == (len(first), len(second))
    assert (parts.reference > 0).all() or np.count_nonzero(profile.counts) == 1
    assert len(parts.reference) <= max(bins, 3)


def test_a_constant_reference_sees_what_is_beside_its_value() -> None:
    profile = Profile.fit_number(np.full(1000, 0.25), name="x")
    moved = profile.of(np.concatenate((np.full(500, 0.25), np.full(500, 0.75))))
    assert binned.coarsen(profile, moved).current.tolist() == [0, 500, 500]
    assert binned.psi(profile, profile) == 0.0
    assert binned.psi(profile, moved) > 1.0
    assert binned.jensen_shannon(profile, moved) > 0.4
    assert binned.total_variation(profile, moved) == 0.5


def test_psi_is_the_plain_sum_over_the_parts() -> None:
    profile = Profile.fit_number(MAKERS["normal"](10_000), name="x")
    window = MAKERS["normal"](10_000) + 0.5
    current = profile.of(window)
    borders = binned.coarsen(profile, current).borders
    q = np.histogram(window.astype(np.float32), [-np.inf, *borders, np.inf])[0] / 10_000
    p = binned.coarsen(profile, current).reference / 10_000
    assert binned.psi(profile, current) == pytest.approx(((q - p) * np.log(q / p)).sum(), rel=1e-9)
    assert binned.psi(profile, current) > 0.15


def test_one_outlier_does_not_hide_a_shift() -> None:
    profile = Profile.fit_number(MAKERS["normal"](10_000), name="x")
    window = MAKERS["normal"](10_000) + 0.5
    plain, spoiled = (profile.of(part) for part in (window, np.append(window, 1e6)))
    assert binned.psi(profile, spoiled) == pytest.approx(binned.psi(profile, plain), rel=0.01)
    assert binned.jensen_shannon(profile, spoiled) == pytest.approx(binned.jensen_shannon(profile, plain), rel=0.01)


def test_categories_are_compared_label_by_label() -> None:
    profile = Profile.fit_category([0] * 50 + [1] * 50, ["a", "b"], name="c")
    current = profile.of([0] * 30 + [2] * 10 + [-1] * 60)
    assert binned.total_variation(profile, current) == pytest.approx(0.5)
    assert binned.chi_square(profile, current, least_expected=0.0) == counts.chi_square([50, 50, 0], [30, 0, 10])
    assert binned.null_rate_p(profile, current) < 1e-9
    for statistic in (binned.ks, binned.wasserstein, binned.mean_shift):
        with pytest.raises(StatsError, match="no order"):
            statistic(profile, current)


def test_mean_shift_is_in_standard_deviations() -> None:
    profile = Profile.fit_number(MAKERS["normal"](10_000) * 3, name="x")
    assert binned.mean_shift(profile, profile.of(MAKERS["normal"](10_000) * 3 + 3)) == pytest.approx(1.0, abs=0.05)


def test_no_values_are_not_known() -> None:
    profile = Profile.fit_number([1.0, 2.0, 3.0], name="x")
    assert math.isnan(binned.ks(profile, profile.empty()))
    assert math.isnan(binned.ks_p(profile, profile.empty()))
    assert math.isnan(binned.psi(profile, profile.empty()))
    assert math.isnan(binned.wasserstein(profile, profile.empty()))
    assert math.isnan(binned.null_rate_p(profile, profile.empty()))
    assert math.isnan(binned.wasserstein(Profile.fit_number([1.0], name="x"), Profile.fit_number([1.0], name="x")))


def test_profiles_of_different_references_are_not_compared() -> None:
    with pytest.raises(StatsError, match="different cells"):
        binned.psi(Profile.fit_number([1.0, 2.0], name="x"), Profile.fit_number([1.0, 3.0], name="x"))
    with pytest.raises(StatsError, match="at least 2"):
        binned.coarsen(Profile.fit_number([1.0], name="x"), Profile.fit_number([1.0], name="x"), 1)
