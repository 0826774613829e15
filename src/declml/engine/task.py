"""A step as a call that another process can run: only names, paths and the spec travel."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from declml.engine.context import RunningStep, scratch_folder
from declml.engine.progress import speaker
from declml.plugin.registry import registry
from declml.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from declml.engine.step import Step


@dataclass(frozen=True, slots=True)
class Task:
    """Everything a worker needs. steps: import path `module:NAME` of the list of steps. spec: pickled. said: the file for progress."""

    step: str
    steps: str
    spec: bytes
    base: str
    store: str
    inputs: dict[str, str]
    key: str
    threads: int
    said: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a worker gives back."""

    outputs: dict[str, str]
    facts: dict[str, Any]


def perform(task: Task) -> Done:
    """Run one step in this process."""
    import pickle

    base = Path(task.base)
    registry().load_file(base / "plugins.py")
    # The bytes come from the driver over the executor's own channel, never from a file or the network.
    spec = pickle.loads(task.spec)  # noqa: S301
    store = Store.open(task.store, base)
    try:
        with scratch_folder(store) as folder:
            running = RunningStep(
                spec, base, store, folder, task.inputs, task.key, task.threads, tell=speaker(Path(task.said))
            )
            step_named(steps_at(task.steps), task.step).run(running)
            return Done(running.outputs, running.facts)
    finally:
        store.close()


def steps_at(path: str) -> Sequence[Step]:
    """The list of steps at `module:NAME`."""
    module, _, name = path.partition(":")
    steps: Sequence[Step] = getattr(importlib.import_module(module), name)
    return steps


def step_named(steps: Sequence[Step], name: str) -> Step:
    """The step of this name."""
    return next(step for step in steps if step.name == name)
