"""Step `search`: which family, with which settings. Trials run on the executor, several at a time."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from declml.core.digest import canonical as json_text
from declml.core.digest import digest
from declml.core.errors import DeclmlError
from declml.engine.step import Step, StepContext
from declml.engine.steps.measuring import metric_named, tuned_metric
from declml.engine.steps.review import how_split
from declml.spec import canonical
from declml.spec.schema import TableSchema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from declml.engine.steps.dataset import Target
    from declml.engine.steps.trial import TrialData
    from declml.plugin.kinds.framework import Framework
    from declml.plugin.kinds.search import Asker
    from declml.spec.root import ProjectSpec

WAVE = 4
"""Trials asked before the first of them is told, at least: the same on every machine, so that a search repeats itself."""


@dataclass(slots=True)
class _Family:
    """One family under search. best: the highest value so far, higher is better."""

    framework: Framework
    asker: Asker | None
    best: float = float("-inf")
    asked: int = 0


@dataclass(slots=True)
class _Trial:
    """One trial: whose, with which settings, and how it ended. value: mean over the folds, higher is better."""

    family: _Family | None
    asked: dict[str, object]
    settings: dict[str, Any]
    is_balanced: bool = False
    outcome: dict[str, Any] = field(default_factory=dict)
    value: float | None = None


class _Search:
    """The state of one search."""

    def __init__(self, step: StepContext, target: Target) -> None:
        self.step, self.target, self.tune = step, target, step.spec.model.tune
        self.metric = tuned_metric(step.spec, target)
        self.sign = 1.0 if metric_named(self.metric, target).higher_is_better else -1.0
        self.data = _data(step, target)
        self.began = time.monotonic()
        self.done: list[_Trial] = []
        self.families = [self._family(f) for f in step.spec.model.try_ if target.task in f.tasks]
        if not self.families:
            named = ", ".join(one.type for one in step.spec.model.try_)
            raise DeclmlError(
                "E3101", f"none of {named} can do {target.task}", where="model.try", next="add hist_gbm to model.try"
            )

    def _family(self, framework: Framework) -> _Family:
        from declml.plugin.tuning import space

        axes = space(framework)
        return _Family(framework, self.tune.search.start(axes, self.tune.seed) if axes else None)

    def all(self) -> _Trial:
        """Try until the trials or the time are spent; the best."""
        self._wave(
            [
                _Trial(None, {}, {"type": "baseline"}),
                *(self._first(family) for family in self.families[: self.tune.trials]),
            ]
        )
        while self._tried() < self.tune.trials and time.monotonic() - self.began < self.tune.time:
            if not (wave := self._next_wave()):
                break
            self._wave(wave)
        best = max((trial for trial in self.done if trial.family and trial.value is not None), key=_value, default=None)
        if best is None:
            raise self._all_failed()
        return self._balanced(best)

    def _first(self, family: _Family) -> _Trial:
        family.asked += 1
        return _Trial(family, {}, family.framework.model_dump())

    def _tried(self) -> int:
        return sum(trial.family is not None for trial in self.done)

    def _next_wave(self) -> list[_Trial]:
        open_ = sorted((family for family in self.families if family.asker), key=lambda family: -family.best)
        room = min(max(WAVE, self.step.parallel()), self.tune.trials - self._tried())
        return [self._asked(family) for family, _ in zip(_turns(open_, self._tried()), range(room), strict=False)]

    def _asked(self, family: _Family) -> _Trial:
        from declml.plugin.tuning import with_settings

        assert family.asker is not None
        asked = family.asker.ask()
        family.asked += 1
        return _Trial(family, asked, with_settings(family.framework, asked).model_dump())

    def _wave(self, trials: list[_Trial]) -> None:
        """Run trials at once, and tell their families in the order they were asked."""
        waiting = []
        parallel = self.step.parallel()
        threads = max(1, self.step.threads // max(1, min(parallel, len(trials))))
        for trial in trials:
            key = digest([trial.settings, trial.is_balanced, self.metric])
            known = self.step.remembered(key)
            waiting.append((trial, key, known, None if known is not None else self._start(trial, threads)))
        for trial, key, known, future in waiting:
            trial.outcome = known or _outcome(future)
            if known is None:
                self.step.remember(key, trial.outcome)
            if folds := trial.outcome.get("folds"):
                trial.value = self.sign * sum(folds) / len(folds)
            self._end(trial)

    def _start(self, trial: _Trial, threads: int) -> Any:
        from declml.engine.steps.trial import run_trial

        plugins = str(self.step.base / "plugins.py")
        return self.step.submit(run_trial, self.data, trial.settings, self.metric, trial.is_balanced, threads, plugins)

    def _end(self, trial: _Trial) -> None:
        self.done.append(trial)
        if trial.family is None or trial.is_balanced:
            return
        if trial.asked and trial.family.asker:
            trial.family.asker.tell(trial.asked, trial.value)
        if trial.value is not None:
            trial.family.best = max(trial.family.best, trial.value)
        best = max((one.value for one in self.done if one.family and one.value is not None), default=None)
        shown = "none yet" if best is None else f"{self.metric} {self.sign * best:.4g}"
        self.step.say(f"{self._tried()} of {self.tune.trials} trials, best {shown}", self._tried() / self.tune.trials)

    def _balanced(self, best: _Trial) -> _Trial:
        """With `weight: auto`, equal weight for every class when it beats unit weights by more than chance."""
        if self.target.task != "classification" or self.step.spec.data.weight not in {"auto", "balanced"}:
            return best
        trial = _Trial(best.family, best.asked, best.settings, is_balanced=True)
        if self.step.spec.data.weight == "balanced":
            trial.outcome, trial.value = best.outcome, best.value
            return trial
        self._wave([trial])
        return trial if self._beats(trial, best) else best

    def _beats(self, trial: _Trial, other: _Trial) -> bool:
        mine, theirs = trial.outcome.get("folds", []), other.outcome.get("folds", [])
        if len(mine) != len(theirs) or len(mine) < 2:
            return False
        gains = [self.sign * (a - b) for a, b in zip(mine, theirs, strict=True)]
        mean = sum(gains) / len(gains)
        spread = (sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1) / len(gains)) ** 0.5
        return bool(mean > max(2 * spread, 0.0))

    def _all_failed(self) -> DeclmlError:
        reasons: dict[str, str] = {}
        for trial in self.done:
            if trial.family and "failed" in trial.outcome:
                reasons.setdefault(trial.family.framework.type, trial.outcome["failed"])
        why = "; ".join(f"{family}: {reason}" for family, reason in reasons.items())
        return DeclmlError(
            "E3102",
            f"all {self._tried()} trials failed",
            where="model.try",
            why=why,
            next="try other families, or look at the data",
        )


def run(step: StepContext) -> None:
    """Search, and say what the choice beats."""
    from declml.engine.steps.dataset import Target, let_go
    from declml.engine.steps.trial import load_rows

    target = Target.from_review(json.loads(step.read("review")))
    search = _Search(step, target)
    best = search.all()
    baseline = search.done[0].outcome.get("folds")
    weight = "balanced" if best.is_balanced else search.data.weight or "unit"
    choice = {
        "framework": best.settings,
        "weight": weight,
        "metric": search.metric,
        "folds": best.outcome["folds"],
        "value": _mean(best.outcome["folds"]),
        "baseline": _mean(baseline) if baseline else None,
        "trials": search._tried(),
        "features": [{"name": f.name, "categories": list(f.categories)} for f in search.data.features],
    }
    load_rows.cache_clear()
    let_go()
    step.fact("family", best.settings["type"])
    step.fact(search.metric, choice["value"])
    step.fact("failed", sum("failed" in trial.outcome for trial in search.done))
    step.put("choice", json_text(choice))
    step.put(
        "trials", json_text({"metric": search.metric, "trials": [_told(trial, search.sign) for trial in search.done]})
    )


def _turns(families: list[_Family], start: int) -> Iterator[_Family]:
    """Every second turn is the best family's, the others share the rest."""
    turn = start
    while families:
        turn += 1
        others = families[1:]
        yield families[0] if turn % 2 or not others else others[turn // 2 % len(others)]


def _outcome(future: Any) -> dict[str, Any]:
    try:
        outcome: dict[str, Any] = future.result()
    except DeclmlError as error:
        outcome = {"failed": error.what, "seconds": 0.0}
    return outcome


def _data(step: StepContext, target: Target) -> TrialData:
    from declml.engine.steps.trial import TrialData
    from declml.spec.encoding import features_of, group_of

    spec, how = step.spec, how_split(step.spec)
    features = features_of(spec, TableSchema.from_bytes(step.read("schema")))
    by = {"time": spec.time, "group": group_of(spec)}.get(how)
    column = spec.data.weight if spec.data.weight not in {"auto", "balanced", "none"} else None
    paths = str(step.path("dataset")), str(step.path("split"))
    return TrialData(*paths, target, features, how, by, column, spec.model.tune.folds, spec.model.tune.seed)


def _told(trial: _Trial, sign: float) -> dict[str, Any]:
    value = None if trial.value is None else sign * trial.value
    return {"settings": trial.settings, "balanced": trial.is_balanced, "value": value, **trial.outcome}


def _value(trial: _Trial) -> float:
    return float("-inf") if trial.value is None else trial.value


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _reads(spec: ProjectSpec) -> Any:
    return {
        "model": canonical.model_part(spec),
        "roles": canonical.roles_part(spec),
        "split": canonical.split_part(spec),
    }


SEARCH = Step(
    "search", run, inputs=("schema", "dataset", "review", "split"), outputs=("choice", "trials"), reads=_reads, where="driver",
    cost="up to model.tune.trials fits on every fold, or model.tune.time",
)  # fmt: skip
