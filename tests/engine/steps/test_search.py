"""The search: deterministic, resumed where it was killed, and clear when everything fails."""

import json

import pytest

from declml.api import Framework
from declml.core.errors import DeclmlError
from declml.engine.steps import search as step
from declml.engine.steps import trial

SPEC = "target: left\nkey: id\ntime: day\n"
MODEL = "model: {try: [logistic, hist_gbm], tune: {trials: 7, folds: 2, search: %s}}\nengine: {type: inline}\n"


def settings(project, result):
    return [(one["settings"], one["value"]) for one in project.json(result, "trials")["trials"]]


@pytest.mark.parametrize("search", ["bayes", "random", "grid"])
def test_trials_repeat_themselves(project, customers, search, tmp_path_factory):
    project.write(customers(), SPEC + MODEL % search)
    first = project.run(until="search")
    tried = project.json(first, "trials")["trials"]
    assert tried[0]["settings"] == {"type": "baseline"}
    assert [one["settings"]["type"] for one in tried[1:3]] == ["logistic", "hist_gbm"]
    assert sum(one["settings"]["type"] != "baseline" and not one["balanced"] for one in tried) == 7
    choice = project.json(first, "choice")
    assert choice["value"] > choice["baseline"]
    other = type(project)(tmp_path_factory.mktemp("other"))
    other.write(customers(), SPEC + MODEL % search)
    assert settings(other, other.run(until="search")) == settings(project, first)


def test_a_killed_search_does_no_trial_twice(project, customers, monkeypatch):
    project.write(customers(), SPEC + MODEL % "bayes")
    real, done = trial.run_trial, []

    def killed(*args):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(json.dumps(args[1], sort_keys=True))
        return real(*args)

    monkeypatch.setattr(trial, "run_trial", killed)
    with pytest.raises(KeyboardInterrupt):
        project.run(until="search")
    again = []

    def counted(*args):
        again.append(json.dumps(args[1], sort_keys=True) + str(args[3]))
        return real(*args)

    monkeypatch.setattr(trial, "run_trial", counted)
    result = project.run(until="search")
    kept = len(done) - len(
        [one for one in done if any(other.startswith(one) and other.endswith("False") for other in again)]
    )
    assert kept >= 3, "the trials of finished waves are remembered"
    assert len(project.json(result, "trials")["trials"]) == kept + len(again)


def test_only_families_of_the_task_are_tried(project, customers):
    project.write(
        customers(), SPEC + "model: {try: [logistic, ridge], tune: {trials: 2, folds: 2}}\nengine: {type: inline}\n"
    )
    tried = project.json(project.run(until="search"), "trials")["trials"]
    assert {one["settings"]["type"] for one in tried} == {"baseline", "logistic"}
    project.respec(SPEC + "model: {try: [ridge], tune: {trials: 2}}\nengine: {type: inline}\n")
    with pytest.raises(DeclmlError, match="none of ridge can do classification") as caught:
        project.run()
    assert caught.value.code == "E3101"


PLUGIN = '''
from typing import Literal
from declml.api import Framework, plugin
class Broken(Framework):
    """Fails."""
    type: Literal["broken"] = "broken"
    def fit(self, training): raise RuntimeError("no such device")
    def predict(self, model, X): ...
    def to_onnx(self, model, features, task): ...
@plugin
def declml_components(): return [Broken]
'''


def test_failed_trials_are_told_and_all_failed_is_an_error(project, customers):
    (project.base / "plugins.py").write_text(PLUGIN)
    project.write(
        customers(), SPEC + "model: {try: [broken, logistic], tune: {trials: 3, folds: 2}}\nengine: {type: inline}\n"
    )
    result = project.run(until="search")
    told = [one["failed"] for one in project.json(result, "trials")["trials"] if "failed" in one]
    assert told == ["RuntimeError: no such device"]
    assert project.facts("search")["failed"] == 1
    project.respec(SPEC + "model: {try: [broken], tune: {trials: 3, folds: 2}}\nengine: {type: inline}\n")
    with pytest.raises(DeclmlError) as caught:
        project.run()
    assert caught.value.code == "E3102"
    assert "broken: RuntimeError: no such device" in caught.value.why


def test_what_is_written_is_not_searched(project, customers):
    project.write(
        customers(),
        SPEC + "model: {try: [{type: hist_gbm, rounds: 33}], tune: {trials: 4, folds: 2}}\nengine: {type: inline}\n",
    )
    tried = project.json(project.run(until="search"), "trials")["trials"]
    assert {one["settings"]["rounds"] for one in tried[1:]} == {33}
    assert len({one["settings"]["leaves"] for one in tried[1:]}) > 1


@pytest.mark.parametrize("weight", ["balanced", "age"])
def test_weights(project, customers, weight):
    project.family = "logistic"
    project.write(customers(), f"target: left\nkey: id\ntime: day\ndata: {{path: rows.csv, weight: {weight}}}\n")
    text = (project.base / "toy.yaml").read_text().replace("data: rows.csv\n", "", 1)
    (project.base / "toy.yaml").write_text(text)
    result = project.run()
    assert result.release.lineage["choice"]["weight"] == weight
    assert [one["name"] for one in result.release.features] == (
        ["plan", "spend"] if weight == "age" else ["age", "plan", "spend"]
    )


def test_a_metric_of_another_task(project, customers):
    project.write(customers(), SPEC + "model: {try: [logistic], tune: {metric: rmse}}\nengine: {type: inline}\n")
    with pytest.raises(DeclmlError, match="'rmse' is not for classification") as caught:
        project.run()
    assert caught.value.code == "E3104"


def test_turns_go_to_the_best_family_every_second_time():
    class Family(str):
        __slots__ = ()

    turns = step._turns([Family("best"), Family("b"), Family("c")], 0)
    assert [next(turns) for _ in range(8)].count("best") == 4
    assert list(step._turns([], 0)) == []
    assert issubclass(Framework, object)
