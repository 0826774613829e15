"""Data sets and quarantines as Parquet: zstd, with a checksum for every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from declml.spec.casting import arrow_type

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import polars as pl
    import pyarrow as pa

    from declml.engine.steps.rules import Broken
    from declml.spec.schema import TableSchema

GROUP_ROWS = 1 << 16
"""Rows of a row group, about: what is held in memory while writing and reading."""


class _Writer:
    """A Parquet file that grows by whole row groups."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path, self._schema = path, schema
        self._waiting: list[pa.Table] = []

    def __enter__(self) -> Self:
        import pyarrow.parquet as pq

        self._file: Any = pq.ParquetWriter(self._path, self._schema, compression="zstd", write_page_checksum=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._file.close()

    def _add(self, rows: pa.Table) -> None:
        self._waiting.append(rows.cast(self._schema))
        if sum(table.num_rows for table in self._waiting) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._file.write_table(pa.concat_tables(self._waiting), row_group_size=GROUP_ROWS)
            self._waiting = []


class DatasetWriter(_Writer):
    """The rows that keep the rules."""

    def __init__(self, path: Path, schema: TableSchema) -> None:
        import pyarrow as pa

        super().__init__(path, pa.schema([(name, arrow_type(column.type)) for name, column in schema.columns.items()]))

    def write(self, rows: pl.DataFrame) -> None:
        """Add typed rows."""
        if rows.height:
            self._add(rows.to_arrow())


class QuarantineWriter(_Writer):
    """The cells that break a rule: origin, row (1-based), column, rule, value as read."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        text = pa.string()
        fields = [("origin", text), ("row", pa.int64()), ("column", text), ("rule", text), ("value", text)]
        super().__init__(path, pa.schema(fields))

    def write(self, broken: Iterable[Broken], origin: str, first: int) -> None:
        """Add the cells of a batch that starts at row `first` (0-based) of `origin`."""
        import pyarrow as pa

        for one in broken:
            n = len(one.rows)
            columns = {
                "origin": [origin] * n,
                "row": [first + row + 1 for row in one.rows],
                "column": [one.column] * n,
                "rule": [one.rule] * n,
                "value": one.values,
            }
            self._add(pa.table(columns, schema=self._schema))
