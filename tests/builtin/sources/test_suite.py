"""The built-in sources pass the suite that guests must pass."""

import json

import pyarrow.parquet as pq
from pyarrow import csv

from declml.builtin.sources.csv import Csv
from declml.builtin.sources.jsonl import Jsonl
from declml.builtin.sources.parquet import Parquet
from declml.testing.source import SourceSuite


class TestCsv(SourceSuite):
    def make(self, folder, rows):
        csv.write_csv(rows, folder / "rows.csv")
        return Csv(path="rows.csv")


class TestParquet(SourceSuite):
    typed = True

    def make(self, folder, rows):
        pq.write_table(rows, folder / "rows.parquet", row_group_size=700)
        return Parquet(path="rows.parquet")


class TestJsonl(SourceSuite):
    def make(self, folder, rows):
        lines = [json.dumps({k: v for k, v in row.items() if v is not None}) for row in rows.to_pylist()]
        (folder / "rows.jsonl").write_text("\n".join(lines))
        return Jsonl(path="rows.jsonl")
