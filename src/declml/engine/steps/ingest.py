"""Step `ingest`: the rows of the sources in the types of the schema; rows that break a rule are set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from declml.core.digest import canonical as json_text
from declml.core.errors import DeclmlError
from declml.engine.step import Step, StepContext
from declml.engine.steps.schema import check_columns, sources
from declml.spec import canonical
from declml.spec.schema import TableSchema

if TYPE_CHECKING:
    import polars as pl

    from declml.engine.steps.rules import Broken
    from declml.spec.root import ProjectSpec

EXAMPLE = 40
"""Characters of a cell that an error shows."""


@dataclass(slots=True)
class _Tally:
    """Rows met and set aside. rules: by column and rule, how many cells and the first place."""

    rows: int = 0
    bad: int = 0
    origins: dict[str, int] = field(default_factory=dict)
    rules: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


def run(step: StepContext) -> None:
    """Cast, check and write every batch; fail when too large a share is bad."""
    from declml.engine.steps.dataset import let_go
    from declml.engine.steps.rules import Rules
    from declml.engine.steps.writing import DatasetWriter, QuarantineWriter

    schema = TableSchema.from_bytes(step.read("schema"))
    check_columns(step.spec, list(schema.columns))
    rules, tally = Rules(schema), _Tally()
    dataset, quarantine = DatasetWriter(step.scratch / "dataset", schema), QuarantineWriter(step.scratch / "quarantine")
    with dataset, quarantine:
        for batch in step.spec.data.train.batches(step.base):
            good, broken = rules.apply(batch.rows, batch.origin)
            dataset.write(good)
            quarantine.write(broken, batch.origin, batch.first)
            _count(tally, batch.rows.num_rows, good, broken, batch.origin, batch.first)
            step.say(f"{tally.rows:,} rows read, {tally.bad:,} set aside")
    share = tally.bad / max(tally.rows, 1)
    report: dict[str, Any] = {
        "rows": tally.rows,
        "kept": tally.rows - tally.bad,
        "set_aside": tally.bad,
        "share": share,
        "origins": tally.origins,
        "rules": [facts for _, facts in sorted(tally.rules.items(), key=lambda item: (-item[1]["cells"], item[0]))],
    }
    if share > schema.max_bad_rows or tally.bad == tally.rows:
        raise _too_many(step.spec, report, schema.max_bad_rows)
    for name in ("rows", "kept", "set_aside"):
        step.fact(name, report[name])
    if tally.bad:
        step.fact("rules", report["rules"][:5])
    step.put("dataset", step.scratch / "dataset")
    step.put("quarantine", step.scratch / "quarantine")
    step.put("ingest_report", json_text(report))
    let_go()


def _count(tally: _Tally, rows: int, good: pl.DataFrame, broken: list[Broken], origin: str, first: int) -> None:
    tally.rows += rows
    tally.bad += rows - good.height
    tally.origins[origin] = tally.origins.get(origin, 0) + rows
    for one in broken:
        entry = tally.rules.setdefault(
            (one.column, one.rule),
            {
                "column": one.column, "rule": one.rule, "cells": 0, "origin": origin,
                "row": first + int(one.rows[0]) + 1, "value": one.values[0],
            },
        )  # fmt: skip
        entry["cells"] += len(one.rows)


def _too_many(spec: ProjectSpec, report: dict[str, Any], allowed: float) -> DeclmlError:
    worst = report["rules"][0]
    hidden = worst["column"] in {*spec.data.pii, *spec.data.protected}
    value = "null" if worst["value"] is None else repr(str(worst["value"])[:EXAMPLE])
    shown = "" if hidden else f", for example {value}"
    return DeclmlError(
        "E2022",
        f"{report['set_aside']:,} of {report['rows']:,} rows ({report['share']:.1%}) break the schema, more than the {allowed:.1%} it allows",
        where=f"{worst['origin']}, row {worst['row']}, column '{worst['column']}'",
        why=f"most often: '{worst['column']}' must be {worst['rule']}, in {worst['cells']:,} cells{shown}",
        next=f"correct the rows, or change the rules or max_bad_rows in {spec.name}.schema.yaml",
    )


def _reads(spec: ProjectSpec) -> Any:
    return {"source": canonical.source_part(spec)}


INGEST = Step(
    "ingest",
    run,
    inputs=("schema",),
    outputs=("dataset", "quarantine", "ingest_report"),
    reads=_reads,
    outside=sources,
    cost="one pass over the rows",
)
