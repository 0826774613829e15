"""What the spec language has and this declml accepts without acting on it yet. `declml check` names each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from declml.spec.root import ProjectSpec


def not_acted_on(spec: ProjectSpec) -> tuple[str, ...]:
    """One sentence for each setting that is accepted and does nothing yet, with its key path."""
    return tuple(f"not acted on yet: {path} ({what})" for path, what in _found(spec))


def _found(spec: ProjectSpec) -> Iterator[tuple[str, str]]:
    if spec.data.labels is not None:
        yield "data.labels", "labels of a file are not read yet; send them to the deployment"
    if spec.data.protected:
        yield "data.protected", "the columns are never features, and are not audited yet"
    if spec.data.sources:
        yield "data.sources", "only data.train is read"
    for name, column in spec.features.columns.items():
        if column.as_ in {"text", "image"}:
            yield f"features.columns.{name}", f"{column.as_} columns are no features yet"
    if spec.gates.tests:
        yield "gates.tests", "behaviour is not tested yet: a run refuses to pass this gate"
    if spec.gates.approve:
        yield "gates.approve", "nobody is asked yet: a run refuses to pass this gate"
    if spec.compression:
        yield "compression", "models are served as they were exported"
    yield from _live(spec)


def _live(spec: ProjectSpec) -> Iterator[tuple[str, str]]:
    if spec.deployment is not None:
        if spec.deployment.explain:
            yield "deployment.explain", "answers carry no explanation yet"
        if spec.deployment.sinks:
            yield "deployment.sinks", "predictions go to the reply and the log only"
    if spec.monitor is not None:
        if "performance" in spec.monitor.model_fields_set:
            yield "monitor.performance", "drift is watched, performance is not estimated yet"
        if "auto" in {spec.monitor.heal.retrain, spec.monitor.heal.rollback}:
            yield "monitor.heal", "an alert is told, and nothing is done by itself yet"
