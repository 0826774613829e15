"""Intervals of metrics."""

import numpy as np
import pytest

from declml.engine.steps.measuring import interval
from declml.plugin.registry import registry


def rows(n, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    p = 1 / (1 + np.exp(-(y - 0.5 + rng.normal(size=n))))
    return y.astype(np.int64), np.stack([1 - p, p], axis=1)


@pytest.mark.parametrize("name", ["accuracy", "roc_auc"])
def test_many_rows_give_the_interval_of_all_of_them(name):
    metric = registry().build("metric", name)
    widths = {}
    for n in (20_000, 80_000):
        y, p = rows(n)
        low, high = interval(metric, metric.score(y, p), y, p, None, 0)
        widths[n] = high - low
    assert widths[80_000] / widths[20_000] == pytest.approx(0.5, rel=0.15)


def test_the_interval_of_a_share_is_that_of_the_binomial():
    y, p = rows(2000)
    metric = registry().build("metric", "accuracy")
    value = metric.score(y, p)
    low, high = interval(metric, value, y, p, None, 0)
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(value * (1 - value) / 2000), rel=0.15)
    assert (low, high) == interval(metric, value, y, p, None, 0)


def test_weights_are_drawn_with_their_rows():
    y, p = rows(500)
    metric = registry().build("metric", "accuracy")
    weight = np.where(p.argmax(axis=1) == y, 1.0, 0.0)
    assert interval(metric, 1.0, y, p, weight, 0) == (1.0, 1.0)
