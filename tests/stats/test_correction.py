"""False discovery rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from declml.stats import StatsError, adjusted, benjamini_hochberg, benjamini_yekutieli

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=50)


@given(probabilities)
def test_equal_to_scipy(p: list[float]) -> None:
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p, method="bh"))
    assert benjamini_yekutieli(p) == pytest.approx(false_discovery_control(p, method="by"))


@given(probabilities)
def test_what_is_not_known_stays_so_and_is_no_test(p: list[float]) -> None:
    with_unknown = adjusted([*p, np.nan])
    assert np.isnan(with_unknown[-1])
    assert np.array_equal(with_unknown[:-1], adjusted(p))


def test_none_changes_nothing() -> None:
    assert adjusted([0.2, 0.01], "none").tolist() == [0.2, 0.01]
    assert adjusted([]).tolist() == []


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(StatsError):
        adjusted([1.5])
