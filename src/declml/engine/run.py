"""A run: one execution of a plan. Each step has its record before the next one starts, so a killed run goes on there."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from declml.core.errors import DeclmlError
from declml.core.events import Event
from declml.engine.context import RunningStep, checked, scratch_folder
from declml.engine.plan import chosen
from declml.engine.resolution import Resolution, resolve
from declml.engine.task import Task, perform, steps_at
from declml.spec.canonical import spec_digest
from declml.store.records import RunRecord, RunStep, StepRecord
from declml.store.release import Release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
        self.id = time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(2)
        self.spec, self.store, self.base = spec, store, base
        self._watch, self._steps = watch, steps
        self.known: dict[str, str] = {}
        self.told: list[RunStep] = []
        self._exits = contextlib.ExitStack()
        self._slots: Slots | None = None
        self._refused = False

    def all(self, steps: tuple[Step, ...] | Any) -> RunResult:
        """Every step in order, then the release."""
        began = RunRecord(self.id, self.spec.name, "running", spec_digest(self.spec), time.time())
        self.store.records.begin_run(began)
        self._tell("run_started", run=self.id)
        try:
            with self._exits:
                for position, step in enumerate(steps):
                    if self._refused:
                        self._note(position, RunStep(step.name, "skipped", "a gate refused the release"), {})
                    else:
                        self._one(position, step)
        except BaseException as error:
            self._ended_by(error, [step.name for step in steps[len(self.told) :]])
            raise
        return self._finish()

    def _one(self, position: int, step: Step) -> None:
        given = step.given(self.spec, self.base) if step.given else None
        if given is not None:
            self.known[step.outputs[0]] = self.store.objects.put(given)
            self._note(position, RunStep(step.name, "cached", "written in the spec or beside it"), {})
            return
        found = resolve(step, self.spec, self.store, self.base, self.known)
        if found.record is not None:
            self.known |= found.record.outputs
            self._refused = bool(found.record.facts.get("refused"))
            self._note(position, RunStep(step.name, "cached", found.reason, 0.0, found.key), found.record.outputs)
            return
        self._tell("step_started", step=step.name, reason=found.reason)
        began = time.perf_counter()
        try:
            outputs, facts = self._perform(found)
            checked(step.name, tuple(step.outputs), outputs)
        except BaseException as error:
            told = RunStep(step.name, "failed", str(error).splitlines()[0] if str(error) else type(error).__name__)
            self._note(position, told, {})
            raise self._retold(step, error) from error
        seconds = time.perf_counter() - began
        told = RunStep(step.name, "ran", found.reason, seconds, found.key)
        record = StepRecord(
            found.key, step.name, step.revision, found.reads, found.outside, found.inputs, outputs, facts, self.id, seconds
        )
        self.store.records.put_step(record, project=self.spec.name, position=position, told=told)
        self.known |= outputs
        self._refused = bool(facts.get("refused"))
        self.told.append(told)
        self._tell("step_finished", **told.as_dict(), step=step.name, outputs=outputs, facts=facts)

    def _perform(self, found: Resolution) -> tuple[dict[str, str], dict[str, Any]]:
        step = found.step
        if step.where == "driver" or self.spec.engine.type == "inline":
            with scratch_folder(self.store) as scratch:
                running = RunningStep(
                    self.spec, self.base, self.store, scratch, found.inputs, found.key, self._threads(),
                    self.slots if step.where == "driver" else None,
                    lambda text, done: self._tell("step_progress", step=step.name, text=text, done=done),
                )  # fmt: skip
                step.run(running)
                return running.outputs, running.facts
        done = self.slots().submit(perform, self._task(found)).result()
        return done.outputs, done.facts

    def _task(self, found: Resolution) -> Task:
        import pickle

        where = str(self.store.root)
        spec = pickle.dumps(self.spec)
        return Task(
            found.step.name, self._steps, spec, str(self.base), where, found.inputs, found.key, self._threads()
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

    def _retold(self, step: Step, error: BaseException) -> BaseException:
        """An error with the step's name; an unexpected one becomes E3001, its traceback kept in a file."""
        if isinstance(error, DeclmlError):
            error.where = error.where or f"step {step.name}"
            return error
        if not isinstance(error, Exception):
            return error
        log = self.store.folder("logs") / f"{self.id}-{step.name}.txt"
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        what = f"step {step.name} failed: {type(error).__name__}: {error}"
        return DeclmlError("E3001", what, where=f"step {step.name}", next=f"the traceback is in {log}")

    def _ended_by(self, error: BaseException, left: list[str]) -> None:
        for name in left:
            self.store.records.put_run_step(
                self.id, self.spec.name, len(self.told), RunStep(name, "skipped", "a step before it did not finish")
            )
            self.told.append(RunStep(name, "skipped", "a step before it did not finish"))
        status = "failed" if isinstance(error, Exception) else "interrupted"
        answers = error.as_dict() if isinstance(error, DeclmlError) else {"what": type(error).__name__}
        with contextlib.suppress(DeclmlError):
            self.store.records.end_run(self.id, status, error=answers)
        self._tell("run_finished", run=self.id, status=status)

    def _finish(self) -> RunResult:
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
