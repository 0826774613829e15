"""The way of a release to live: the declared steps, and on which of them it stands."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from declml.core.files import write_whole
from declml.core.units import show_duration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from declml.spec.live import RolloutStep
    from declml.store.store import Store


@dataclass(frozen=True, slots=True)
class Rollout:
    """A release on trial: `step` counts from 0 in the spec's list, `since` is when that step began."""

    release: int
    step: int
    since: float


def shares_at(step: RolloutStep, live: int, release: int) -> dict[str, Any]:
    """What the replicas answer with on a step."""
    if step.canary is not None:
        return {"live": live, "canary": release, "canary_share": step.canary, "shadow": None}
    return {"live": live, "canary": None, "canary_share": 0.0, "shadow": release}


def alone(live: int | None) -> dict[str, Any]:
    """The shares when one release answers everything."""
    return {"live": live, "canary": None, "canary_share": 0.0, "shadow": None}


def aliases_of(shares: Mapping[str, Any]) -> dict[str, int | None]:
    """The aliases that say the same as these shares."""
    return {name: shares[name] for name in ("live", "canary", "shadow")}


def current(store: Store, project: str, steps: tuple[RolloutStep, ...], aliases: Mapping[str, int]) -> Rollout | None:
    """The release on trial by the aliases; its step as noted, else the first step of that kind."""
    trial = aliases.get("canary", aliases.get("shadow"))
    if trial is None:
        return None
    noted = _read(_place(store, project))
    if noted is not None and noted.release == trial and noted.step < len(steps):
        return noted
    kind = "canary" if "canary" in aliases else "shadow"
    fitting = [place for place, step in enumerate(steps) if getattr(step, kind) is not None]
    return Rollout(trial, fitting[0] if fitting else 0, 0.0)


def note(store: Store, project: str, release: int, step: int) -> None:
    """Write down where a release stands."""
    store.folder("service")
    write_whole(_place(store, project), json.dumps(asdict(Rollout(release, step, time.time()))).encode())


def step_text(step: RolloutStep) -> str:
    """A step for people."""
    if step.canary is not None:
        return f"canary {step.canary:.0%}" + (f" for {show_duration(step.for_)}" if step.for_ else "")
    return f"shadow {show_duration(step.shadow)}" if step.shadow else "shadow"


def _place(store: Store, project: str) -> Path:
    return store.root / "service" / f"{project}.rollout.json"


def _read(path: Path) -> Rollout | None:
    try:
        return Rollout(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
