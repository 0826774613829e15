"""Each way a file can be bad ends in one error with a code, the file and, where there is one, the row."""

import gzip
import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from declml.builtin.sources.csv import Csv
from declml.builtin.sources.jsonl import Jsonl
from declml.builtin.sources.parquet import Parquet
from declml.core.errors import DeclmlError


def read(source, base):
    return pa.Table.from_batches([batch.rows for batch in source.batches(base)])


def refused(source, base, code, *words):
    with pytest.raises(DeclmlError) as caught:
        read(source, base)
    error = caught.value
    assert error.code == code, str(error)
    assert error.where
    for word in words:
        assert word in str(error)
    return error


def test_a_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "customers.csv").write_text("a\n1\n")
    for source in (Csv(path="custmers.csv"), Parquet(path="custmers.csv"), Jsonl(path="custmers.csv")):
        refused(source, tmp_path, "E2001", "custmers.csv", "did you mean 'customers.csv'?")


def test_a_pattern_without_files(tmp_path):
    refused(Csv(path="parts/*.csv"), tmp_path, "E2001", "no file matches parts/*.csv", "does not exist")
    (tmp_path / "parts").mkdir()
    refused(Csv(path="parts/*.csv"), tmp_path, "E2001", "has no files")
    refused(Csv(path="parts"), tmp_path, "E2001", "is a folder", "parts/*.csv")


def test_an_empty_file(tmp_path):
    for source in (Csv(path="x"), Parquet(path="x"), Jsonl(path="x")):
        (tmp_path / "x").write_bytes(b"")
        refused(source, tmp_path, "E2003", "x is empty")
    with gzip.open(tmp_path / "x.csv.gz", "wb"):
        pass
    refused(Csv(path="x.csv.gz"), tmp_path, "E2004")


def test_a_header_only(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n")
    refused(Csv(path="x.csv"), tmp_path, "E2004", "x.csv has no rows")
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "x.parquet")
    refused(Parquet(path="x.parquet"), tmp_path, "E2004", "x.parquet has no rows")


def test_invalid_utf8_names_the_row(tmp_path):
    rows = [b"a,b"] + [b"x,y"] * 200_000 + [b"x,\xff\xfe"] + [b"x,y"]
    (tmp_path / "x.csv").write_bytes(b"\n".join(rows))
    refused(Csv(path="x.csv"), tmp_path, "E2007", "row 200001 of x.csv", "column 'b'")
    (tmp_path / "h.csv").write_bytes(b"a,\xff\n1,2\n")
    refused(Csv(path="h.csv"), tmp_path, "E2007", "header")
    (tmp_path / "x.jsonl").write_bytes(b'{"a": 1}\n{"a": "\xff"}\n')
    refused(Jsonl(path="x.jsonl"), tmp_path, "E2007", "line 2 of x.jsonl")


def test_a_truncated_parquet(tmp_path):
    table = pa.table({"a": list(range(100_000))})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=10_000)
    whole = (tmp_path / "x.parquet").read_bytes()
    (tmp_path / "x.parquet").write_bytes(whole[: len(whole) // 2])
    refused(Parquet(path="x.parquet"), tmp_path, "E2009", "not a whole Parquet file")


def test_a_flipped_bit_in_a_page_with_checksums(tmp_path):
    pq.write_table(
        pa.table({"a": list(range(50_000))}),
        tmp_path / "x.parquet",
        write_page_checksum=True,
        use_dictionary=False,
        compression="none",
    )
    content = bytearray((tmp_path / "x.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "x.parquet").write_bytes(content)
    refused(Parquet(path="x.parquet"), tmp_path, "E2009", "x.parquet")


def test_a_truncated_gzip(tmp_path):
    whole = gzip.compress(("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(100_000))).encode())
    (tmp_path / "x.csv.gz").write_bytes(whole[: len(whole) // 2])
    refused(Csv(path="x.csv.gz"), tmp_path, "E2002", "x.csv.gz")
    lines = gzip.compress("".join(f'{{"a": {i}}}\n' for i in range(100_000)).encode())
    (tmp_path / "x.jsonl.gz").write_bytes(lines[: len(lines) // 2])
    refused(Jsonl(path="x.jsonl.gz"), tmp_path, "E2002", "x.jsonl.gz")


def test_a_ragged_row(tmp_path):
    rows = ["a,b"] + ["1,2"] * 1000 + ["1,2,3"] + ["1,2"]
    (tmp_path / "x.csv").write_text("\n".join(rows))
    refused(Csv(path="x.csv"), tmp_path, "E2008", "row 1001 of x.csv has 3 cells, the others have 2")


def test_columns_without_a_name_of_their_own(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,a\n1,2,3\n")
    refused(Csv(path="x.csv"), tmp_path, "E2005", "two columns named 'a' (1 and 3)")
    (tmp_path / "x.csv").write_text("a,,b\n1,2,3\n")
    refused(Csv(path="x.csv"), tmp_path, "E2005", "column 2")


def test_files_of_one_source_with_other_columns(tmp_path):
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("b,a\n4,3\n")
    assert read(Csv(path="*.csv"), tmp_path).to_pydict() == {"a": ["1", "3"], "b": ["2", "4"]}
    (tmp_path / "3.csv").write_text("a,c\n1,2\n")
    refused(Csv(path="*.csv"), tmp_path, "E2006", "3.csv has other columns than 1.csv", "lacks b", "adds c")


def test_a_broken_line_of_json(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n\n{"a": \n')
    refused(Jsonl(path="x.jsonl"), tmp_path, "E2010", "line 3 of x.jsonl")
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n[1]\n')
    refused(Jsonl(path="x.jsonl"), tmp_path, "E2010", "line 2", "list")


@pytest.fixture
def ordinary_user():
    """Root may read everything: become somebody else for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder():
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_file_that_may_not_be_read(open_folder, request):
    (open_folder / "x.csv").write_text("a\n1\n")
    (open_folder / "x.csv").chmod(0)
    request.getfixturevalue("ordinary_user")
    refused(Csv(path="x.csv"), open_folder, "E2002", "may not be read")


def test_settings_of_csv(tmp_path):
    (tmp_path / "x.tsv").write_text('ham\tsay "hi\nspam\tNA\n')
    source = Csv(path="x.tsv", separator="\t", header=False, quote="", columns=("label", "text"), nulls=("NA",))
    assert read(source, tmp_path).to_pydict() == {"label": ["ham", "spam"], "text": ['say "hi', None]}
    (tmp_path / "x.csv").write_text("a,b\nNA,\nNULL,1\n")
    assert read(Csv(path="x.csv"), tmp_path).to_pydict() == {"a": ["NA", "NULL"], "b": [None, "1"]}
    assert read(Csv(path="x.csv", columns=("p", "q")), tmp_path).schema.names == ["p", "q"]
    assert read(Csv(path="x.csv", header=False), tmp_path).num_rows == 3


def test_json_values_as_text(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"a": 1.5, "b": true, "c": null}\n{"a": "x", "d": {"k": [1]}}\n')
    assert read(Jsonl(path="x.jsonl"), tmp_path).to_pydict() == {
        "a": ["1.5", "x"], "b": ["true", None], "c": [None, None], "d": [None, '{"k":[1]}'],
    }  # fmt: skip
