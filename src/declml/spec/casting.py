"""Cells as read from a source, turned into the type of their column.

A cell that cannot be turned becomes null and is reported, never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from declml.spec.schema import Column, ColumnType

OFFSET = r"(Z|z|[+-]\d{2}:?\d{2})$"
MOMENTS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def cast(cells: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    """The cells in the type of `column`, and a mask [n] of those that could not be turned.

    Types: int Int64, float Float64, bool Boolean, category and text String, date Date, datetime Datetime[us] in UTC.
    """
    import polars as pl

    cells = cells.fill_nan(None) if cells.dtype.is_float() else cells
    turned = pl.select(_turn(cells, column.type, column.format)).to_series().alias(cells.name)
    return turned, turned.is_null() & cells.is_not_null()


def arrow_type(kind: ColumnType) -> pa.DataType:
    """The Arrow type in which the data set keeps a column."""
    import pyarrow as pa

    types = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "category": pa.string(),
        "text": pa.string(),
        "date": pa.date32(),
        "datetime": pa.timestamp("us"),
    }
    return types[kind]


def _turn(cells: pl.Series, kind: ColumnType, form: str | None) -> pl.Expr:
    import polars as pl

    value = pl.lit(cells)
    is_text = cells.dtype == pl.String
    if is_text:
        value = value.str.strip_chars()
    if kind in {"category", "text"}:
        return pl.lit(cells) if is_text else _written(cells)
    if kind == "float":
        number = value.cast(pl.Float64, strict=False)
        return pl.when(number.is_nan()).then(None).otherwise(number)
    if kind == "int":
        return _whole(value, cells.dtype)
    if kind == "bool":
        return _truth(value, cells.dtype)
    moment = _moment(value, form) if is_text else value.cast(pl.Datetime("us"), strict=False)
    if not is_text and isinstance(cells.dtype, pl.Datetime) and cells.dtype.time_zone:
        moment = value.dt.convert_time_zone("UTC").dt.replace_time_zone(None).cast(pl.Datetime("us"))
    return moment.cast(pl.Date) if kind == "date" else moment


def _written(cells: pl.Series) -> pl.Expr:
    """Numbers and truth values as a person would write them: 7, not 7.0; true, not True."""
    import polars as pl

    value = pl.lit(cells)
    if cells.dtype.is_float():
        whole = value.cast(pl.Int64, strict=False)
        return pl.when(whole.cast(pl.Float64) == value).then(whole.cast(pl.String)).otherwise(value.cast(pl.String))
    return value.cast(pl.String, strict=False)


def _whole(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    import polars as pl

    if dtype.is_integer() or dtype == pl.Boolean:
        return value.cast(pl.Int64, strict=False)
    number = value.cast(pl.Float64, strict=False)
    exact = pl.when((number == number.floor()) & (number.abs() < 2.0**53)).then(number).otherwise(None)
    rounded = exact.cast(pl.Int64, strict=False)
    return pl.coalesce(value.cast(pl.Int64, strict=False), rounded) if dtype == pl.String else rounded


def _truth(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    import polars as pl

    if dtype == pl.Boolean:
        return value
    if dtype.is_numeric():
        return pl.when(value == 0).then(False).when(value == 1).then(True).otherwise(None)
    word = value.str.to_lowercase()
    yes, no = ["true", "t", "yes", "y", "1"], ["false", "f", "no", "n", "0"]
    return pl.when(word.is_in(yes)).then(True).when(word.is_in(no)).then(False).otherwise(None)


def _moment(value: pl.Expr, form: str | None) -> pl.Expr:
    """ISO 8601 to the microsecond; an offset is applied, so that the answer is in UTC."""
    import polars as pl

    if form:
        return value.str.to_datetime(form, strict=False, time_unit="us")
    offset = value.str.extract(OFFSET)
    plain = value.str.replace(OFFSET, "").str.replace("T", " ", literal=True)
    read = pl.coalesce(plain.str.to_datetime(known, strict=False, time_unit="us") for known in MOMENTS)
    digits = offset.str.replace(":", "", literal=True)
    minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(3, 2).cast(
        pl.Int64, strict=False
    )
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    return read - pl.duration(minutes=(sign * minutes).fill_null(0))
