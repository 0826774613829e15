"""The live side by hand: serve a release, move it on, go back. An alias moves only after the replicas confirmed."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError, SpecError
from declml.plugin.kinds.backend import Wanted
from declml.serving import rollout
from declml.serving.hosts import must_be_loopback
from declml.serving.reconcile import Desired, reconcile, same_shares

if TYPE_CHECKING:
    from pathlib import Path

    from declml.spec.live import Deployment
    from declml.spec.root import ProjectSpec
    from declml.store.release import Release
    from declml.store.store import Store

FACTORY = "declml.serving.replica:Replica"


def wanted(spec: ProjectSpec, store: Store, base: Path, shares: dict[str, Any] | None = None) -> Wanted:
    """The deployment that spec and aliases ask for, or one with other shares.

    Raises:
        SpecError: E1903, the spec declares no deployment.
    """
    del base  # paths of a deployment all lie in the store
    declared = deployment_of(spec)
    return Wanted(
        project=spec.name,
        route=declared.route,
        factory=FACTORY,
        replica={
            "store": str(store.root),
            "project": spec.name,
            "route": declared.route,
            "host": declared.host,
            "port": declared.port,
            "prediction_log": str(store.root / "predictions" / spec.name),
        },
        shares=shares if shares is not None else shares_now(spec, store),
        replicas_min=declared.replicas.min,
        replicas_max=max(declared.replicas.max, declared.replicas.min),
        max_ongoing_requests=declared.max_ongoing_requests,
        port=declared.port,
        host=declared.host,
    )


def shares_now(spec: ProjectSpec, store: Store) -> dict[str, Any]:
    """The shares that the aliases stand for."""
    steps = deployment_of(spec).rollout
    aliases = store.ledger.aliases(spec.name)
    live, on_trial = aliases.get("live"), rollout.current(store, spec.name, steps, aliases)
    if live is None or on_trial is None:
        return rollout.alone(live)
    if "canary" in aliases:
        share = steps[on_trial.step].canary if on_trial.step < len(steps) else None
        return {
            "live": live,
            "canary": aliases["canary"],
            "canary_share": share or 0.0,
            "shadow": aliases.get("shadow"),
        }
    return {**rollout.alone(live), "shadow": aliases["shadow"]}


def deploy(spec: ProjectSpec, store: Store, base: Path, release: Release, *, reason: str = "deploy") -> dict[str, Any]:
    """Serve a release: at once when nothing is live or no rollout is declared, else on the first step of the rollout.

    Raises:
        DeclmlError: E5001-E5006, it cannot be served; aliases and what is served stay as they were.
    """
    steps = deployment_of(spec).rollout
    live = store.ledger.aliases(spec.name).get("live")
    if live is None or live == release.number or not steps:
        return _move(spec, store, base, rollout.alone(release.number), reason, None)
    return _move(spec, store, base, rollout.shares_at(steps[0], live, release.number), reason, (release.number, 0))


def promote(spec: ProjectSpec, store: Store, base: Path) -> dict[str, Any]:
    """Move the release on trial to the next step, after the last one to live.

    Raises:
        DeclmlError: E5007, none is on trial; E5001-E5006, it cannot be served.
    """
    steps = deployment_of(spec).rollout
    aliases = store.ledger.aliases(spec.name)
    on_trial = rollout.current(store, spec.name, steps, aliases)
    if on_trial is None:
        raise DeclmlError("E5007", f"no release of {spec.name} is on trial", next="declml deploy --release N")
    after = on_trial.step + 1
    if after >= len(steps):
        return _move(spec, store, base, rollout.alone(on_trial.release), "promote", None)
    shares = rollout.shares_at(steps[after], aliases["live"], on_trial.release)
    return _move(spec, store, base, shares, "promote", (on_trial.release, after))


def rollback(spec: ProjectSpec, store: Store, base: Path, to: int | None = None) -> dict[str, Any]:
    """Take a release on trial away, or when there is none let the previous release (or `to`) be live again.

    Raises:
        DeclmlError: E5007, there is nothing to go back to; E4009, no such release; E5001-E5006, it cannot be served.
    """
    deployment_of(spec)
    aliases = store.ledger.aliases(spec.name)
    if to is None:
        to = aliases.get("live") if {"canary", "shadow"} & aliases.keys() else aliases.get("previous")
    if to is None:
        raise DeclmlError(
            "E5007", f"{spec.name} has no previous release to go back to",
            why="only one release was ever live" if "live" in aliases else "nothing was ever live",
            next="declml releases, then declml rollback --to N",
        )  # fmt: skip
    return _move(spec, store, base, rollout.alone(store.releases.get(spec.name, to).number), "rollback", None)


def bring_up(spec: ProjectSpec, store: Store, base: Path) -> dict[str, Any]:
    """Start what is needed and serve what the aliases say; without a live release only start.

    Raises:
        DeclmlError: E5001-E5006 or E80, it cannot be served or started.
    """
    backend, home = deployment_of(spec).backend, home_of(store)
    backend.up(home)
    wish = wanted(spec, store, base)
    acts = reconcile(Desired(wish), backend.observe(home, spec.name))
    if any(act.kind != "wait" for act in acts):
        backend.apply(home, wish)
    return facts(spec, wish.shares) | {"actions": [{"kind": act.kind, "reason": act.reason} for act in acts]}


def take_down(spec: ProjectSpec, store: Store, *, everything: bool = False) -> bool:
    """End the deployment; and what `bring_up` started, when no other project needs it or `everything` is to end."""
    backend, home = deployment_of(spec).backend, home_of(store)
    ran = backend.observe(home, spec.name).state != "absent"
    if ran:
        backend.remove(home, spec.name)
    if everything or not backend.projects(home):
        ran = backend.down(home) or ran
    return ran


def facts(spec: ProjectSpec, shares: dict[str, Any]) -> dict[str, Any]:
    """A deployment for people and `--json`: url, route, shares."""
    declared = deployment_of(spec)
    host = f"[{declared.host}]" if ":" in declared.host else declared.host
    return {"url": f"http://{host}:{declared.port}{declared.route}", "route": declared.route, "shares": shares}


def home_of(store: Store) -> Path:
    """Where a backend keeps what it must remember."""
    return store.root / "service"


def deployment_of(spec: ProjectSpec) -> Deployment:
    """What the spec declares.

    Raises:
        SpecError: E1903, nothing.
    """
    if spec.deployment is None:
        raise SpecError("E1903", f"{spec.name} declares no deployment", next="add `deployment: true` to the spec")
    return spec.deployment


def _move(
    spec: ProjectSpec, store: Store, base: Path, shares: dict[str, Any], reason: str, trial: tuple[int, int] | None
) -> dict[str, Any]:
    """Bring the replicas to these shares, then let the aliases say so.

    A command that dies between the two leaves replicas ahead of the aliases; the next reconcile brings them back.
    """
    backend, home = deployment_of(spec).backend, home_of(store)
    wish = wanted(spec, store, base, shares)
    must_be_loopback(wish.host)
    store.folder("service")
    store.folder(f"predictions/{spec.name}")
    backend.up(home)
    backend.apply(home, wish)
    confirmed = backend.observe(home, spec.name)
    if not same_shares(confirmed.shares, shares):
        raise DeclmlError(
            "E5005", f"the replicas of {spec.name} confirm other releases than were wanted",
            why=confirmed.message, next="declml status",
        )  # fmt: skip
    if trial is not None:
        rollout.note(store, spec.name, *trial)
    store.ledger.move_many(spec.name, rollout.aliases_of(shares), reason=reason, who=_who())
    return facts(spec, shares)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
