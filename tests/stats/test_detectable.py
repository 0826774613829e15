"""What can be noticed, said beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from declml.stats import counts, detectable_ks, detectable_total_variation
from declml.stats.detectable import shift_of


def test_more_rows_notice_less() -> None:
    assert detectable_ks(10_000, 100, 0.01) > detectable_ks(10_000, 1000, 0.01) > detectable_ks(10_000, 10_000, 0.01)
    assert detectable_ks(10_000, 100, 0.001) > detectable_ks(10_000, 100, 0.05)
    assert detectable_ks(10_000, 1000, 0.01, size=0.1) > 0.1
    assert detectable_ks(5, 3, 0.01) == 1.0
    assert math.isnan(detectable_ks(0, 10, 0.01))


def test_a_change_of_categories_of_the_stated_size_is_noticed() -> None:
    rng = np.random.default_rng(11)
    stated = detectable_total_variation(100_000, 1000, 5, 0.05)
    share = np.full(5, 0.2) + np.array([1, 1, 0, -1, -1]) * stated / 2
    reference = rng.multinomial(100_000, np.full(5, 0.2))
    hits = [counts.chi_square(reference, rng.multinomial(1000, share)).p <= 0.05 for _ in range(300)]
    assert np.mean(hits) > 0.72
    assert detectable_total_variation(100, 100, 1, 0.05) == 1.0
    assert math.isnan(detectable_total_variation(0, 100, 3, 0.05))


@pytest.mark.parametrize("shift", [0.05, 0.5, 2.0])
def test_a_shift_of_a_normal_law_has_its_distance(shift: float) -> None:
    from scipy.stats import norm

    assert shift_of(2 * norm.cdf(shift / 2) - 1) == pytest.approx(shift)
    assert shift_of(1.0) == math.inf
