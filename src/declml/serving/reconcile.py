"""From what should be and what is to what must be done. Pure: it looks only at its arguments, never at the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from declml.plugin.kinds.backend import Observed, Wanted

ActionKind = Literal["start", "mend", "replace", "change", "wait", "remove"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, with its reason.

    start: nothing runs. mend: replicas are missing or ill. replace: replicas of another form must come, beside the old
    ones first. change: the same replicas take other shares. wait: a change is under way. remove: end the deployment.
    Start, mend, replace and change are all `Backend.apply(wanted)`.
    """

    kind: ActionKind
    reason: str


@dataclass(frozen=True, slots=True)
class Desired:
    """A deployment as it should be. `wanted` None: nothing is known to be live. gone: the user ended the deployment."""

    wanted: Wanted | None
    gone: bool = False


def reconcile(desired: Desired, observed: Observed) -> list[Action]:
    """What brings `observed` nearer to `desired`; nothing when they agree.

    What runs is ended only when the user ended the deployment: an unknown or empty wish never stops the last release.
    """
    if desired.gone:
        return [] if observed.state == "absent" else [Action("remove", "the deployment was ended")]
    wanted = desired.wanted
    if wanted is None or wanted.shares.get("live") is None:
        return []
    action = _needed(wanted, observed)
    return [action] if action else []


def _needed(wanted: Wanted, observed: Observed) -> Action | None:
    if observed.state in {"starting", "stopping"}:
        return Action("wait", f"the deployment is {observed.state}")
    if observed.state in {"absent", "failed"}:
        return Action("start", observed.message or "nothing is running")
    if observed.form != wanted.form:
        return Action("replace", "the replicas were built for other settings")
    if observed.replicas < wanted.replicas_min or observed.state == "unhealthy":
        return Action("mend", observed.message or f"{observed.replicas} of {wanted.replicas_min} replicas answer")
    if not same_shares(observed.shares, wanted.shares):
        return Action("change", f"{shares_text(observed.shares)} should be {shares_text(wanted.shares)}")
    return None


def same_shares(one: dict[str, object], other: dict[str, object]) -> bool:
    """Whether two shares mean the same; a canary's share counts only when there is a canary."""
    return _plain(one) == _plain(other)


def shares_text(shares: dict[str, object]) -> str:
    """Shares for people: `live 3, canary 4 (10%)`."""
    live, canary, share, shadow = _plain(shares)
    parts = [f"live {live}"] if live is not None else ["nothing live"]
    parts += [f"canary {canary} ({share:.0%})"] if canary is not None else []
    parts += [f"shadow {shadow}"] if shadow is not None else []
    return ", ".join(parts)


def _plain(shares: dict[str, object]) -> tuple[object, object, object, object]:
    canary = shares.get("canary")
    share = shares.get("canary_share") or 0.0
    return shares.get("live"), canary, share if canary is not None else 0.0, shares.get("shadow")
