"""A run: one execution of a plan. Each step has its record before the next one starts, so a killed run goes on there.

Nothing that dies with a process costs a finished step. Artifacts and records reach the disk together when the run ends,
before its release is known; a power cut before that costs the steps of this run at most.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from declml.core.errors import DeclmlError
from declml.core.events import Event
from declml.engine.context import RunningStep, checked, scratch_folder
from declml.engine.failure import note_of, retold
from declml.engine.plan import GIVEN, REFUSED, chosen
from declml.engine.progress import listen
from declml.engine.resolution import Resolution, resolve
from declml.engine.task import Done, Task, perform, steps_at
from declml.spec.canonical import spec_digest
from declml.store.records import RunRecord, RunStep, StepRecord
from declml.store.release import Release

if TYPE_CHECKING:
    from collections.abc import Callable

    from declml.engine.step import Step
    from declml.plugin.kinds.executor import Slots
    from declml.spec.root import ProjectSpec
    from declml.store.store import Store

    Watch = Callable[[Event], None]

STEPS = "declml.engine.steps:STEPS"
Status = Literal["done", "nothing to do", "refused"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. artifacts: digests by name. metrics, gates, release: of the release, or of what was refused."""

    run: str
    status: Status
    steps: tuple[RunStep, ...]
    artifacts: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    gates: tuple[dict[str, Any], ...] = ()
    release: Release | None = None


def run_plan(
    spec: ProjectSpec,
    store: Store,
    base: Path,
    *,
    until: str | None = None,
    on_event: Watch = lambda _event: None,
    steps: str = STEPS,
) -> RunResult:
    """Do what the plan says: run each step whose key has no record.

    Raises:
        SpecError: `until` names no step. ConflictError: E4002, another run holds the store.
        DeclmlError: a step failed; the steps before it are kept.
    """
    todo = chosen(steps_at(steps), until)
    with store.lock(f"run {spec.name}"):
        store.sweep()
        return _Run(spec, store, base, on_event, steps).all(todo)


class _Run:
    """The state of one run."""

    def __init__(self, spec: ProjectSpec, store: Store, base: Path, watch: Watch, steps: str) -> None:
        self.id = time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(4)
        self.spec, self.store, self.base = spec, store, base
        self._watch, self._steps = watch, steps
        self.known: dict[str, str] = {}
        self.told: list[RunStep] = []
        self._made: set[str] = set()
        self._exits = contextlib.ExitStack()
        self._slots: Slots | None = None
        self._refused = False

    def all(self, steps: tuple[Step, ...] | Any) -> RunResult:
        """Every step in order, then the release."""
        began = RunRecord(self.id, self.spec.name, "running", spec_digest(self.spec), time.time())
        self._doubt()
        self.store.records.begin_run(began)
        self._tell("run_started", run=self.id)
        try:
            with self._exits:
                for position, step in enumerate(steps):
                    if self._refused:
                        self._note(position, RunStep(step.name, "skipped", REFUSED), {})
                    else:
                        self._one(position, step)
            return self._finish()
        except BaseException as error:
            self._ended_by(error, [step.name for step in steps[len(self.told) :]])
            raise

    def _doubt(self) -> None:
        """Read what runs made that never ended: what a power cut damaged is moved away, so that it is made again."""
        whole = []
        for artifact in self.store.records.unsettled():
            with contextlib.suppress(DeclmlError):
                self.store.objects.verify(artifact)
                whole.append(artifact)
        self.store.objects.settle(whole)
        self.store.records.bury_killed_runs()

    def _one(self, position: int, step: Step) -> None:
        given = step.given(self.spec, self.base) if step.given else None
        if given is not None:
            self.known[step.outputs[0]] = self.store.objects.put(given, durable=False)
            self._made.add(self.known[step.outputs[0]])
            self._note(position, RunStep(step.name, "cached", GIVEN), {})
            return
        found = resolve(step, self.spec, self.store, self.base, self.known)
        if found.record is not None:
            self.known |= found.record.outputs
            self._refused = bool(found.record.facts.get("refused"))
            self._note(position, RunStep(step.name, "cached", found.reason, 0.0, found.key), found.record.outputs)
            return
        self._make(position, found)

    def _make(self, position: int, found: Resolution) -> None:
        """Run a step and keep its record."""
        step, reason = found.step, found.reason
        self._tell("step_started", step=step.name, reason=reason)
        began = time.perf_counter()
        try:
            outputs, facts = self._perform(found)
            checked(step.name, tuple(step.outputs), outputs)
        except BaseException as error:
            told = RunStep(step.name, "failed", note_of(error), time.perf_counter() - began, found.key)
            with contextlib.suppress(DeclmlError):
                self._note(position, told, {})
            if (better := retold(error, step.name, self.store, self.id)) is not error:
                raise better from error
            raise
        seconds = time.perf_counter() - began
        told = RunStep(step.name, "ran", reason, seconds, found.key)
        record = StepRecord(
            found.key, step.name, step.revision, found.facts.reads, found.facts.outside, found.inputs, outputs, facts,
            self.id, seconds,
        )  # fmt: skip
        self.store.records.put_step(record, project=self.spec.name, position=position, told=told)
        self.known |= outputs
        self._made.update(outputs.values())
        self._refused = bool(facts.get("refused"))
        self.told.append(told)
        self._tell("step_finished", **told.as_dict(), step=step.name, outputs=outputs, facts=facts)

    def _perform(self, found: Resolution) -> tuple[dict[str, str], dict[str, Any]]:
        step = found.step

        def say(text: str, done: float | None) -> None:
            self._tell("step_progress", step=step.name, text=text, done=done)

        if step.where == "driver" or self.spec.engine.type == "inline":
            with scratch_folder(self.store) as folder:
                running = RunningStep(
                    self.spec, self.base, self.store, folder, found.inputs, found.key, self._threads(),
                    self.slots if step.where == "driver" else None,
                    say,
                )  # fmt: skip
                step.run(running)
                return running.outputs, running.facts
        task = self._task(found)
        done: Done = listen(self.slots().submit(perform, task), Path(task.said), say)
        return done.outputs, done.facts

    def _task(self, found: Resolution) -> Task:
        import pickle

        where = str(self.store.root)
        spec = pickle.dumps(self.spec)
        said = str(self.store.folder("tmp/steps") / f"{self.id}-{found.step.name}.said")
        return Task(
            found.step.name, self._steps, spec, str(self.base), where, found.inputs, found.key, self._threads(), said
        )

    def _threads(self) -> int:
        import os

        return len(os.sched_getaffinity(0))

    def slots(self) -> Slots:
        """The executor's slots, taken when the first call is submitted."""
        if self._slots is None:
            self._slots = self._exits.enter_context(self.spec.engine.start())
        return self._slots

    def _note(self, position: int, told: RunStep, outputs: dict[str, str]) -> None:
        self.store.records.put_run_step(self.id, self.spec.name, position, told)
        self.told.append(told)
        self._tell("step_finished", **told.as_dict(), step=told.name, outputs=outputs)

    def _ended_by(self, error: BaseException, left: list[str]) -> None:
        status = "failed" if isinstance(error, Exception) else "interrupted"
        answers = error.as_dict() if isinstance(error, DeclmlError) else {"what": type(error).__name__}
        with contextlib.suppress(DeclmlError):  # the disk may be full: the error that ends the run is the first one
            for name in left:
                told = RunStep(name, "skipped", "a step before it did not finish")
                self.store.records.put_run_step(self.id, self.spec.name, len(self.told), told)
                self.told.append(told)
            self.store.objects.settle(self._made)
            self.store.records.end_run(self.id, status, error=answers)
        self._tell("run_finished", run=self.id, status=status)

    def _finish(self) -> RunResult:
        self.store.objects.settle(self._made)
        metrics, gates = self._json("evaluation").get("metrics", {}), self._json("gates").get("gates", [])
        release = None
        if "release" in self.known:
            manifest = self._json("release")
            release = self.store.releases.add(Release.from_dict({**manifest, "number": 0, "created": time.time()}))
        ran = any(step.state == "ran" for step in self.told)
        status: Status = "refused" if self._refused else "done" if ran else "nothing to do"
        self.store.records.end_run(self.id, status, release=release.number if release else None)
        self._tell("run_finished", run=self.id, status=status, release=release.name if release else None)
        return RunResult(self.id, status, tuple(self.told), dict(self.known), metrics, tuple(gates), release)

    def _json(self, artifact: str) -> dict[str, Any]:
        return json.loads(self.store.objects.read(self.known[artifact])) if artifact in self.known else {}

    def _tell(self, name: str, /, **facts: object) -> None:
        self._watch(Event(name, self.spec.name, facts))
