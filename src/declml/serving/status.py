"""How a deployment is, as conditions with reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from declml.serving import rollout
from declml.serving.deploy import deployment_of, home_of, wanted
from declml.serving.reconcile import Desired, reconcile, shares_text

if TYPE_CHECKING:
    from pathlib import Path

    from declml.plugin.kinds.backend import Observed, Wanted
    from declml.spec.root import ProjectSpec
    from declml.store.store import Store


@dataclass(frozen=True, slots=True)
class Condition:
    """One fact about a deployment. since: seconds since 1970 of what made it so, None when nothing recorded it."""

    type: str
    status: Literal["true", "false", "unknown"]
    reason: str
    message: str
    since: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The condition as JSON."""
        return asdict(self)


def status(spec: ProjectSpec, store: Store, base: Path) -> list[Condition]:
    """Released, Serving, InSync and RolledOut. Starts nothing.

    Raises:
        SpecError: E1903, the spec declares no deployment.
    """
    wish = wanted(spec, store, base)
    moved = {entry.alias: entry.at for entry in store.ledger.history(spec.name)}
    observed = deployment_of(spec).backend.observe(home_of(store), spec.name)
    return [
        _released(wish, moved),
        _serving(wish, observed),
        _in_sync(wish, observed, max(moved.values(), default=None)),
        _rolled_out(spec, store),
    ]


def _released(wish: Wanted, moved: dict[str, float]) -> Condition:
    live = wish.shares["live"]
    if live is None:
        return Condition("Released", "false", "NothingLive", "no release is live; declml deploy makes one live")
    return Condition("Released", "true", "Live", f"{wish.project}@{live} is live", moved.get("live"))


def _serving(wish: Wanted, observed: Observed) -> Condition:
    if observed.state == "running":
        answer = "1 replica answers" if observed.replicas == 1 else f"{observed.replicas} replicas answer"
        as_declared = observed.form == wish.form
        text = f"{answer} on {wish.host}:{wish.port}" if as_declared else f"{answer}, started with other settings"
        return Condition("Serving", "true", "Running", text)
    if observed.state == "absent":
        return Condition("Serving", "false", "NotStarted", "nothing is running; declml up starts it")
    if observed.state in {"starting", "stopping"}:
        return Condition("Serving", "unknown", observed.state.capitalize(), observed.message or observed.state)
    answers = observed.state == "unhealthy" and observed.replicas > 0
    return Condition(
        "Serving", "true" if answers else "false", observed.state.capitalize(), observed.message or observed.state
    )


def _in_sync(wish: Wanted, observed: Observed, since: float | None) -> Condition:
    if observed.state == "absent":
        return Condition("InSync", "unknown", "NotStarted", "nothing is running")
    acts = reconcile(Desired(wish), observed)
    if not acts:
        return Condition("InSync", "true", "AsDeclared", shares_text(wish.shares), since)
    return Condition("InSync", "false", acts[0].kind.capitalize(), acts[0].reason + "; declml up brings it there")


def _rolled_out(spec: ProjectSpec, store: Store) -> Condition:
    steps = deployment_of(spec).rollout
    on_trial = rollout.current(store, spec.name, steps, store.ledger.aliases(spec.name))
    if on_trial is None:
        return Condition("RolledOut", "true", "NothingOnTrial", "no release is on trial")
    step = rollout.step_text(steps[on_trial.step]) if on_trial.step < len(steps) else "no longer declared"
    text = (
        f"{spec.name}@{on_trial.release} is on step {on_trial.step + 1} of {len(steps)} ({step}); "
        "steps are taken by hand in this version: declml promote or declml rollback"
    )
    return Condition("RolledOut", "false", "OnTrial", text, on_trial.since or None)
