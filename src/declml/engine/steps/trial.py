"""One trial of a search: a family with its settings, scored on the folds. Runs in any process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from declml.engine.steps.dataset import TRAIN, Target, balanced, column, matrix, truth, weights
from declml.engine.steps.folds import forward, grouped, stratified
from declml.engine.steps.split import sides_of
from declml.plugin.kinds.framework import Training
from declml.plugin.registry import registry

if TYPE_CHECKING:
    import numpy.typing as npt

    from declml.engine.steps.folds import Fold
    from declml.plugin.kinds.framework import Feature, Framework
    from declml.plugin.kinds.metric import Metric

MOST_ROWS = 200_000
"""Training rows a search looks at, evenly spread over their order; the final fit takes all."""
ROWS_PER_THREAD = 50_000
"""Below so many rows a second thread costs more than it gives, and far more on a busy machine."""


@dataclass(frozen=True, slots=True)
class TrialData:
    """Where the rows of a search are. how: time, group or random; by: the column of it. weight: a column, or none."""

    dataset: str
    split: str
    target: Target
    features: tuple[Feature, ...]
    how: str
    by: str | None
    weight: str | None
    folds: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Loaded:
    X: npt.NDArray[np.float32]
    y: npt.NDArray[Any]
    weight: npt.NDArray[np.float64] | None
    folds: list[Fold]


def run_trial(
    data: TrialData, settings: dict[str, Any], metric: str, is_balanced: bool, threads: int, plugins: str
) -> dict[str, Any]:
    """Fit and score every fold.

    Args:
        data: where the rows are.
        settings: of the framework, with `type`; `{"type": "baseline"}` answers the same for every row.
        metric: the name of the metric.
        is_balanced: whether classes weigh the same.
        threads: cores to use.
        plugins: the `plugins.py` beside the spec, which may not exist.

    Returns:
        `{"folds": [value of the metric], "seconds"}`, or `{"failed": reason, "seconds"}`.
    """
    began = time.perf_counter()
    registry().load_file(Path(plugins))
    try:
        loaded = load_rows(data)
        measure = cast("Metric", registry().build("metric", metric))
        values = [_fold(data, loaded, fold, settings, measure, is_balanced, threads) for fold in loaded.folds]
        known = [value for value in values if np.isfinite(value)]
        outcome = {"folds": known} if known else {"failed": f"{metric} is not defined on any fold"}
    except Exception as error:  # noqa: BLE001 - a family may raise anything; the search goes on without this trial
        outcome = {"failed": f"{type(error).__name__}: {str(error).splitlines()[0][:300] if str(error) else ''}"}
    return {**outcome, "seconds": round(time.perf_counter() - began, 3)}


def _fold(
    data: TrialData,
    loaded: _Loaded,
    fold: Fold,
    settings: dict[str, Any],
    measure: Metric,
    is_balanced: bool,
    threads: int,
) -> float:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it has no types

    learn, score = fold
    threads = useful_threads(len(learn), threads)
    y = loaded.y[learn]
    weight = None if loaded.weight is None else loaded.weight[learn]
    if is_balanced:
        weight = balanced(y, len(data.target.classes))
    held = None if loaded.weight is None else loaded.weight[score]
    if settings["type"] == "baseline":
        answer = np.tile(constant_answer(y, data.target, weight), (len(score), 1))
    else:
        framework = cast("Framework", registry().build("framework", settings))
        training = Training(
            loaded.X[learn], y, data.features, data.target.task, data.target.classes, weight, data.seed, threads
        )
        with threadpool_limits(threads):
            answer = framework.predict(framework.fit(training), loaded.X[score])
        answer = whole_width(answer, y, data.target)
    return measure.score(loaded.y[score], answer, held)


def useful_threads(rows: int, threads: int) -> int:
    """How many of `threads` so many rows keep busy."""
    return max(1, min(threads, rows // ROWS_PER_THREAD))


def constant_answer(
    y: npt.NDArray[Any], target: Target, weight: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.float64]:
    """The best answer that knows no feature: shares of the classes [k], or the mean [1]."""
    if target.task == "regression":
        return np.array([np.average(y, weights=weight)])
    counts = np.bincount(y, weights=weight, minlength=len(target.classes)).astype(np.float64)
    shares: npt.NDArray[np.float64] = counts / counts.sum()
    return shares


def whole_width(answer: npt.NDArray[np.float64], y: npt.NDArray[Any], target: Target) -> npt.NDArray[np.float64]:
    """Probabilities with a column for every class, also for those that a fold has no row of."""
    if target.task == "regression" or answer.shape[1] == len(target.classes):
        return answer
    wide = np.zeros((len(answer), len(target.classes)))
    wide[:, np.unique(y)] = answer
    return wide


@lru_cache(maxsize=1)
def load_rows(data: TrialData) -> _Loaded:
    """The rows, kept for the next trial of this process."""
    sides = sides_of(Path(data.split).read_bytes())
    rows = np.flatnonzero(sides == TRAIN)
    if len(rows) > MOST_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, MOST_ROWS).astype(np.int64)]
    keep = np.zeros(len(sides), bool)
    keep[rows] = True
    dataset = Path(data.dataset)
    y = truth(dataset, data.target)[keep]
    weight = weights(dataset, data.weight)[keep] if data.weight else None
    return _Loaded(matrix(dataset, data.features, keep), y, weight, _folds(data, dataset, keep, y))


def _folds(data: TrialData, dataset: Path, keep: npt.NDArray[np.bool_], y: npt.NDArray[Any]) -> list[Fold]:
    from declml.engine.steps.split import codes_of, moments_of

    if data.how == "time" and data.by:
        return forward(moments_of(column(dataset, data.by), data.by, "")[keep], data.folds)
    if data.how == "group" and data.by:
        return grouped(codes_of(column(dataset, data.by))[keep], data.folds, data.seed)
    strata = y if data.target.task == "classification" else np.zeros(len(y), np.int64)
    return stratified(strata, data.folds, data.seed)
