"""Step `evaluate`: how good the model is on the rows it has not seen, and what it beats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.core.digest import canonical as json_text
from declml.engine.step import Step, StepContext
from declml.engine.steps.chosen import INPUTS, Chosen, rows_of, side, truth_of
from declml.engine.steps.fit import fitted
from declml.engine.steps.measuring import interval, measured, tuned_metric, wanted_metrics
from declml.engine.steps.review import how_split

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from declml.engine.steps.dataset import Target
    from declml.plugin.kinds.metric import Metric
    from declml.spec.root import ProjectSpec


def run(step: StepContext) -> None:
    """Score the test rows; measure the model and the answers that need no model."""
    from declml.engine.steps.dataset import TEST

    chosen, seed = Chosen.of(step), step.spec.model.tune.seed
    keep = side(step, TEST)
    y, weight = truth_of(step, chosen, keep), chosen.weight_of(step, keep)
    answer = chosen.framework.predict(fitted(step), rows_of(step, chosen, keep))
    metrics = wanted_metrics(step.spec, chosen.target)
    values = measured(metrics, y, answer, weight)
    intervals = {}
    for place, (name, value) in enumerate(values.items()):
        step.say(f"interval of {name}", place / len(values))
        low, high = interval(metrics[name], value, y, answer, weight, seed)
        intervals[name] = {"value": value, "low": low, "high": high}
    baselines = _baselines(step, chosen, metrics, keep, y)
    for name, value in baselines["mean" if chosen.target.task == "regression" else "majority"].items():
        if name in intervals:
            intervals[name]["baseline"] = value
    first = tuned_metric(step.spec, chosen.target)
    report = {
        "metric": first,
        "metrics": intervals,
        "rows": len(y),
        "baselines": baselines,
        "folds": {"metric": chosen.facts["metric"], "values": chosen.facts["folds"]},
        "notes": _notes(metrics, values, baselines, first),
    }
    step.fact("rows", len(y))
    step.fact("metrics", {name: round(value, 6) for name, value in values.items()})
    step.fact("notes", report["notes"])
    step.put("evaluation", json_text(report))


def _baselines(
    step: StepContext, chosen: Chosen, metrics: dict[str, Metric], keep: npt.NDArray[np.bool_], y: npt.NDArray[Any]
) -> dict[str, dict[str, float]]:
    """The same answer for every row, and, in time, the answer of the row before."""
    import numpy as np

    from declml.engine.steps.dataset import TRAIN
    from declml.engine.steps.trial import constant_answer

    train = side(step, TRAIN)
    learnt, target = truth_of(step, chosen, train), chosen.target
    weight, held = chosen.weight_of(step, train), chosen.weight_of(step, keep)
    constant = np.tile(constant_answer(learnt, target, weight), (len(y), 1))
    name = "mean" if target.task == "regression" else "majority"
    found = {name: measured(metrics, y, constant, held)}
    if how_split(step.spec) == "time":
        hard = {n: m for n, m in metrics.items() if n in HARD}
        found["same as before"] = measured(hard, y, _before(step, target, train, keep), held)
    return found


HARD = frozenset({"accuracy", "balanced_accuracy", "f1", "precision", "recall", "rmse", "mae", "r2", "mape"})
"""Metrics that need no probabilities."""


def _before(
    step: StepContext, target: Target, train: npt.NDArray[np.bool_], keep: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """The target of the row before, in time, as an answer [test rows, k]."""
    import numpy as np

    from declml.engine.steps.dataset import column, truth
    from declml.engine.steps.split import moments_of

    assert step.spec.time is not None
    moments = moments_of(column(step.path("dataset"), step.spec.time), step.spec.time, "")
    used = np.flatnonzero(train | keep)
    order = used[np.argsort(moments[used], kind="stable")]
    y = truth(step.path("dataset"), target)
    earlier = np.empty(len(y), y.dtype)
    earlier[order[1:]] = y[order[:-1]]
    earlier[order[0]] = y[order[0]]
    if target.task == "regression":
        return earlier[keep].astype(np.float64).reshape(-1, 1)
    answer: npt.NDArray[np.float64] = np.eye(len(target.classes))[earlier[keep]]
    return answer


def _notes(
    metrics: dict[str, Metric], values: dict[str, float], baselines: dict[str, dict[str, float]], first: str
) -> list[str]:
    notes = []
    for name, answers in baselines.items():
        shown = (
            first if first in answers else next((m for m in ("accuracy", "rmse") if m in answers and m in values), None)
        )
        if shown is None or shown not in values:
            continue
        better = values[shown] > answers[shown] if metrics[shown].higher_is_better else values[shown] < answers[shown]
        if not better:
            notes.append(f"the model does not beat '{name}': {shown} {values[shown]:.4g} against {answers[shown]:.4g}")
    return notes


def _reads(spec: ProjectSpec) -> Any:
    return {
        "metric": spec.model.tune.metric, "gates": sorted(spec.gates.metrics), "seed": spec.model.tune.seed,
        "split": how_split(spec), "time": spec.time,
    }  # fmt: skip


EVALUATE = Step("evaluate", run, inputs=(*INPUTS, "model"), outputs=("evaluation",), reads=_reads)
