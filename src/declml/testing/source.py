"""What every source must keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from declml.core.errors import DeclmlError
from declml.plugin.kinds.source import FileDigests

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from declml.plugin.kinds.source import Source, SourceBatch

ROWS = 5000


class SourceSuite:
    """Conformance of a source. A guest's test says how to make one.

        from declml.testing.source import SourceSuite
        class TestAvro(SourceSuite):
            def make(self, folder, rows): ...write rows below folder...; return Avro(path="rows.avro")

    typed: whether columns keep their types; otherwise every column is text.
    """

    typed: bool = False

    def make(self, folder: Path, rows: pa.Table) -> Source:
        """Write `rows` below `folder` and return the source that reads them there."""
        raise NotImplementedError

    def test_every_row_comes_once_in_order(self, tmp_path: Path) -> None:
        """Values, null and text of many scripts survive; rows are counted from 0 in each origin."""
        import pyarrow as pa

        table = example()
        batches = list(self.make(tmp_path, table).batches(tmp_path))
        read = pa.Table.from_batches([batch.rows for batch in batches])
        assert sorted(read.schema.names) == sorted(table.schema.names)
        assert read["id"].cast(pa.int64()).to_pylist() == list(range(ROWS))
        assert read["word"].to_pylist() == table["word"].to_pylist()
        assert [x and float(x) for x in read["x"].to_pylist()] == table["x"].to_pylist()
        counted = 0
        for batch in batches:
            assert batch.first == counted
            counted += batch.rows.num_rows
        if not self.typed:
            assert {str(kind) for kind in read.schema.types} == {"string"}

    def test_reading_twice_gives_the_same(self, tmp_path: Path) -> None:
        """The same batches in the same order."""
        source = self.make(tmp_path, example())

        def told(batches: list[SourceBatch]) -> list[object]:
            return [(batch.rows.to_pydict(), batch.origin, batch.first) for batch in batches]

        assert told(list(source.batches(tmp_path))) == told(list(source.batches(tmp_path)))

    def test_the_fingerprint_follows_the_content(self, tmp_path: Path) -> None:
        """Equal content, equal digests; one cell changed, another digest."""
        source = self.make(tmp_path, example())
        before = source.fingerprint(tmp_path, FileDigests())
        assert before
        assert source.fingerprint(tmp_path, FileDigests()) == before
        changed = self.make(tmp_path, example(7)).fingerprint(tmp_path, FileDigests())
        assert changed != before

    def test_nothing_there_is_an_error_of_the_data(self, tmp_path: Path) -> None:
        """An E2 code with a next step, from both methods, before any row."""
        made, empty = tmp_path / "made", tmp_path / "empty"
        made.mkdir()
        empty.mkdir()
        source = self.make(made, example())
        for call in (lambda: list(source.batches(empty)), lambda: source.fingerprint(empty, FileDigests())):
            with pytest.raises(DeclmlError, match=r"error\[E2") as caught:
                call()
            assert caught.value.next


def example(start: int = 0) -> pa.Table:
    """Whole numbers, numbers with null, and words with quotes, separators, line ends and other scripts."""
    import pyarrow as pa

    words = ["plain", 'a "quoted" one', "comma, semicolon; tab\t", "two\nlines", "Zürich 東京", None, "-"]
    return pa.table(
        {
            "id": pa.array(range(ROWS), pa.int64()),
            "x": pa.array([None if i % 11 == 0 else (i + start) / 4 for i in range(ROWS)], pa.float64()),
            "word": pa.array([words[i % len(words)] for i in range(ROWS)], pa.string()),
        }
    )
