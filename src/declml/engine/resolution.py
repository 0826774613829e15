"""What a step depends on right now: its key, its record, and why it must run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declml.core.digest import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from declml.engine.step import Step
    from declml.spec.root import ProjectSpec
    from declml.store.records import StepRecord
    from declml.store.store import Store

MOST_CHANGES = 3


@dataclass(frozen=True, slots=True)
class Resolution:
    """A step with everything that enters its key. `record`: what an earlier run with this key left, when its outputs are still there."""

    step: Step
    reads: Any
    outside: Any
    inputs: dict[str, str]
    key: str
    record: StepRecord | None
    reason: str


def resolve(step: Step, spec: ProjectSpec, store: Store, base: Path, known: Mapping[str, str]) -> Resolution:
    """Compute a step's key from the digests of its inputs and look for its record."""
    reads = step.reads(spec) if step.reads else None
    outside = step.outside(spec, base, store.files) if step.outside else None
    inputs = {name: known[name] for name in step.inputs}
    key = digest([step.name, step.revision, reads, outside, sorted(inputs.items())])
    record = store.records.step(key)
    missing = [name for name, mark in (record.outputs if record else {}).items() if not store.objects.has(mark)]
    if record is not None and not missing:
        return Resolution(step, reads, outside, inputs, key, record, f"unchanged since run {record.run}")
    if missing:
        reason = f"artifact {', '.join(missing)} is missing from the store"
    else:
        before = store.records.last_step(spec.name, step.name)
        reason = "first run" if before is None else _changes(step, before, reads, outside, inputs)
    return Resolution(step, reads, outside, inputs, key, None, reason)


def _changes(step: Step, before: StepRecord, reads: Any, outside: Any, inputs: dict[str, str]) -> str:
    """Why a step's key is not what it was: in words, the most telling first."""
    parts = [f"{name} changed" for name in _differing(before.outside, outside)]
    parts += [f"spec: {change}" for change in _spec_changes(before.reads, reads)]
    parts += [f"{name} changed" for name, mark in inputs.items() if before.inputs.get(name) != mark]
    if before.revision != step.revision:
        parts.append(f"declml's code for this step changed (revision {step.revision})")
    if not parts:
        return "its last run did not finish"
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
            was, is_ = ("not set" if one is absent or one is None else one for one in (a, b))
            changes.append(f"{name}: {was} -> {is_}")
    return changes


def _leaves(value: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    """The scalars of a JSON value by their dotted path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{place}]")
    else:
        yield path, value
