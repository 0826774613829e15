"""Metrics of a task, and their intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from declml.core.errors import DeclmlError
from declml.core.suggest import suggestion

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from declml.engine.steps.dataset import Target
    from declml.plugin.kinds.metric import Metric
    from declml.spec.root import ProjectSpec

METRICS = {
    "classification": (
        "roc_auc",
        "pr_auc",
        "log_loss",
        "brier",
        "accuracy",
        "balanced_accuracy",
        "f1",
        "precision",
        "recall",
    ),
    "regression": ("rmse", "mae", "r2", "mape"),
}
"""What is measured for a task; metrics that gates or model.tune name come on top."""
REPLICATES = 500
MOST_ROWS = 20_000
"""Rows drawn for a replicate, at most: the interval of fewer rows is narrowed by the root of their share."""


def tuned_metric(spec: ProjectSpec, target: Target) -> str:
    """The metric a search looks at: roc_auc for two classes, log_loss for more, rmse for values."""
    if spec.model.tune.metric != "auto":
        metric_named(spec.model.tune.metric, target)
        return spec.model.tune.metric
    if target.task == "regression":
        return "rmse"
    return "roc_auc" if len(target.classes) == 2 else "log_loss"


def metric_named(name: str, target: Target) -> Metric:
    """The metric, when it suits the task.

    Raises:
        DeclmlError: E3104 it is unknown or for another task.
    """
    from declml.plugin.registry import registry

    known = registry().names("metric")
    if name not in known:
        raise DeclmlError("E3104", f"there is no metric '{name}'", where=name, next=suggestion(name, known))
    metric = cast("Metric", registry().build("metric", name))
    if target.task not in metric.tasks:
        fitting = METRICS[target.task]
        raise DeclmlError(
            "E3104", f"the metric '{name}' is not for {target.task}", where=name, next=f"known: {', '.join(fitting)}"
        )
    if metric.binary_only and len(target.classes) != 2:
        raise DeclmlError(
            "E3104", f"the metric '{name}' is for two classes, the target has {len(target.classes)}", where=name
        )
    return metric


def wanted_metrics(spec: ProjectSpec, target: Target) -> dict[str, Metric]:
    """The metrics to measure, by name."""
    names = [tuned_metric(spec, target), *METRICS[target.task], *spec.gates.metrics]
    return {name: metric_named(name, target) for name in dict.fromkeys(names)}


def measured(
    metrics: dict[str, Metric],
    truth: npt.NDArray[Any],
    answer: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64] | None,
) -> dict[str, float]:
    """The value of every metric that is defined."""
    values = {name: metric.score(truth, answer, weight) for name, metric in metrics.items()}
    return {name: value for name, value in values.items() if math.isfinite(value)}


def interval(
    metric: Metric, value: float, truth: npt.NDArray[Any], answer: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64] | None, seed: int,
) -> tuple[float, float]:  # fmt: skip
    """The 95% bootstrap interval. With more than MOST_ROWS rows, each replicate draws so many, and the distances of its
    ends from `value` shrink by the root of the share (m out of n, Bickel et al. 1997).
    """  # noqa: D205 - one thought
    import numpy as np

    from declml.stats import bootstrap_interval

    n, drawn_rows = len(truth), min(len(truth), MOST_ROWS)
    generator = np.random.default_rng(seed)

    def score(drawn: npt.NDArray[np.int64]) -> float:
        rows = drawn if drawn_rows == n else generator.integers(0, n, drawn_rows)
        return metric.score(truth[rows], answer[rows], None if weight is None else weight[rows])

    low, high = bootstrap_interval(score, drawn_rows, REPLICATES, seed)
    if not (math.isfinite(low) and math.isfinite(high)):
        return value, value
    shrink = math.sqrt(drawn_rows / n)
    bottom, top = metric.bounds
    return max(bottom, value + shrink * (low - value)), min(top, value + shrink * (high - value))
