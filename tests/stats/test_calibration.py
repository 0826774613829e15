"""When nothing changed, a test at 5% says so in 95 of 100 windows, whatever the column and the window.

Both sides are drawn anew each time. With 1,000 repetitions the share of alarms has a standard error of 0.7%.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from declml.stats import Profile
from declml.stats.evidence import gather

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 1000


def zero_inflated(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.where(rng.random(n) < 0.5, 0.0, rng.exponential(size=n))


NUMBERS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "lognormal": lambda rng, n: rng.lognormal(size=n),
    "rounded": lambda rng, n: rng.normal(size=n).round(1),
    "zero inflated": zero_inflated,
    "counts": lambda rng, n: rng.poisson(3, n),
    "binary": lambda rng, n: rng.random(n) < 0.3,
}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(("n", "m"), [(3000, 100), (2000, 2000)])
def test_numbers(name: str, n: int, m: int) -> None:
    rng = np.random.default_rng([14, n, m, *name.encode()])
    alarms = 0
    for _ in range(REPEATS):
        reference = Profile.fit_number(NUMBERS[name](rng, n), name="x")
        alarms += gather(reference, reference.of(NUMBERS[name](rng, m))).p <= 0.05
    assert 0.035 <= alarms / REPEATS <= 0.065


@pytest.mark.parametrize("k", [3, 10, 50])
@pytest.mark.parametrize(("n", "m"), [(1000, 100), (1000, 1000), (1000, 10_000)])
def test_categories(k: int, n: int, m: int) -> None:
    rng = np.random.default_rng([15, k, n, m])
    labels = [str(label) for label in range(k)]
    alarms = 0
    for _ in range(REPEATS):
        reference = Profile.fit_category(rng.integers(0, k, n), labels, name="c")
        alarms += gather(reference, reference.of(rng.integers(0, k, m))).p <= 0.05
    assert 0.035 <= alarms / REPEATS <= 0.065


def test_skewed_categories_with_rare_labels() -> None:
    rng = np.random.default_rng(16)
    shares = 1.0 / np.arange(1, 41) ** 1.5
    shares /= shares.sum()
    labels = [str(label) for label in range(40)]
    alarms = 0
    for _ in range(REPEATS):
        reference = Profile.fit_category(rng.choice(40, 3000, p=shares), labels, name="c")
        alarms += gather(reference, reference.of(rng.choice(40, 300, p=shares))).p <= 0.05
    assert 0.03 <= alarms / REPEATS <= 0.07


def test_equal_null_rates_are_rarely_called_different() -> None:
    rng = np.random.default_rng(17)
    alarms = 0
    for _ in range(REPEATS):
        reference, window = (np.where(rng.random(n) < 0.2, np.nan, 1.0) for n in (3000, 500))
        profile = Profile.fit_number(reference, name="x")
        alarms += gather(profile, profile.of(window)).null_p <= 0.05
    assert 0.03 <= alarms / REPEATS <= 0.065
