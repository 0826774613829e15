"""Laws of plans, on random DAGs."""

from __future__ import annotations

import sys
import tempfile
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import line_steps as toy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declml.core.errors import DeclmlError
from declml.engine.plan import make_plan
from declml.engine.run import run_plan
from declml.engine.step import Step
from declml.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULE = "random_steps"


class Made:
    """A step of a random DAG: its output depends on its inputs and settings, or only on how many inputs it has."""

    def __init__(self, name: str, inputs: Sequence[str], blind: bool) -> None:
        self.name, self.inputs, self.blind = name, inputs, blind

    def __call__(self, step: Any) -> None:
        seen = [str(len(self.inputs))] if self.blind else [step.read(name).decode() for name in self.inputs]
        trials = "" if self.blind else str(step.spec.model.tune.trials)
        step.put(self.name, "|".join([self.name, trials, *seen]).encode())


@st.composite
def dags(draw: st.DrawFn) -> tuple[Step, ...]:
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 7))):
        names = [step.outputs[0] for step in steps]
        inputs = tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=3))) if names else ()
        blind, reads = draw(st.booleans()), draw(st.booleans())
        name = f"s{number}"
        call = Made(name, inputs, blind or not reads)
        steps.append(Step(name, call, inputs, (name,), reads=trials if reads else None))
    return tuple(steps)


def trials(spec: Any) -> Any:
    return {"trials": spec.model.tune.trials}


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    base = tmp_path_factory.mktemp("spec")
    toy.project(base)
    return [toy.spec_of(base, f"model.tune.trials={number}") for number in (5, 6)]


@settings(max_examples=60, deadline=None)
@given(steps=dags(), lost=st.integers(0, 6))
def test_after_a_run_nothing_is_left_to_do(specs: list[Any], steps: tuple[Step, ...], lost: int) -> None:
    module = types.ModuleType(MODULE)
    module.STEPS = steps  # type: ignore[attr-defined]
    sys.modules[MODULE] = module
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        store = Store.open("store", base)
        for spec in (specs[0], specs[1], specs[0]):
            foreseen = {s.name for s in make_plan(spec, store, base, steps=steps).steps if s.state == "run"}
            result = run_plan(spec, store, base, steps=f"{MODULE}:STEPS")
            assert {s.name for s in result.steps if s.state == "ran"} <= foreseen
            assert not make_plan(spec, store, base, steps=steps).changes
            again = run_plan(spec, store, base, steps=f"{MODULE}:STEPS")
            assert (again.status, again.artifacts) == ("nothing to do", result.artifacts)
        name = steps[lost % len(steps)].name
        store.objects.remove(result.artifacts[name])
        repaired = run_plan(specs[0], store, base, steps=f"{MODULE}:STEPS")
        assert [s.name for s in repaired.steps if s.state == "ran"] == [name]
        assert repaired.artifacts == result.artifacts
        store.close()


def test_planning_touches_nothing(base: Path) -> None:
    spec = toy.spec_of(base)
    plan = make_plan(spec, Store.open(".declml", base, create=False), base, steps=toy.STEPS)
    assert [step.reason for step in plan.steps] == ["first run"] * len(toy.NAMES)
    assert not (base / ".declml").exists()


def test_what_is_given_never_runs(base: Path) -> None:
    def fail(step: Any) -> None:
        raise AssertionError("it ran")

    steps = (
        Step("schema", fail, outputs=("schema",), given=lambda spec, base: b"{}"),
        Step("use", Made("use", ("schema",), False), ("schema",), ("use",)),
    )
    plan = make_plan(toy.spec_of(base), Store.open(".declml", base), base, steps=steps)
    assert [(step.state, step.key is None) for step in plan.steps] == [("given", True), ("run", False)]


def test_reasons_name_what_changed_and_how(base: Path) -> None:
    run_plan(toy.spec_of(base), Store.open(".declml", base), base, steps="line_steps:STEPS")
    (base / "rows.csv").write_text("x,y\n1,0\n")
    spec = toy.spec_of(base, "model.tune.trials=9")
    plan = make_plan(spec, Store.open(".declml", base), base, steps=toy.STEPS)
    reasons = {step.name: step.reason for step in plan.steps}
    assert reasons["ingest"] == "rows.csv changed"
    assert reasons["clean"] == "waits for ingest"
    assert reasons["fit"] == "spec changed: model.tune.trials (5 -> 9)"


def test_what_is_read_must_be_json(base: Path) -> None:
    steps = (Step("odd", Made("odd", (), True), outputs=("odd",), reads=lambda spec: {"x": float("nan")}),)
    with pytest.raises(DeclmlError) as told:
        make_plan(toy.spec_of(base), Store.open(".declml", base), base, steps=steps)
    assert told.value.code == "E3003"
