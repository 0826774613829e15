"""Step `review`: what can be wrong with the data, before anything is trained on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from declml.core.digest import canonical as json_text
from declml.core.errors import DeclmlError
from declml.engine.step import Step, StepContext
from declml.spec import canonical
from declml.spec.schema import TableSchema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from declml.engine.steps.dataset import Target
    from declml.plugin.kinds.check import Check, DataReview, Finding
    from declml.plugin.kinds.source import FileDigests
    from declml.spec.root import ProjectSpec

FEW_CLASSES = 10
"""A target of whole numbers with so few different values is a class."""
MOST_CLASSES = 200
ORDER = {"error": 0, "warning": 1, "note": 2}


def run(step: StepContext) -> None:
    """Find the task and the classes, run every check; an error stops the run."""
    from declml.engine.steps.dataset import let_go
    from declml.plugin.registry import registry
    from declml.spec.encoding import features_of

    schema = TableSchema.from_bytes(step.read("schema"))
    features = features_of(step.spec, schema)
    target = target_of(step.path("dataset"), step.spec, schema)
    data = _data(step, target, tuple(feature.name for feature in features))
    found: list[Finding] = []
    for name in ("target", *sorted(set(registry().names("check")) - {"target"})):
        check = cast("Check", registry().build("check", name))
        found += check.review(data)
        if name == "target" and any(one.level == "error" for one in found):
            break
    del data
    found.sort(key=lambda one: ORDER[one.level])
    errors = [one for one in found if one.level == "error"]
    if errors:
        raise _refused(errors)
    step.fact("task", target.task)
    step.fact("findings", [f"{one.level}: {one.what}" for one in found[:20]])
    review = {
        "target": target.name,
        "task": target.task,
        "classes": target.classes,
        "class_values": target.values,
        "findings": [
            {"check": one.check, "level": one.level, "columns": one.columns, "what": one.what, "next": one.next}
            for one in found
        ],
    }
    step.put("review", json_text(review))
    let_go()


def target_of(path: Path, spec: ProjectSpec, schema: TableSchema) -> Target:
    """The task that fits the target, and its classes in order.

    Raises:
        DeclmlError: E2024 the target cannot be what the spec says.
    """
    import pyarrow.compute as pc

    from declml.engine.steps.dataset import Target, column

    kind = schema.columns[spec.target].type
    if kind in {"date", "datetime"}:
        raise DeclmlError(
            "E2024", f"the target '{spec.target}' is a {kind}", where="target", next="predict a class or a number"
        )
    number = kind in {"int", "float"}
    if spec.task == "regression" and not number:
        raise DeclmlError(
            "E2024", f"the target '{spec.target}' is {kind}, not a number", where="task", next="task: classification"
        )
    if spec.task == "regression" or (spec.task == "auto" and kind == "float"):
        return Target(spec.target, "regression")
    values = sorted(pc.unique(column(path, spec.target)).drop_null().to_pylist())
    if spec.task == "auto" and number and len(values) > FEW_CLASSES:
        return Target(spec.target, "regression")
    if len(values) > MOST_CLASSES:
        raise DeclmlError("E2024", f"the target '{spec.target}' has {len(values)} classes, more than {MOST_CLASSES}", where="target",
                          next="task: regression" if number else "choose a target with fewer classes")  # fmt: skip
    return Target(spec.target, "classification", tuple(_word(value) for value in values), tuple(values))


def _word(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)


def _data(step: StepContext, target: Target, features: tuple[str, ...]) -> DataReview:
    from declml.plugin.kinds.check import DataReview

    spec = step.spec
    roles = [spec.target, *([spec.key] if spec.key else []), *([spec.time] if spec.time else [])]
    rows = _table(step.path("dataset"), [*roles, *features])
    return DataReview(rows, spec.target, features, spec.key, spec.time, target.task, how_split(spec))


def _table(path: Path, columns: list[str]) -> pa.Table:
    import pyarrow as pa

    from declml.engine.steps.dataset import row_groups

    return pa.concat_tables(row_groups(path, columns))


def how_split(spec: ProjectSpec) -> str:
    """`auto` resolved: time when there is a time column, group when there is a group, else random."""
    from declml.spec.encoding import group_of

    how = spec.split.by.partition(":")[0]
    if how == "auto":
        return "time" if spec.time else "group" if group_of(spec) else "random"
    return how


def _refused(errors: list[Finding]) -> DeclmlError:
    first = errors[0]
    more = "; ".join(one.what for one in errors[1:4])
    where = f"column {', '.join(first.columns)}" if first.columns else ""
    return DeclmlError("E2030", first.what, where=where, why=f"also: {more}" if more else "", next=first.next)


def _reads(spec: ProjectSpec) -> Any:
    return {"roles": canonical.roles_part(spec), "split": how_split(spec)}


def _checks(_spec: ProjectSpec, _base: Path, _digests: FileDigests, _inputs: Mapping[str, str]) -> Any:
    """The checks at hand: a plugin that brings one is a reason to look again."""
    from declml.plugin.registry import registry

    return {f"check {name}": registry().find("check", name).revision for name in registry().names("check")}


REVIEW = Step("review", run, inputs=("schema", "dataset"), outputs=("review",), reads=_reads, outside=_checks)
