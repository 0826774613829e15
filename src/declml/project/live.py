"""The live side of a project: what is served, and who hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.core.events import Event
from declml.plugin.registry import registry
from declml.serving import deploy as serving

if TYPE_CHECKING:
    from declml.engine.plan import Plan
    from declml.project.project import Project
    from declml.store.release import Release


def serve(project: Project, release: Release) -> dict[str, Any]:
    """Serve a fresh release as the spec says; one that is live or on trial already only has to be up."""
    aliases = project.store.ledger.aliases(project.name)
    if release.number in {aliases.get(name) for name in ("live", "canary", "shadow")}:
        return serving.bring_up(project.spec, project.store, project.base)
    return _moved(project, serving.deploy(project.spec, project.store, project.base, release, reason="run"))


def deploy(project: Project, number: int | None) -> dict[str, Any]:
    """Serve a release, the newest when no number is given."""
    release = project.store.releases.get(project.name, number)
    return _moved(project, serving.deploy(project.spec, project.store, project.base, release))


def promote(project: Project) -> dict[str, Any]:
    """Move the release on trial one step nearer to live."""
    return _moved(project, serving.promote(project.spec, project.store, project.base))


def rollback(project: Project, to: int | None) -> dict[str, Any]:
    """Serve the release before, or another one."""
    return _moved(project, serving.rollback(project.spec, project.store, project.base, to))


def up(project: Project) -> dict[str, Any]:
    """Start the service and serve what the aliases say."""
    return serving.bring_up(project.spec, project.store, project.base)


def down(project: Project, *, everything: bool = False) -> bool:
    """Stop the service; aliases stay as they are."""
    return serving.take_down(project.spec, project.store, everything=everything)


def status(project: Project) -> dict[str, Any]:
    """Aliases and conditions. Starts nothing."""
    from declml.serving.status import status as conditions

    store = project.store_to_read
    return {
        "project": project.name,
        "aliases": store.ledger.aliases(project.name),
        "conditions": [one.as_dict() for one in conditions(project.spec, store, project.base)],
        "deployment": serving.facts(project.spec, serving.shares_now(project.spec, store)),
    }


def foreseen(project: Project, planned: Plan) -> str:
    """What a run with this plan would do to what is live."""
    if project.spec.deployment is None:
        return "nothing is served: the spec declares no deployment"
    live = project.store_to_read.ledger.aliases(project.name).get("live")
    if not planned.changes:
        return f"{project.name}@{live} stays live" if live else "the newest release goes live"
    if live is None:
        return "the new release goes live, if its gates pass"
    steps = project.spec.deployment.rollout
    if not steps:
        return f"the new release takes over from {project.name}@{live}, if its gates pass; {project.name}@{live} stays as previous"
    from declml.serving.rollout import step_text

    return f"{project.name}@{live} stays live; the new release goes on trial: " + ", then ".join(map(step_text, steps))


def _moved(project: Project, deployment: dict[str, Any]) -> dict[str, Any]:
    registry().tell(Event("alias_moved", project.name, {"shares": deployment["shares"]}))
    return deployment
