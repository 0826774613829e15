"""From rows to the matrix a model sees: the same in training, serving and monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.core.errors import DeclmlError, SpecError
from declml.core.suggest import suggestion
from declml.plugin.kinds.framework import Feature
from declml.spec.schema import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from declml.spec.root import ProjectSpec
    from declml.spec.schema import TableSchema

NUMBERS = frozenset({"int", "float", "bool"})


def features_of(spec: ProjectSpec, schema: TableSchema) -> tuple[Feature, ...]:
    """The columns that are features, in the order of the schema.

    Never features: target, key, time, the weight and group columns, protected and pii columns, dropped ones, and
    columns of type text, date and datetime.

    Raises:
        SpecError: E2024 no column is left, or a column has an `as` that this version cannot follow.
    """
    kept_out = roles(spec)
    found = []
    for name, column in schema.columns.items():
        if name in kept_out:
            continue
        wanted = spec.features.columns[name].as_ if name in spec.features.columns else ""
        if wanted in {"text", "image"}:
            raise SpecError(
                "E2024", f"column '{name}' as {wanted} is not in this version", where=f"features.columns.{name}",
                next=f"features: {{drop: [{name}]}}",
            )  # fmt: skip
        if (wanted == "category" and column.type in NUMBERS) or (wanted == "number" and column.type == "category"):
            raise SpecError(
                "E2024", f"column '{name}' is {column.type} in the schema, and features.columns wants it as {wanted}",
                where=f"features.columns.{name}", next="change its type in the schema file, or delete that file to infer it again",
            )  # fmt: skip
        if column.type in NUMBERS:
            found.append(Feature(name))
        elif column.type == "category":
            if not column.values:
                raise SpecError(
                    "E2024", f"category '{name}' has no values in the schema", where=f"schema column {name}",
                    next="list its `values`, or make it text",
                )  # fmt: skip
            found.append(Feature(name, tuple(column.values)))
    if not found:
        raise SpecError(
            "E2024",
            "no column is left as a feature",
            next="check target, key, time, features.drop and the types in the schema",
        )
    return tuple(found)


def roles(spec: ProjectSpec) -> dict[str, str]:
    """The columns that have another role than feature, and where the spec says so."""
    named: dict[str, str] = {}
    for column in spec.features.drop:
        named[column] = "features.drop"
    for column in spec.data.protected:
        named[column] = "data.protected"
    for column in spec.data.pii:
        named[column] = "data.pii"
    if spec.data.weight not in {"auto", "balanced", "none"}:
        named[spec.data.weight] = "data.weight"
    group = group_of(spec)
    named |= {group: "split.group"} if group else {}
    named |= {spec.time: "time"} if spec.time else {}
    named |= {spec.key: "key"} if spec.key else {}
    return named | {spec.target: "target"}


def group_of(spec: ProjectSpec) -> str | None:
    """The column whose equal values stay on one side of the split."""
    prefix, _, column = spec.split.by.partition(":")
    return column if prefix == "group" and column else spec.split.group


def encode(table: pa.Table, features: Sequence[Feature]) -> npt.NDArray[np.float32]:
    """The matrix X float32 [n, p], one column a feature: numbers, or codes of categories; NaN is null.

    Columns may also hold text that spells the values, as text sources give them. A category that is not known has
    the code len(categories). Numbers beyond float32 become infinite.

    Raises:
        DeclmlError: E2021 a column is missing; E2024 a cell of a number is not one.
    """
    import numpy as np

    X = np.empty((table.num_rows, len(features)), np.float32)
    for place, feature in enumerate(features):
        if feature.name not in table.schema.names:
            raise DeclmlError(
                "E2021", f"column '{feature.name}' is missing", next=suggestion(feature.name, table.schema.names)
            )
        fill = _codes if feature.is_category else _numbers
        at = 0
        for chunk in table[feature.name].chunks:
            fill(chunk, feature, X[at : at + len(chunk), place])
            at += len(chunk)
    return X


def _numbers(chunk: pa.Array, feature: Feature, out: npt.NDArray[np.float32]) -> None:
    import numpy as np
    import pyarrow as pa

    if not len(chunk):
        return
    if pa.types.is_floating(chunk.type) or pa.types.is_integer(chunk.type):
        with np.errstate(over="ignore"):
            out[:] = chunk.to_numpy(zero_copy_only=False)
        return
    if pa.types.is_null(chunk.type):
        out[:] = np.nan
        return
    import polars as pl

    from declml.spec.casting import cast

    cells = pl.Series(feature.name, pl.from_arrow(chunk))
    values, bad = cast(cells, Column(type="float"))
    if bad.any():
        truth, untrue = cast(cells.filter(bad), Column(type="bool"))
        if untrue.any():
            row = int(bad.arg_max() or 0)
            raise DeclmlError(
                "E2024", f"'{feature.name}' holds a cell that is not a number, in {int(untrue.sum())} rows", where=f"column {feature.name}",
                why=f"the first is at row {row + 1} of its block", next="declare such words as `nulls` of the source, or correct the rows",
            )  # fmt: skip
        values = values.scatter(bad.arg_true(), truth.cast(pl.Float64))
    with np.errstate(over="ignore"):
        out[:] = values.to_numpy()


def _codes(chunk: pa.Array, feature: Feature, out: npt.NDArray[np.float32]) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(chunk):
        return
    if not pa.types.is_string(chunk.type):
        chunk = _as_text(chunk)
    found = pc.index_in(chunk, value_set=pa.array(feature.categories, pa.string()))
    codes = found.fill_null(len(feature.categories)).to_numpy(zero_copy_only=False).astype(np.float32)
    if chunk.null_count:
        codes[chunk.is_null().to_numpy(zero_copy_only=False)] = np.nan
    out[:] = codes


def _as_text(chunk: pa.Array) -> pa.Array:
    import polars as pl

    from declml.spec.casting import arrow_type, cast

    text, _ = cast(pl.Series("", pl.from_arrow(chunk)), Column(type="category"))
    return text.to_arrow().cast(arrow_type("category"))
