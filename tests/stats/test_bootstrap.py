"""Bootstrap intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from declml.stats import StatsError, bootstrap_interval


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(12).normal(size=2000)
    low, high = bootstrap_interval(lambda rows: float(values[rows].mean()), len(values))
    half = 1.96 * values.std() / math.sqrt(len(values))
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(13)
    hits = 0
    for trial in range(200):
        values = rng.normal(size=100)
        low, high = bootstrap_interval(lambda rows, v=values: float(np.median(v[rows])), 100, 200, trial, level=0.9)
        hits += low <= 0.0 <= high
    assert 0.83 <= hits / 200 <= 0.96


def test_equal_seeds_give_equal_intervals() -> None:
    values = np.arange(50.0)
    intervals = {bootstrap_interval(lambda rows: float(values[rows].mean()), 50, 100, seed) for seed in (1, 1, 2)}
    assert len(intervals) == 2


def test_resamples_without_a_score_are_left_out_and_too_many_say_so() -> None:
    labels = np.array([1] + [0] * 99)
    low, high = bootstrap_interval(lambda rows: float(labels[rows].mean()) or math.nan, 100, 300)
    assert 0 < low <= high
    assert all(math.isnan(end) for end in bootstrap_interval(lambda rows: math.nan, 10, 10))
    assert all(math.isnan(end) for end in bootstrap_interval(lambda rows: 1.0, 0))


def test_settings_that_mean_nothing_are_refused() -> None:
    with pytest.raises(StatsError):
        bootstrap_interval(lambda rows: 1.0, 10, level=1.0)
    with pytest.raises(StatsError):
        bootstrap_interval(lambda rows: 1.0, 10, replicates=0)
