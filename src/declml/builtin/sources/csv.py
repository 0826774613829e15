"""Text with one row a line and a separator between the cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict

from declml.api import DeclmlError
from declml.builtin.sources.files import BLOCK, FileSource, check_names, empty, header_only, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}


class Csv(FileSource):
    """Comma-separated text, compressed when the name ends in .gz, .bz2 or .zst.

    Every column is text; an empty cell is null, and so are the words of `nulls`. Without a header, columns are named
    column_1, column_2 and so on, unless `columns` names them. `quote: ""` reads quotes as ordinary characters.
    """

    type: Literal["csv"] = "csv"
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    header: bool = True
    quote: Annotated[str, Field(max_length=1)] = '"'
    columns: Annotated[tuple[str, ...], Strict(False)] = ()
    nulls: Annotated[tuple[str, ...], Strict(False)] = ()

    def read(self, file: Path, origin: str) -> Iterator[pa.RecordBatch]:
        """The rows of one file as text."""
        import pyarrow as pa
        from pyarrow import csv

        if not file.stat().st_size:
            raise empty(origin)
        compression = COMPRESSIONS.get(file.suffix.lower())
        rows = 0
        with pa.input_stream(str(file), compression=compression) as stream:
            try:
                reader = csv.open_csv(stream, **self._options())
                check_names(_names(reader.schema, origin), origin)
                for batch in reader:
                    yield texts_of(batch, origin, rows)
                    rows += batch.num_rows
            except pa.ArrowInvalid as error:
                raise self._explained(str(error), origin, rows) from error

    def _options(self) -> dict[str, Any]:
        import pyarrow as pa
        from pyarrow import csv

        return {
            "read_options": csv.ReadOptions(
                use_threads=False,
                block_size=BLOCK,
                column_names=list(self.columns) or None,
                skip_rows=1 if self.columns and self.header else 0,
                autogenerate_column_names=not self.header and not self.columns,
            ),
            "parse_options": csv.ParseOptions(
                delimiter=self.separator,
                quote_char=self.quote or False,
                newlines_in_values=bool(self.quote),
            ),
            "convert_options": csv.ConvertOptions(
                check_utf8=False,
                default_column_type=pa.binary(),
                null_values=["", *self.nulls],
                strings_can_be_null=True,
            ),
        }

    def _explained(self, text: str, origin: str, rows: int) -> DeclmlError:
        if "Empty CSV file" in text:
            return header_only(origin) if self.header else empty(origin)
        ragged = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns?, got (\d+)", text)
        if ragged:
            line = int(ragged[1]) if ragged[1] else 0
            row = line - (1 if self.header else 0) if line else rows + 1
            return DeclmlError(
                "E2008", f"row {row} of {origin} has {ragged[3]} cells, the others have {ragged[2]}",
                where=f"{origin}, line {line}" if line else origin,
                next="quote cells that hold the separator, or set `separator` or `quote` of the source",
            )  # fmt: skip
        if "straddling" in text:
            return DeclmlError(
                "E2008", f"a row of {origin} after row {rows} is longer than {BLOCK >> 20} MiB", where=origin,
                why="most likely a quote is opened and never closed", next='close the quote, or set `quote: ""` when quotes are text',
            )  # fmt: skip
        return DeclmlError(
            "E2002", f"{origin} cannot be read after row {rows}", where=origin, why=text.splitlines()[0][:300]
        )


def _names(schema: pa.Schema, origin: str) -> list[str]:
    try:
        names: list[str] = schema.names
    except UnicodeDecodeError as error:
        raise DeclmlError(
            "E2007", f"the header of {origin} is not valid UTF-8", where=origin, next="save the file as UTF-8"
        ) from error
    return names
