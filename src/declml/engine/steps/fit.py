"""Step `fit`: the chosen family on all training rows."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from declml.engine.step import Step, StepContext
from declml.engine.steps.chosen import INPUTS, Chosen, rows_of, side, truth_of

if TYPE_CHECKING:
    from declml.spec.root import ProjectSpec


def run(step: StepContext) -> None:
    """Fit and keep the model."""
    from declml.engine.steps.dataset import TRAIN, balanced, let_go
    from declml.engine.steps.trial import useful_threads
    from declml.plugin.kinds.framework import Training

    chosen = Chosen.of(step)
    keep = side(step, TRAIN)
    y = truth_of(step, chosen, keep)
    weight = chosen.weight_of(step, keep)
    if chosen.weight == "balanced":
        weight = balanced(y, len(chosen.target.classes))
    target, seed = chosen.target, step.spec.model.tune.seed
    X, threads = rows_of(step, chosen, keep), useful_threads(len(y), step.threads)
    let_go()
    training = Training(X, y, chosen.features, target.task, target.classes, weight, seed, threads)
    step.say(f"fitting {chosen.framework.type} on {len(y):,} rows")
    model = chosen.framework.fit(training)
    step.fact("family", chosen.framework.type)
    step.fact("rows", len(y))
    step.put("model", pickle.dumps(model, protocol=5))
    let_go()


def fitted(step: StepContext) -> Any:
    """The fitted model, from this store, verified by digest."""
    # The bytes were made by the step `fit` of this store and verified against their record.
    return pickle.loads(step.read("model"))  # noqa: S301


def _reads(spec: ProjectSpec) -> Any:
    return {"seed": spec.model.tune.seed}


FIT = Step("fit", run, inputs=INPUTS, outputs=("model",), reads=_reads, cost="one fit on all training rows")
