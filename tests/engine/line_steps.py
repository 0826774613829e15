"""A DAG small enough to follow, with real files: rows.csv -> rows -> clean -> model -> evaluation -> gates -> note.

`calls.txt` beside the spec has a line for each step that began and each that ended. A file `trouble` there, with a step's
name and a word, makes that step misbehave: it is no part of any key, like trouble in life.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.engine.step import Step

if TYPE_CHECKING:
    from declml.engine.step import StepContext

YAML = """
name: toy
data: rows.csv
target: y
engine: {type: inline}
model: {try: [logistic], tune: {trials: 5}}
gates: {roc_auc: {min: 0.5}}
"""


def project(base: Path) -> None:
    """A spec with its data."""
    (base / "rows.csv").write_text("x,y\n1,0\n2,1\n")
    (base / "toy.yaml").write_text(YAML)


def spec_of(base: Path, *overrides: str) -> Any:
    from declml.config.load import load

    return load(base / "toy.yaml", list(overrides)).spec


def calls(base: Path) -> list[str]:
    file = base / "calls.txt"
    return file.read_text().split("\n")[:-1] if file.exists() else []


def ran(base: Path) -> list[str]:
    """The steps that ended, in order."""
    return [line.removesuffix(" end") for line in calls(base) if line.endswith(" end")]


def _note(step: StepContext, line: str) -> None:
    with (step.base / "calls.txt").open("a") as file:
        file.write(line + "\n")


def _trouble(step: StepContext, name: str) -> None:
    file = step.base / "trouble"
    who, _, what = file.read_text().partition(" ") if file.exists() else ("", "", "")
    if who != name:
        return
    if what == "wait":
        time.sleep(600)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "full":
        raise OSError(errno.ENOSPC, "No space left on device")
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "raise":
        raise ValueError("first line\nthe last line")


class Noted:
    """A step's function, with its lines in `calls.txt`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, step: StepContext) -> None:
        _note(step, f"{self.name} begin")
        _trouble(step, self.name)
        WORK[self.name](step)
        _note(step, f"{self.name} end")


def _ingest(step: StepContext) -> None:
    whole = step.scratch / "rows"
    whole.write_bytes((step.base / "rows.csv").read_bytes())
    step.put("rows", whole)
    step.fact("rows", 2)


def _clean(step: StepContext) -> None:
    step.put("clean", b"\n".join(line.strip() for line in step.read("rows").splitlines()))


def _fit(step: StepContext) -> None:
    for part in range(3):
        if step.remembered(str(part)) is None:
            _note(step, f"part {part}")
            step.remember(str(part), {"done": part})
        if part == 1:
            _trouble(step, "part")
    answers = [step.submit(pow, number, 2).result() for number in range(3)]
    step.say("fitted", 1.0)
    step.put("model", json.dumps([step.path("clean").read_text(), step.spec.model.tune.trials, answers]).encode())


def _score(step: StepContext) -> None:
    step.say("scoring", 0.5)
    step.put("evaluation", json.dumps({"metrics": {"roc_auc": {"value": 0.7}}, "of": len(step.read("model"))}).encode())


def _gates(step: StepContext) -> None:
    value = json.loads(step.read("evaluation"))["metrics"]["roc_auc"]["value"]
    least = step.spec.gates.metrics["roc_auc"].min
    gate = {"name": "roc_auc", "value": value, "bound": {"min": least}, "passed": value >= least}
    if not gate["passed"]:
        step.fact("refused", ["roc_auc"])
    step.put("gates", json.dumps({"gates": [gate]}).encode())


def _note_down(step: StepContext) -> None:
    step.put("note", b"note: " + step.read("gates"))


WORK = {
    "ingest": _ingest, "clean": _clean, "fit": _fit, "score": _score, "gates": _gates, "note_down": _note_down,
}  # fmt: skip


def _rows(spec: Any, base: Path, files: Any, known: Any) -> Any:
    return {"rows.csv": files(base / "rows.csv")}


def _trials(spec: Any) -> Any:
    return {"model": {"tune": {"trials": spec.model.tune.trials}}}


def _least(spec: Any) -> Any:
    return {"gates": {"roc_auc": {"min": spec.gates.metrics["roc_auc"].min}}}


STEPS = (
    Step("ingest", Noted("ingest"), outputs=("rows",), outside=_rows),
    Step("clean", Noted("clean"), inputs=("rows",), outputs=("clean",)),
    Step("fit", Noted("fit"), inputs=("clean",), outputs=("model",), where="driver", reads=_trials),
    Step("score", Noted("score"), inputs=("model",), outputs=("evaluation",)),
    Step("gates", Noted("gates"), inputs=("evaluation",), outputs=("gates",), reads=_least),
    Step("note_down", Noted("note_down"), inputs=("gates",), outputs=("note",)),
)
NAMES = [step.name for step in STEPS]


def main() -> None:
    """`python line_steps.py FOLDER OVERRIDES...`: run, and say how it ended."""
    from declml.engine.run import run_plan
    from declml.store.store import Store

    base = Path(sys.argv[1])
    try:
        spec = spec_of(base, *sys.argv[2:])
        result = run_plan(spec, Store.open(".declml", base), base, steps="line_steps:STEPS")
        print(json.dumps({"status": result.status, "steps": {step.name: step.state for step in result.steps}}))
    except DeclmlError as error:
        print(json.dumps(error.as_dict()))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
