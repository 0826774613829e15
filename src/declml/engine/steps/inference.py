"""What one column is, from all of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from declml.spec.schema import Column

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from declml.spec.schema import ColumnType

NEARLY_ALL = 0.999
"""A column is of a type when this share of its cells is; the others are set aside at ingest."""
FEW = 50
"""A column of text with so few values is a category, whatever the number of rows."""
SHARE = 0.05
"""A column of text is a category when its values are fewer than this share of its cells ..."""
MOST = 1000
"""... and no more than this."""
LONGEST = 100
"""Longer cells are text."""
ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|z|[+-]\d{2}:?\d{2})?)?$"
CODE = r"^[+-]?0\d"


class ColumnScan:
    """Counts what the cells of a column could be. Memory is bounded: at most a few thousand values are kept."""

    def __init__(self, name: str, kind: pa.DataType) -> None:
        self.name, self._kind = name, kind
        self.rows = self.nulls = self.numbers = self.whole = self.codes = self.words = self.dates = self.moments = 0
        self.longest = 0
        self.low, self.high = float("inf"), float("-inf")
        self.values: set[str] | None = set()

    def add(self, cells: pa.Array) -> None:
        """Count the cells of one batch."""
        import polars as pl

        self.rows += len(cells)
        column = pl.Series(self.name, pl.from_arrow(cells))
        column = (column.fill_nan(None) if column.dtype.is_float() else column).drop_nulls()
        self.nulls += len(cells) - len(column)
        if not len(column) or column.dtype.is_temporal():
            return
        if column.dtype.is_numeric() or column.dtype == pl.Boolean:
            self._add_numbers(column)
        elif column.dtype == pl.String:
            self._add_values(column)
            self._add_text(column.str.strip_chars())

    def _add_text(self, column: pl.Series) -> None:
        import polars as pl

        numbers = column.cast(pl.Float64, strict=False)
        finite = numbers.is_finite().fill_null(False)
        if finite.any():
            self._add_range(numbers.filter(finite))
            if (found := column.filter(finite).str.contains(CODE)).any():
                self.codes += int(found.sum())
        left = column.filter(~finite)
        if len(left):
            self.words += int(left.str.to_lowercase().is_in(["true", "false"]).sum())
            dated = left.filter(left.str.contains(ISO))
            self.dates += len(dated)
            self.moments += int((dated.str.len_chars() > 10).sum())
        self.longest = max(self.longest, int(column.str.len_chars().max() or 0))  # type: ignore[arg-type] # a length is an int

    def _add_numbers(self, column: pl.Series) -> None:
        import polars as pl

        if self.values is not None and not column.dtype.is_float():
            self._add_values(column.cast(pl.String))
        numbers = column.cast(pl.Float64)
        self._add_range(numbers.filter(numbers.is_finite()))

    def _add_range(self, numbers: pl.Series) -> None:
        if not len(numbers):
            return
        self.numbers += len(numbers)
        self.whole += int((numbers == numbers.floor()).sum())
        self.low = min(self.low, float(numbers.min()))  # type: ignore[arg-type] # numbers
        self.high = max(self.high, float(numbers.max()))  # type: ignore[arg-type]

    def _add_values(self, column: pl.Series) -> None:
        if self.values is None:
            return
        self.values.update(column.unique().to_list())
        if len(self.values) > 10 * MOST:
            self.values = None

    @property
    def present(self) -> int:
        """Cells that are not null."""
        return self.rows - self.nulls

    def column(self, wanted: str, *, is_target: bool) -> Column:
        """The column. `wanted`: number or category, when the spec says so."""
        kind = self._type(wanted, is_target=is_target)
        values = tuple(sorted(self.values or ())) if kind == "category" else ()
        return Column(type=kind, nullable=self.nulls > 0, values=values)

    def _type(self, wanted: str, *, is_target: bool) -> ColumnType:
        import pyarrow.types as kinds

        few = self.values is not None and 0 < len(self.values) <= 10 * MOST
        if kinds.is_temporal(self._kind):
            return "date" if kinds.is_date(self._kind) else "datetime"
        if wanted == "category" and few:
            return "category"
        if wanted == "number" and self.numbers:
            return self._number()
        return self._seen() or ("category" if few and (is_target or self._is_category()) else "text")

    def _seen(self) -> ColumnType | None:
        """The type of nearly all cells, if there is one."""
        import pyarrow.types as kinds

        if not self.present:
            return None
        enough = NEARLY_ALL * self.present
        if self.numbers >= enough and self.codes <= self.present - enough and not kinds.is_boolean(self._kind):
            return self._number()
        if self.words >= enough or kinds.is_boolean(self._kind):
            return "bool"
        return ("datetime" if self.moments else "date") if self.dates >= enough else None

    def _number(self) -> Literal["int", "float"]:
        import pyarrow.types as kinds

        typed_float = kinds.is_floating(self._kind) or kinds.is_decimal(self._kind)
        return (
            "int"
            if self.whole == self.numbers and not typed_float and max(abs(self.low), abs(self.high)) < 2**63
            else "float"
        )

    def _is_category(self) -> bool:
        values = len(self.values or ())
        return self.longest <= LONGEST and (values <= FEW or values < min(SHARE * self.present, MOST + 1))

    def said(self, column: Column) -> str:
        """What was seen, for the reader of the schema file."""
        if not self.present:
            return f"null in all {self.rows:,} rows"
        parts = [f"{self.nulls / self.rows:.2%} null"] if self.nulls else ["no nulls"]
        if column.type in {"int", "float"}:
            parts.append(f"{self.low:g} to {self.high:g}")
        if self.values is not None and self.values:
            parts.append(f"{len(self.values):,} distinct")
        odd = self._odd(column)
        parts += [f"{odd:,} cells are not {column.type}: their rows are set aside"] if odd else []
        return ", ".join(parts)

    def _odd(self, column: Column) -> int:
        import pyarrow.types as kinds

        if not kinds.is_string(self._kind):
            return 0
        fitting = {
            "int": self.whole,
            "float": self.numbers,
            "bool": self.words,
            "date": self.dates,
            "datetime": self.dates,
        }
        return self.present - fitting.get(column.type, self.present)
