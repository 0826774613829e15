"""Step `schema`: what the columns are, from one pass over all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.core.suggest import suggestion
from declml.engine.step import Step, StepContext
from declml.spec import canonical
from declml.spec.encoding import roles
from declml.spec.schema import TableSchema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from declml.plugin.kinds.source import FileDigests
    from declml.spec.root import ProjectSpec


def run(step: StepContext) -> None:
    """Infer the schema and say in a few words what was seen of each column."""
    from declml.engine.steps.inference import ColumnScan

    scans: dict[str, ColumnScan] = {}
    rows = 0
    for batch in step.spec.data.train.batches(step.base):
        if not scans:
            scans = {
                name: ColumnScan(name, kind)
                for name, kind in zip(batch.rows.schema.names, batch.rows.schema.types, strict=True)
            }
            check_columns(step.spec, list(scans))
        for name, scan in scans.items():
            scan.add(batch.rows.column(name))
        rows += batch.rows.num_rows
        step.say(f"{rows:,} rows read")
    wanted = {name: one.as_ for name, one in step.spec.features.columns.items()}
    found = {
        name: scan.column(wanted.get(name, ""), is_target=name == step.spec.target) for name, scan in scans.items()
    }
    step.fact("rows", rows)
    step.fact("columns", {name: scan.said(found[name]) for name, scan in scans.items()})
    step.put("schema", TableSchema(columns=found).to_bytes())


def check_columns(spec: ProjectSpec, names: list[str]) -> None:
    """Every column that the spec gives a role is in the data.

    Raises:
        DeclmlError: E2021, with the nearest name.
    """
    asked = roles(spec) | {name: f"features.columns.{name}" for name in spec.features.columns}
    for name, key in asked.items():
        if name not in names:
            raise DeclmlError(
                "E2021",
                f"the data has no column '{name}', which `{key}` names",
                where=key,
                next=suggestion(name, names),
            )


def given(spec: ProjectSpec, base: Path) -> bytes | None:
    """The schema written in the spec, or in the file beside it."""
    from declml.spec.schema_file import read, schema_path

    if isinstance(spec.schema_, TableSchema):
        return spec.schema_.to_bytes()
    path = schema_path(spec, base)
    return read(path).to_bytes() if path.is_file() else None


def sources(spec: ProjectSpec, base: Path, digests: FileDigests, _inputs: Mapping[str, str]) -> Any:
    """Digests of the source files."""
    return spec.data.train.fingerprint(base, digests)


def _reads(spec: ProjectSpec) -> Any:
    columns = {name: one.as_ for name, one in spec.features.columns.items()}
    return {"source": canonical.source_part(spec), "target": spec.target, "columns": columns}


SCHEMA = Step(
    "schema", run, outputs=("schema",), reads=_reads, outside=sources, given=given, cost="one pass over the rows"
)
