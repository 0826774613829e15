"""What a step gives, and what it leaves."""

from __future__ import annotations

import math
import sys
import types
from typing import TYPE_CHECKING, Any

import line_steps as toy
import pytest

from declml.core.errors import DeclmlError
from declml.engine.run import RunResult, run_plan
from declml.engine.step import Step
from declml.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from declml.engine.step import StepContext


def run_one(base: Path, call: Callable[[StepContext], None], **more: Any) -> RunResult:
    """Run a plan of one step that gives "a"."""
    module = types.ModuleType("one_step")
    module.STEPS = (Step("one", call, outputs=("a",), **more),)  # type: ignore[attr-defined]
    sys.modules["one_step"] = module
    return run_plan(toy.spec_of(base), Store.open(".declml", base), base, steps="one_step:STEPS")


def scratches(base: Path) -> list[Path]:
    return list((base / ".declml" / "tmp").glob("steps/*"))


def test_only_a_step_that_asks_has_a_scratch_folder(base: Path) -> None:
    seen: list[Path] = []

    def call(step: StepContext) -> None:
        assert scratches(base) == []
        seen.extend([step.scratch, step.scratch])
        (step.scratch / "a").write_bytes(b"content")
        step.put("a", step.scratch / "a")

    run_one(base, call)
    assert seen[0] == seen[1]
    assert seen[0].parent == base / ".declml" / "tmp" / "steps"
    assert scratches(base) == []


def test_a_failing_step_leaves_no_scratch_folder(base: Path) -> None:
    def call(step: StepContext) -> None:
        (step.scratch / "big").write_bytes(b"x")
        raise ValueError("no")

    with pytest.raises(DeclmlError):
        run_one(base, call)
    assert scratches(base) == []


@pytest.mark.parametrize("given", [(), ("a", "b"), ("b",)])
def test_a_step_gives_what_it_declares(base: Path, given: tuple[str, ...]) -> None:
    def call(step: StepContext) -> None:
        for name in given:
            step.put(name, b"")

    with pytest.raises(DeclmlError) as told:
        run_one(base, call)
    assert (told.value.code, told.value.where) == ("E3003", "step one")
    assert "it declares ['a']" in told.value.what


@pytest.mark.parametrize("fact", [math.nan, {1, 2}, b"bytes"])
def test_a_fact_that_is_not_json_fails_its_step(base: Path, fact: object) -> None:
    def call(step: StepContext) -> None:
        step.put("a", b"")
        step.fact("odd", fact)

    with pytest.raises(DeclmlError) as told:
        run_one(base, call)
    assert (told.value.code, told.value.where) == ("E3001", "step one")
    [record] = Store.open(".declml", base).records.runs("toy")
    assert record.status == "failed"


def test_facts_are_kept_with_the_record(base: Path) -> None:
    def call(step: StepContext) -> None:
        step.put("a", b"")
        step.fact("rows", 7)
        step.fact("dropped", ("x", "y"))

    [step] = run_one(base, call).steps
    record = Store.open(".declml", base).records.step(str(step.key))
    assert record is not None
    assert record.facts == {"rows": 7, "dropped": ["x", "y"]}


def test_only_the_driver_submits_calls(base: Path) -> None:
    with pytest.raises(DeclmlError, match='only a step with where="driver" submits calls'):
        run_one(base, lambda step: step.submit(pow, 2, 2).result())


def test_a_known_error_of_a_step_keeps_its_answers(base: Path) -> None:
    def call(step: StepContext) -> None:
        raise DeclmlError("E2003", "the file is empty", where="rows.csv:1:1", why="it has no bytes", next="fill it")

    with pytest.raises(DeclmlError) as told:
        run_one(base, call)
    assert told.value.as_dict() == {
        "code": "E2003", "what": "the file is empty", "where": "step one, rows.csv:1:1", "why": "it has no bytes",
        "next": "fill it",
    }  # fmt: skip


def test_new_code_runs_again_and_says_so(base: Path) -> None:
    def call(step: StepContext) -> None:
        step.put("a", b"")

    run_one(base, call)
    [step] = run_one(base, call, revision=2).steps
    assert (step.state, step.reason) == ("ran", "declml's code for this step changed (revision 2)")
    assert run_one(base, call).status == "nothing to do"
