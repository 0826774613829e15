"""Apache Parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from declml.api import DeclmlError
from declml.builtin.sources.files import CELLS, FileSource, check_names, empty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa


class Parquet(FileSource):
    """Parquet files. Columns keep their types; page checksums are verified where the file has them."""

    type: Literal["parquet"] = "parquet"

    def read(self, file: Path, origin: str) -> Iterator[pa.RecordBatch]:
        """The rows of one file in bounded pieces."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not file.stat().st_size:
            raise empty(origin)
        row = 0
        try:
            with pq.ParquetFile(file, page_checksum_verification=True, buffer_size=1 << 16) as content:
                names = content.schema_arrow.names
                check_names(names, origin)
                size = max(256, min(1 << 16, CELLS // max(len(names), 1)))
                for group in range(content.num_row_groups):
                    for batch in content.iter_batches(size, row_groups=[group], use_threads=False):
                        yield _plain(batch)
                        row += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise DeclmlError(
                "E2009", f"{origin} is damaged after row {row}" if row else f"{origin} is not a whole Parquet file",
                where=f"{origin}, row {row + 1}" if row else origin, why=str(error).splitlines()[0][:300],
                next="write or copy the file again",
            ) from error  # fmt: skip


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Without dictionaries and large offsets: what other sources give."""
    import pyarrow as pa

    columns = []
    for column in batch.columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.dictionary_decode(), kind.value_type  # noqa: PLW2901 - the same column, plainer
        if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            column = column.cast(pa.string())  # noqa: PLW2901
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
