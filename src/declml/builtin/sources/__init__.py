"""Where data comes from: files of text, JSON lines and Parquet."""

from declml.api import Component, plugin
from declml.builtin.sources.csv import Csv
from declml.builtin.sources.jsonl import Jsonl
from declml.builtin.sources.parquet import Parquet


@plugin
def declml_components() -> list[type[Component]]:
    """The built-in sources."""
    return [Csv, Parquet, Jsonl]
