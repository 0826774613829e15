"""The live side: where it answers, how a release becomes live, how often it is watched."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from declml.spec.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from declml.spec.live import Deployment
    from declml.spec.root import ProjectSpec
    from declml.spec.trouble import Path

RESERVED = ("metrics", "-")
"""First words of a route that a deployment answers itself."""


def deployment(spec: ProjectSpec) -> Iterator[Trouble]:
    """Host, route, replicas and rollout."""
    live = spec.deployment
    if live is None:
        return
    if not _is_loopback(live.host):
        what = f"{live.host} is reachable from other machines, and this declml cannot ask callers for keys yet"
        yield Trouble(
            "E1106", ("deployment", "host"), what, "write host: 127.0.0.1, and put a proxy that asks for keys before it"
        )
    yield from _route(live.route)
    if live.replicas.min > live.replicas.max:
        what = f"replicas.min {live.replicas.min} is more than replicas.max {live.replicas.max}"
        yield Trouble("E1108", ("deployment", "replicas", "min"), what, "swap them")
    yield from _rollout(live)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _route(route: str) -> Iterator[Trouble]:
    path: Path = ("deployment", "route")
    words = route.strip("/").split("/")
    if words[0] in RESERVED:
        yield Trouble(
            "E1107", path, f"the route {route} is taken by the deployment itself", "choose another first word"
        )
    if route != "/" and ("" in words or route.endswith("/") or {".", ".."} & set(words)):
        yield Trouble(
            "E1005", path, f"the route {route} is not plain", "write it without '//', '.', '..' or a '/' at its end"
        )


def _rollout(live: Deployment) -> Iterator[Trouble]:
    share = 0.0
    for number, step in enumerate(live.rollout):
        path: Path = ("deployment", "rollout", number)
        if (step.shadow is None) == (step.canary is None):
            hint = "write {shadow: 24h} or {canary: 10%, for: 6h}"
            yield Trouble("E1105", path, "a step of a rollout is either a shadow or a canary", hint)
            continue
        if step.shadow is not None:
            if step.for_ is not None:
                yield Trouble("E1108", (*path, "for"), "a shadow says its time itself", f"write {{shadow: {'24h'}}}")
            if share:
                yield Trouble("E1105", path, "a shadow after a canary is a step back", "put the shadow first")
            continue
        canary = step.canary or 0.0
        if not 0 < canary < 1:
            yield Trouble(
                "E1105", (*path, "canary"), "a canary gets more than none and less than all", "write canary: 10%"
            )
        elif canary <= share:
            what = f"this canary gets {canary:.0%} after one of {share:.0%}"
            yield Trouble("E1105", (*path, "canary"), what, "let each step get more than the one before")
        if step.for_ is None:
            yield Trouble("E1004", path, "a canary needs a time", "add for: 6h")
        share = max(share, canary)


def monitor(spec: ProjectSpec) -> Iterator[Trouble]:
    """Windows."""
    if spec.monitor is not None and spec.monitor.every <= 0:
        yield Trouble("E1005", ("monitor", "every"), "a window needs a length", "write every: 1h")


def store(spec: ProjectSpec) -> Iterator[Trouble]:
    """Where artifacts and records lie."""
    if not spec.store.strip():
        yield Trouble("E1005", ("store",), "a store needs a folder", "write store: .declml")
    elif "://" in spec.store and not spec.store.startswith("file://"):
        scheme = spec.store.split("://")[0]
        yield Trouble(
            "E1008", ("store",), f"a store at {scheme}:// comes with a later declml", "write a folder: store: .declml"
        )
