"""Each metric equals that of scikit-learn, with and without weights, for two classes and for more."""

import math

import numpy as np
import pytest
from sklearn import metrics as sk

from declml.plugin.registry import registry
from declml.testing.metric import case


def _positive(p):
    return p[:, 1] if p.shape[1] == 2 else p


def _mean(k):
    return "binary" if k == 2 else "macro"


CLASSES = {
    "roc_auc": lambda t, p, w: sk.roc_auc_score(t, _positive(p), multi_class="ovr", sample_weight=w),
    "pr_auc": lambda t, p, w: sk.average_precision_score(
        t if p.shape[1] == 2 else np.eye(p.shape[1])[t], _positive(p), sample_weight=w
    ),
    "log_loss": lambda t, p, w: sk.log_loss(t, p, sample_weight=w),
    "brier": lambda t, p, w: sk.brier_score_loss(t, _positive(p), sample_weight=w),
    "accuracy": lambda t, p, w: sk.accuracy_score(t, p.argmax(1), sample_weight=w),
    "balanced_accuracy": lambda t, p, w: sk.balanced_accuracy_score(t, p.argmax(1), sample_weight=w),
    "f1": lambda t, p, w: sk.f1_score(t, p.argmax(1), average=_mean(p.shape[1]), sample_weight=w),
    "precision": lambda t, p, w: sk.precision_score(t, p.argmax(1), average=_mean(p.shape[1]), sample_weight=w),
    "recall": lambda t, p, w: sk.recall_score(t, p.argmax(1), average=_mean(p.shape[1]), sample_weight=w),
}
VALUES = {
    "mae": lambda t, p, w: sk.mean_absolute_error(t, p, sample_weight=w),
    "rmse": lambda t, p, w: sk.root_mean_squared_error(t, p, sample_weight=w),
    "r2": lambda t, p, w: sk.r2_score(t, p, sample_weight=w),
    "mape": lambda t, p, w: sk.mean_absolute_percentage_error(t, p, sample_weight=w),
}


def test_every_metric_is_compared():
    assert sorted(CLASSES | VALUES) == [
        name
        for name in registry().names("metric")
        if type(registry().build("metric", name)).__module__.startswith("declml.builtin")
    ]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", CLASSES)
def test_classification(name, classes, weighted):
    truth, answer = case("classification", classes)
    weight = np.random.default_rng(3).random(len(truth)) if weighted else None
    value = registry().build("metric", name).score(truth, answer, weight)
    assert value == pytest.approx(CLASSES[name](truth, answer, weight), rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", VALUES)
def test_regression(name, weighted):
    truth, answer = case("regression", 0)
    weight = np.random.default_rng(3).random(len(truth)) if weighted else None
    value = registry().build("metric", name).score(truth, answer, weight)
    assert value == pytest.approx(VALUES[name](truth, answer, weight), rel=1e-9)


def test_what_is_not_defined_is_not_a_number():
    one_class, answer = np.zeros(10, np.int64), np.full((10, 2), 0.5)
    assert math.isnan(registry().build("metric", "roc_auc").score(one_class, answer))
    assert math.isnan(registry().build("metric", "pr_auc").score(one_class, answer))
    assert math.isnan(registry().build("metric", "r2").score(np.ones(5), np.ones((5, 1))))
    assert registry().build("metric", "log_loss").score(one_class, np.tile([0.0, 1.0], (10, 1))) == pytest.approx(
        36.04, abs=0.01
    )
