"""The plan: the steps in order, with keys and reasons. `plan` prints this list and `run` executes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from declml.core.digest import digest_bytes
from declml.core.errors import SpecError
from declml.core.suggest import suggestion
from declml.engine.resolution import foreseen, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from declml.engine.step import Step
    from declml.spec.root import ProjectSpec
    from declml.store.store import Store

State = Literal["cached", "given", "run", "refused"]

GIVEN = "written in the spec or beside it"
REFUSED = "a gate refused the release"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a plan. key: None while an input is still to be made. "refused": a gate keeps it from running."""

    name: str
    state: State
    reason: str
    key: str | None = None
    cost: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON."""
        return {"name": self.name, "state": self.state, "reason": self.reason, "key": self.key, "cost": self.cost}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. artifacts: the digests known before it."""

    steps: tuple[PlannedStep, ...]
    artifacts: dict[str, str]

    @property
    def changes(self) -> bool:
        """Whether a run would do anything."""
        return any(step.state == "run" for step in self.steps)


def default_steps() -> Sequence[Step]:
    """The steps from sources to a release."""
    from declml.engine.steps import STEPS

    return STEPS


def make_plan(
    spec: ProjectSpec, store: Store, base: Path, *, until: str | None = None, steps: Sequence[Step] | None = None
) -> Plan:
    """What a run would do, and why. Runs nothing.

    A step behind one that must run waits for it: it may turn out cached when its input comes out equal.

    Raises:
        SpecError: E3004, `until` names no step. DeclmlError: a source cannot be read.
    """
    known: dict[str, str] = {}
    makers: dict[str, str] = {}
    planned: list[PlannedStep] = []
    refused = False
    for step in chosen(steps or default_steps(), until):
        makers.update(dict.fromkeys(step.outputs, step.name))
        waiting = [makers[name] for name in step.inputs if name not in known]
        given = step.given(spec, base) if step.given else None
        if refused:
            planned.append(PlannedStep(step.name, "refused", REFUSED))
        elif given is not None:
            known[step.outputs[0]] = digest_bytes(given)
            planned.append(PlannedStep(step.name, "given", GIVEN))
        elif waiting:
            reason = foreseen(step, spec, store) or f"waits for {waiting[0]}"
            planned.append(PlannedStep(step.name, "run", reason, cost=step.cost))
        else:
            found = resolve(step, spec, store, base, known)
            known |= found.record.outputs if found.record else {}
            refused = bool(found.record and found.record.facts.get("refused"))
            state: State = "cached" if found.record else "run"
            planned.append(PlannedStep(step.name, state, found.reason, found.key, "" if found.record else step.cost))
    return Plan(tuple(planned), known)


def chosen(steps: Sequence[Step], until: str | None) -> Sequence[Step]:
    """The steps up to and with `until`."""
    names = [step.name for step in steps]
    if until is None:
        return steps
    if until not in names:
        raise SpecError("E3004", f"there is no step '{until}'; {suggestion(until, names)}", where="--until")
    return steps[: names.index(until) + 1]
