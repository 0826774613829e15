"""The rules of a schema on batches of rows: types by casting, the others by pandera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.core.suggest import suggestion
from declml.spec.casting import cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl
    import pyarrow as pa

    from declml.spec.schema import Column, TableSchema

WIDEST = 3.4028234663852886e38
"""The largest float32: a model sees numbers in that precision."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The cells of one column that break one rule: rows (0-based in the batch) and the cells as they were read."""

    column: str
    rule: str
    rows: list[int]
    values: list[str | None]


class Rules:
    """Applies a schema to one batch after the other."""

    def __init__(self, schema: TableSchema) -> None:
        self._schema = schema
        self._checks = _compiled(schema)
        self._seen = {name: set[int]() for name, column in schema.columns.items() if column.unique}

    def apply(self, rows: pa.RecordBatch, origin: str) -> tuple[pl.DataFrame, list[Broken]]:
        """The rows that keep every rule, typed, and the cells that break one.

        Raises:
            DeclmlError: E2021 the batch lacks a column of the schema.
        """
        import polars as pl

        raw = pl.DataFrame(rows)
        broken, columns = [], []
        for name, column in self._schema.columns.items():
            if name not in raw.columns:
                next_ = f"{suggestion(name, raw.columns)}; or take '{name}' out of the schema file"
                raise DeclmlError(
                    "E2021", f"{origin} has no column '{name}', which the schema names", where=origin, next=next_
                )
            turned, wrong = cast(raw[name], column)
            columns.append(turned.alias(name))
            if wrong.any():
                broken.append(_broken(name, column.type, wrong.arg_true().to_list(), raw))
        typed = pl.DataFrame(columns)
        already = {(one.column, row) for one in broken for row in one.rows}
        broken += self._judged(typed, raw, already)
        for name, seen in self._seen.items():
            broken += _again(typed[name], seen, raw)
        bad = {row for one in broken for row in one.rows}
        if not bad:
            return typed, []
        keep = pl.Series([True]).new_from_index(0, typed.height).scatter(sorted(bad), False)
        return typed.filter(keep), broken

    def _judged(self, typed: pl.DataFrame, raw: pl.DataFrame, already: set[tuple[str, int]]) -> list[Broken]:
        from pandera.errors import SchemaErrors

        try:
            self._checks.validate(typed, lazy=True)
        except SchemaErrors as errors:
            cases = errors.failure_cases.select("column", "check", "index")
            found: dict[tuple[str, str], list[int]] = {}
            for name, check, row in cases.sort("column", "check", "index").iter_rows():
                if (name, row) not in already:
                    found.setdefault((name, "not null" if check == "not_nullable" else check), []).append(row)
            return [_broken(name, rule, rows, raw) for (name, rule), rows in found.items()]
        return []


def _broken(name: str, rule: str, rows: list[int], raw: pl.DataFrame) -> Broken:
    cells: Iterable[Any] = raw[name].gather(rows).to_list()
    return Broken(name, rule, rows, [None if cell is None else str(cell) for cell in cells])


def _again(column: pl.Series, seen: set[int], raw: pl.DataFrame) -> list[Broken]:
    """Values that an earlier row has."""
    rows = []
    for row, (value, mark) in enumerate(zip(column.is_not_null(), column.hash(seed=0), strict=True)):
        if value and mark in seen:
            rows.append(row)
        elif value:
            seen.add(mark)
    return [_broken(column.name, "unique", rows, raw)] if rows else []


def _compiled(schema: TableSchema) -> Any:
    """The schema for pandera. Its names of checks are what quarantine calls the rules."""
    import pandera.polars as pandera

    columns = {
        name: pandera.Column(_dtype(column), _checks(column), nullable=column.nullable)
        for name, column in schema.columns.items()
    }
    return pandera.DataFrameSchema(columns)


def _checks(column: Column) -> list[Any]:
    import pandera.polars as pandera
    import polars as pl

    def within_float32(data: Any) -> Any:
        return data.lazyframe.select(pl.col(data.key).abs() <= WIDEST)

    found = []
    if column.type == "float":
        found.append(pandera.Check(within_float32, name="finite"))
    if column.min is not None:
        found.append(pandera.Check.ge(column.min, error=f"at least {column.min:g}"))
    if column.max is not None:
        found.append(pandera.Check.le(column.max, error=f"at most {column.max:g}"))
    if column.type == "category" and column.other == "refuse":
        found.append(pandera.Check.isin(list(column.values), error="one of the values"))
    return found


def _dtype(column: Column) -> Any:
    import polars as pl

    types: dict[str, Any] = {"int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean, "date": pl.Date}
    return pl.Datetime("us") if column.type == "datetime" else types.get(column.type, pl.String)
