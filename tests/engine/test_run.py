from __future__ import annotations

import os
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import line_steps as toy
import pytest

from declml.core.errors import ConflictError, DeclmlError, SpecError
from declml.engine.plan import make_plan
from declml.engine.run import RunResult, run_plan
from declml.engine.step import Step
from declml.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from declml.core.events import Event


def run(base: Path, *overrides: str, **more: Any) -> RunResult:
    return run_plan(toy.spec_of(base, *overrides), Store.open(".declml", base), base, steps="line_steps:STEPS", **more)


def reasons(base: Path, *overrides: str) -> dict[str, tuple[str, str]]:
    plan = make_plan(toy.spec_of(base, *overrides), Store.open(".declml", base), base, steps=toy.STEPS)
    return {step.name: (step.state, step.reason) for step in plan.steps}


def trouble(base: Path, text: str) -> None:
    (base / "trouble").write_text(text)


def test_a_second_run_has_nothing_to_do(base: Path) -> None:
    first = run(base)
    assert (first.status, toy.ran(base)) == ("done", toy.NAMES)
    second = run(base)
    assert (second.status, toy.ran(base)) == ("nothing to do", toy.NAMES)
    assert {step.reason for step in second.steps} == {f"unchanged since run {first.run}"}
    assert second.metrics == {"roc_auc": {"value": 0.7}}
    assert second.artifacts == first.artifacts


def test_a_late_parameter_reruns_only_what_depends_on_it(base: Path) -> None:
    run(base)
    planned = reasons(base, "gates.roc_auc.min=0.6")
    assert [name for name, (state, _) in planned.items() if state == "run"] == ["gates", "note_down"]
    assert planned["gates"][1] == "spec changed: gates.roc_auc.min (0.5 -> 0.6)"
    assert planned["note_down"][1] == "waits for gates"
    again = run(base, "gates.roc_auc.min=0.6")
    assert toy.ran(base) == [*toy.NAMES, "gates", "note_down"]
    assert [s.reason for s in again.steps if s.state == "ran"] == [planned["gates"][1], "input gates changed"]


def test_metadata_reruns_nothing(base: Path) -> None:
    run(base)
    assert run(base, "owner=somebody", "description=else").status == "nothing to do"


def test_an_equal_output_leaves_later_steps_cached(base: Path) -> None:
    run(base)
    (base / "rows.csv").write_text("x,y \n1,0\n2,1\n")
    assert reasons(base)["ingest"] == ("run", "rows.csv changed")
    states = {step.name: step.state for step in run(base).steps}
    assert [name for name, state in states.items() if state == "ran"] == ["ingest", "clean"]


def test_going_back_finds_the_old_records(base: Path) -> None:
    run(base)
    run(base, "model.tune.trials=6")
    assert run(base).status == "nothing to do"


def test_a_lost_artifact_is_made_again_alone(base: Path) -> None:
    result = run(base)
    store = Store.open(".declml", base)
    store.objects.remove(result.artifacts["evaluation"])
    assert reasons(base)["score"] == ("run", "artifact evaluation is missing from the store")
    assert [step.name for step in run(base).steps if step.state == "ran"] == ["score"]


def test_a_damaged_artifact_is_told_then_made_again(base: Path) -> None:
    result = run(base)
    place = Store.open(".declml", base).objects.path(result.artifacts["clean"])
    place.chmod(0o644)
    place.write_bytes(b"other")
    with pytest.raises(DeclmlError) as told:
        run(base, "model.tune.trials=6")
    assert told.value.code == "E4001"
    assert told.value.where.startswith("step fit")
    assert run(base, "model.tune.trials=6").status == "done"


def test_until_stops_there(base: Path) -> None:
    assert [step.name for step in run(base, until="fit").steps] == toy.NAMES[:3]
    with pytest.raises(SpecError, match="did you mean 'clean'"):
        run(base, until="cleen")


def test_a_refusal_is_the_end_and_is_remembered(base: Path) -> None:
    refused = run(base, "gates.roc_auc.min=0.9")
    assert (refused.status, refused.release) == ("refused", None)
    assert refused.steps[-1].state == "skipped"
    assert [gate["passed"] for gate in refused.gates] == [False]
    planned = reasons(base, "gates.roc_auc.min=0.9")
    assert planned["note_down"] == ("refused", "a gate refused the release")
    assert "run" not in {state for state, _ in planned.values()}
    assert run(base, "gates.roc_auc.min=0.9").status == "refused"
    assert toy.ran(base) == toy.NAMES[:-1]


@pytest.mark.parametrize("where", ["fit", "score"])
def test_an_unexpected_failure_keeps_what_was_done(base: Path, where: str) -> None:
    trouble(base, f"{where} raise")
    with pytest.raises(DeclmlError) as told:
        run(base)
    error = told.value
    assert (error.code, error.where) == ("E3001", f"step {where}")
    assert error.what == f"step {where} failed: ValueError: the last line"
    assert "in _trouble" in Path(error.next.removeprefix("the traceback is in ")).read_text()
    [record] = Store.open(".declml", base).records.runs("toy")
    assert record.status == "failed"
    trouble(base, "")
    run(base)
    assert toy.ran(base) == toy.NAMES


def test_a_full_disk_is_told_with_the_step(base: Path) -> None:
    trouble(base, "score full")
    with pytest.raises(DeclmlError) as told:
        run(base)
    assert (told.value.code, told.value.where.split(",")[0]) == ("E4004", "step score")


def test_an_interruption_saves_the_state(base: Path) -> None:
    trouble(base, "score interrupt")
    with pytest.raises(KeyboardInterrupt):
        run(base)
    records = Store.open(".declml", base).records
    [record] = records.runs("toy")
    assert record.status == "interrupted"
    assert [step.state for step in records.run_steps(record.id)] == ["ran"] * 3 + ["failed"] + ["skipped"] * 2
    trouble(base, "")
    run(base)
    assert toy.ran(base) == toy.NAMES


def test_parts_of_an_interrupted_step_are_not_done_twice(base: Path) -> None:
    trouble(base, "part interrupt")
    with pytest.raises(KeyboardInterrupt):
        run(base)
    trouble(base, "")
    run(base)
    assert [line for line in toy.calls(base) if line.startswith("part")] == ["part 0", "part 1", "part 2"]


def test_two_runs_do_not_mix(base: Path) -> None:
    store = Store.open(".declml", base)
    with store.lock("run other"), pytest.raises(ConflictError) as told:
        run(base)
    assert told.value.code == "E4002"
    assert "to run other" in told.value.what
    assert run(base).status == "done"


def test_events_tell_the_run(base: Path) -> None:
    events: list[Event] = []
    run(base, on_event=events.append)
    names = [event.name for event in events]
    assert names[0] == "run_started"
    assert names[-1] == "run_finished"
    assert names.count("step_started") == names.count("step_finished") == len(toy.NAMES)
    said = [event.facts["text"] for event in events if event.name == "step_progress"]
    assert said == ["fitted", "scoring"]


def test_processes_give_the_same_and_say_as_much(base: Path) -> None:
    inline = run(base, "model.tune.trials=5")
    shutil.rmtree(base / ".declml")
    events: list[Event] = []
    result = run(base, "engine={type: processes, workers: 1}", on_event=events.append)
    assert result.artifacts == inline.artifacts
    assert [event.facts["text"] for event in events if event.name == "step_progress"] == ["fitted", "scoring"]


def test_a_killed_worker_is_told_with_its_step(base: Path) -> None:
    trouble(base, "score kill")
    with pytest.raises(DeclmlError) as told:
        run(base, "engine={type: processes, workers: 1}")
    assert (told.value.code, told.value.where) == ("E3002", "step score")
    trouble(base, "")
    assert run(base).status == "done"
    assert toy.ran(base) == toy.NAMES


@pytest.mark.ray
def test_ray_gives_the_same(
    base: Path, local_ray: str, in_process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", local_ray)
    assert in_process("engine={type: ray}")["status"] == "done"
    assert toy.ran(base) == toy.NAMES
    assert run(base, "engine={type: ray}").status == "nothing to do"


def test_nothing_to_do_starts_no_ray(base: Path) -> None:
    run(base)
    program = (
        "import sys; from pathlib import Path; import line_steps; from declml.engine.run import run_plan; "
        "from declml.store.store import Store; base = Path(sys.argv[1]); "
        "spec = line_steps.spec_of(base, 'engine={type: ray}'); "
        "print(run_plan(spec, Store.open('.declml', base), base, steps='line_steps:STEPS').status); "
        "print('ray' in sys.modules)"
    )
    here = str(Path(toy.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", program, str(base)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": here},
    )  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["nothing to do", "False"], done.stderr


def test_a_schema_that_is_given_is_known_without_running(base: Path) -> None:
    module = types.ModuleType("given_steps")
    asked = base / "schema.txt"

    def infer(step: Any) -> None:
        step.put("schema", b"inferred")

    def use(step: Any) -> None:
        step.put("used", b"uses " + step.read("schema"))

    module.STEPS = (  # type: ignore[attr-defined]
        Step("schema", infer, outputs=("schema",), given=lambda _spec, base: _content(base / "schema.txt")),
        Step("use", use, ("schema",), ("used",)),
    )
    sys.modules["given_steps"] = module

    def states() -> dict[str, str]:
        store = Store.open(".declml", base)
        result = run_plan(toy.spec_of(base), store, base, steps="given_steps:STEPS")
        assert not make_plan(toy.spec_of(base), store, base, steps=module.STEPS).changes
        assert store.objects.read(result.artifacts["used"]) == b"uses " + (_content(asked) or b"inferred")
        return {step.name: step.state for step in result.steps}

    assert states() == {"schema": "ran", "use": "ran"}
    asked.write_text("inferred")
    assert states() == {"schema": "cached", "use": "cached"}
    asked.write_text("mine")
    assert states() == {"schema": "cached", "use": "ran"}
    asked.unlink()
    assert states() == {"schema": "cached", "use": "cached"}


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


def test_a_run_that_fails_while_it_ends_is_told(base: Path) -> None:
    place = Store.open(".declml", base).objects.path(run(base).artifacts["evaluation"])
    place.chmod(0o644)
    place.write_bytes(b"{}")
    with pytest.raises(DeclmlError) as told:
        run(base)
    assert told.value.code == "E4001"
    assert [record.status for record in Store.open(".declml", base).records.runs("toy")] == ["failed", "done"]
    assert [step.name for step in run(base).steps if step.state == "ran"] == ["score"]
