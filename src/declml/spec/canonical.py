"""The one JSON text of a spec and of its parts: what step keys and the lineage of a release are made of.

Equal specs have equal text, however they were written: order of keys, quoting, units and written defaults do not count.
Metadata is left out: who owns it, what it is for, who hears of alerts, how many replicas, how long things may take.
Secrets are never in it: references stay references, secret fields are masked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.core.digest import canonical, digest
from declml.spec.schema import TableSchema

if TYPE_CHECKING:
    from declml.plugin.component import Component
    from declml.spec.root import ProjectSpec

METADATA: tuple[tuple[str, ...], ...] = (
    ("owner",),
    ("description",),
    ("store",),
    ("engine",),
    ("deployment",),
    ("monitor",),
    ("data", "labels"),
    ("model", "tune", "time"),
)
"""What does not change a release. `model.tune.time` bounds how long a search may take, not what is asked for."""


def spec_part(spec: ProjectSpec) -> dict[str, Any]:
    """Everything of a spec that a release depends on, as JSON."""
    whole: dict[str, Any] = spec.model_dump(mode="json", by_alias=True)
    for path in METADATA:
        here = whole
        for word in path[:-1]:
            here = here.get(word) or {}
        here.pop(path[-1], None)
    whole["schema"] = schema_part(spec)
    whole["model"]["try"] = [component_part(one) for one in spec.model.try_]
    return whole


def spec_text(spec: ProjectSpec) -> bytes:
    """The canonical text of `spec_part`."""
    return canonical(spec_part(spec))


def spec_digest(spec: ProjectSpec) -> str:
    """The digest of `spec_text`: equal for specs that ask for the same release."""
    return digest(spec_part(spec))


def component_part(component: Component) -> dict[str, Any]:
    """A component with what its user fixed: a setting that is written is not searched, even when it equals the default."""
    return {**component.identity(), "written": sorted(component.model_fields_set - {"type"})}


def source_part(spec: ProjectSpec) -> dict[str, Any]:
    """What reading the rows depends on: the training source and the sources that it may name."""
    named = {name: one.identity() for name, one in spec.data.sources.items()}
    return {"train": spec.data.train.identity(), "sources": named}


def schema_part(spec: ProjectSpec) -> Any:
    """The schema as written, or "infer". The order of columns is the order of features, so it counts."""
    if not isinstance(spec.schema_, TableSchema):
        return spec.schema_
    columns = [[name, column.model_dump(mode="json")] for name, column in spec.schema_.columns.items()]
    return {"columns": columns, "max_bad_rows": spec.schema_.max_bad_rows}


def roles_part(spec: ProjectSpec) -> dict[str, Any]:
    """Which column is what: target, key, time, and the columns that are never features."""
    return {
        "target": spec.target,
        "key": spec.key,
        "time": spec.time,
        "task": spec.task,
        "weight": spec.data.weight,
        "protected": sorted(spec.data.protected),
        "pii": sorted(spec.data.pii),
        "drop": sorted(spec.features.drop),
        "columns": {name: one.as_ for name, one in spec.features.columns.items()},
    }


def data_part(spec: ProjectSpec) -> dict[str, Any]:
    """What a dataset depends on: source, schema, roles."""
    return {"source": source_part(spec), "schema": schema_part(spec), "roles": roles_part(spec)}


def split_part(spec: ProjectSpec) -> dict[str, Any]:
    """How rows are set apart."""
    return {
        "split": spec.split.model_dump(mode="json"),
        "time": spec.time,
        "key": spec.key,
        "seed": spec.model.tune.seed,
    }


def model_part(spec: ProjectSpec) -> dict[str, Any]:
    """What a search depends on: families with what is fixed, the strategy, and how much it may try."""
    tune = spec.model.tune
    return {
        "try": [component_part(one) for one in spec.model.try_],
        "search": tune.search.identity(),
        "trials": tune.trials,
        "metric": tune.metric,
        "folds": tune.folds,
        "seed": tune.seed,
    }


def gates_part(spec: ProjectSpec) -> dict[str, Any]:
    """What gates ask for."""
    gates: dict[str, Any] = spec.gates.model_dump(mode="json")
    return gates
