"""A run, from the plan to what is served."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.core.events import Event
from declml.core.files import write_whole
from declml.project.telling import told_of

if TYPE_CHECKING:
    from declml.engine.run import RunResult
    from declml.project.project import Project, Watch
    from declml.store.release import Release


@dataclass(frozen=True, slots=True)
class Built:
    """What a run gave: the result of the engine, and the deployment that followed (None when nothing is served).

    notes: what the user should hear besides.
    """

    project: str
    result: RunResult
    deployment: dict[str, Any] | None = None
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """The document of `run --json`."""
        result, release = self.result, self.result.release
        return {
            "project": self.project,
            "run": result.run,
            "status": result.status,
            "release": release.name if release else None,
            "digest": release.digest if release else None,
            "steps": [step.as_dict() for step in result.steps],
            "metrics": result.metrics,
            "gates": result.gates,
            "deployment": self.deployment,
            "notes": list(self.notes),
        }


def build(project: Project, until: str | None, watch: Watch) -> Built:
    """Run the plan; keep the schema for review and the card of the release; serve what passed."""
    from declml.engine.run import run_plan

    notes: list[str] = []

    def watched(event: Event) -> None:
        watch(event)
        if event.name == "step_finished" and event.facts.get("step") == "schema":
            notes.extend(_keep_schema(project, event))

    result = run_plan(project.spec, project.store, project.base, until=until, on_event=watched)
    notes.extend(told_of(project.store, result.artifacts))
    if result.release is None:
        return Built(project.name, result, notes=tuple(notes))
    if result.status == "done":
        _keep_card(project, result.release)
        watch(Event("release_created", project.name, {"release": result.release.name}))
    deployment = None
    if project.spec.deployment is not None and until is None:
        from declml.project.live import serve

        try:
            deployment = serve(project, result.release)
        except DeclmlError as error:
            live = f"{result.release.name} is made and kept, and could not be served"
            error.why = f"{live}: {error.why}" if error.why else live
            raise
    return Built(project.name, result, deployment, tuple(notes))


def _keep_schema(project: Project, event: Event) -> list[str]:
    """Write `<name>.schema.yaml` once, for review; later runs read it."""
    from declml.spec.schema_file import schema_path, write

    path = schema_path(project.spec, project.base)
    outputs = event.facts.get("outputs")
    if project.spec.schema_ != "infer" or not isinstance(outputs, dict) or "schema" not in outputs or path.exists():
        return []
    facts = event.facts.get("facts")
    seen = facts.get("columns", {}) if isinstance(facts, dict) else {}
    write(path, project.store.objects.read(outputs["schema"]), seen)
    return [f"wrote {path.name}: review the inferred schema; from now on it is the schema"]


def _keep_card(project: Project, release: Release) -> None:
    from declml.report.card import release_card

    schema = json.loads(project.store.objects.read(release.artifacts["schema"]))
    folder = project.store.folder("cards")
    write_whole(folder / f"{release.name}.md", release_card(release, schema).encode())
