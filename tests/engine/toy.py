"""A small plan of real steps, for tests of the engine. Each leaves a line in `ran.txt`, and fails when told to by a file.

`trap-STEP` beside the spec holds what the step does instead of its work: "error", "expected", "undeclared", "wait", "die",
"interrupt". Traps are not in any key.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.engine.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from declml.engine.step import StepContext
    from declml.plugin.kinds.source import FileDigests
    from declml.spec.root import ProjectSpec

PARTS = 4


def note(base: Path, what: str) -> None:
    """One line in `ran.txt`, whole even when the process is killed next."""
    with (base / "ran.txt").open("a") as file:
        file.write(what + "\n")


def traced(name: str, work: Callable[[StepContext], None]) -> Callable[[StepContext], None]:
    """A step's function that notes that it ran, and falls into its trap."""

    def run(step: StepContext) -> None:
        note(step.base, name)
        spring(step.base, name)
        work(step)

    return run


def spring(base: Path, name: str) -> None:
    """Fall into the trap, when there is one."""
    trap = base / f"trap-{name}"
    kind = trap.read_text() if trap.exists() else ""
    if kind == "error":
        raise ZeroDivisionError("by nought")
    if kind == "expected":
        raise DeclmlError("E2003", "the file is empty", where="data.csv", why="no bytes", next="fill it")
    if kind == "full":
        raise OSError(28, "No space left on device")
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "interrupt":
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
    if kind == "wait":
        (base / "waiting").touch()
        time.sleep(600)


def load(step: StepContext) -> None:
    content = (step.base / "data.csv").read_bytes()
    step.put("rows", content)
    step.fact("bytes", len(content))


def clean(step: StepContext) -> None:
    step.say("cleaning", 0.5)
    file = step.scratch / "clean"
    file.write_bytes(b"".join(step.read("rows").split(b" ")))
    step.put("clean", file)


def square(base: str, number: int) -> int:
    """A call that the search submits."""
    note(Path(base), f"part {number}")
    spring(Path(base), f"part{number}")
    return number * number


def search(step: StepContext) -> None:
    parts: dict[str, Any] = {}
    for number in range(PARTS):
        known = step.remembered(f"part {number}")
        if known is None:
            known = step.submit(square, str(step.base), number).result()
            step.remember(f"part {number}", known)
        parts[str(number)] = known
    step.put("choice", json.dumps([parts, step.spec.model.tune.trials]).encode())


def train(step: StepContext) -> None:
    step.put("model", step.read("clean") + step.path("choice").read_bytes() + str(step.spec.split.test).encode())
    if (step.base / "trap-train").exists():
        step.put("extra", b"")


def judge(step: StepContext) -> None:
    step.put("verdict", str(len(step.read("model"))).encode())
    step.fact("refused", "refuse" in step.spec.features.drop)


def last(step: StepContext) -> None:
    step.put("end", step.read("verdict"))


def source(spec: ProjectSpec, base: Path, files: FileDigests, inputs: Any) -> Any:
    return {"data.csv": files(base / "data.csv")}


def given_schema(spec: ProjectSpec, base: Path) -> bytes | None:
    file = base / "schema.txt"
    return file.read_bytes() if file.exists() else None


def infer(step: StepContext) -> None:
    step.put("schema", b"inferred")


STEPS = (
    Step("schema", traced("schema", infer), outputs=("schema",), given=given_schema),
    Step("load", traced("load", load), inputs=("schema",), outputs=("rows",), outside=source, cost="reads all rows"),
    Step("clean", traced("clean", clean), inputs=("rows",), outputs=("clean",)),
    Step(
        "search", traced("search", search), inputs=("clean",), outputs=("choice",), where="driver",
        reads=lambda spec: {"model.tune.trials": spec.model.tune.trials},
    ),
    Step(
        "train", traced("train", train), inputs=("clean", "choice"), outputs=("model",),
        reads=lambda spec: {"split.test": spec.split.test},
    ),
    Step(
        "judge", traced("judge", judge), inputs=("model",), outputs=("verdict",),
        reads=lambda spec: {"features.drop": list(spec.features.drop)},
    ),
    Step("last", traced("last", last), inputs=("verdict",), outputs=("end",)),
)  # fmt: skip

NEWER = tuple(
    step if step.name != "judge" else Step(step.name, step.run, step.inputs, step.outputs, step.reads, revision=2)
    for step in STEPS
)
"""The same plan after judge's code changed."""
