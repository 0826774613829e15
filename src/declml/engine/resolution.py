"""What a step depends on right now: its key, its record, and why it must run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declml.core.digest import canonical, digest
from declml.core.errors import DeclmlError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from declml.engine.step import Step
    from declml.spec.root import ProjectSpec
    from declml.store.records import StepRecord
    from declml.store.store import Store

MOST_CHANGES = 3
LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True)
class Facts:
    """What a step depends on besides its inputs: the spec fields it reads, and digests of what lies outside, as JSON."""

    reads: Any
    outside: Any


@dataclass(frozen=True, slots=True)
class Resolution:
    """A step with everything that enters its key.

    record: what an earlier run with this key left, when its outputs are still there; None = the step must run.
    """

    step: Step
    facts: Facts
    inputs: dict[str, str]
    key: str
    record: StepRecord | None
    reason: str


def facts_of(step: Step, spec: ProjectSpec, store: Store, base: Path, inputs: Mapping[str, str]) -> Facts:
    """The facts now. inputs: the digests of the step's inputs that are known.

    Raises:
        DeclmlError: E3003, they are not JSON; or a source cannot be read.
    """
    reads = step.reads(spec) if step.reads else None
    outside = step.outside(spec, base, store.files, inputs) if step.outside else None
    try:
        return Facts(json.loads(canonical(reads)), json.loads(canonical(outside)))
    except (TypeError, ValueError) as error:
        raise DeclmlError("E3003", f"what step {step.name} reads is not JSON", why=str(error)) from error


def foreseen(step: Step, spec: ProjectSpec, store: Store) -> str:
    """Why a step whose inputs are not made yet will run for sure; empty when that depends on them.

    What it reads outside is left out: that may depend on its inputs too.
    """
    before = store.records.last_step(spec.name, step.name)
    if before is None:
        return "first run"
    reads = json.loads(canonical(step.reads(spec) if step.reads else None))
    return _changes(step, before, Facts(reads, before.outside), before.inputs)


def resolve(step: Step, spec: ProjectSpec, store: Store, base: Path, known: Mapping[str, str]) -> Resolution:
    """Compute a step's key from the digests of its inputs and look for its record."""
    inputs = {name: known[name] for name in step.inputs}
    facts = facts_of(step, spec, store, base, inputs)
    key = digest([step.name, step.revision, facts.reads, facts.outside, sorted(inputs.items())])
    record = store.records.step(key)
    kept = record.outputs if record else {}
    missing = [name for name in step.outputs if record and not (name in kept and store.objects.has(kept[name]))]
    if record is not None and not missing:
        return Resolution(step, facts, inputs, key, record, f"unchanged since run {record.run}")
    if missing:
        reason = f"artifact {', '.join(missing)} is missing from the store"
    else:
        before = store.records.last_step(spec.name, step.name)
        reason = "first run" if before is None else _changes(step, before, facts, inputs)
    return Resolution(step, facts, inputs, key, None, reason or "its last run did not finish")


def _changes(step: Step, before: StepRecord, facts: Facts, inputs: Mapping[str, str]) -> str:
    """Why a step's key is not what it was: in words, the most telling first."""
    parts = [f"{name} changed" for name in _differing(before.outside, facts.outside)]
    parts += [f"spec changed: {change}" for change in _spec_changes(before.reads, facts.reads)]
    parts += [f"input {name} changed" for name, mark in inputs.items() if before.inputs.get(name) != mark]
    if before.revision != step.revision:
        parts.append(f"declml's code for this step changed (revision {step.revision})")
    more = f" and {len(parts) - MOST_CHANGES} more" if len(parts) > MOST_CHANGES else ""
    return "; ".join(parts[:MOST_CHANGES]) + more


def _differing(before: Any, now: Any) -> Iterable[str]:
    old, new = dict(_leaves(before)), dict(_leaves(now))
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return dict.fromkeys(name.rsplit("/", 1)[-1] or "what it reads" for name in names)


def _spec_changes(before: Any, now: Any) -> list[str]:
    old, new = dict(_leaves(before)), dict(_leaves(now))
    absent = object()
    changes = []
    for name in sorted({*old, *new}):
        a, b = old.get(name, absent), new.get(name, absent)
        if a != b:
            changes.append(f"{name} ({_shown(a, absent)} -> {_shown(b, absent)})")
    return changes


def _shown(value: Any, absent: object) -> str:
    text = "not set" if value is absent or value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _leaves(value: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    """The scalars of a JSON value, and its empty containers, by their dotted path."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{place}]")
    else:
        yield path, value
