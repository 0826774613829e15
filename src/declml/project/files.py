"""Files named on the command line, read as sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from declml.core.errors import SpecError
from declml.plugin.registry import registry
from declml.spec.paths import source_of

if TYPE_CHECKING:
    from declml.plugin.kinds.source import Source


def source_of_file(name: str) -> Source:
    """The source that reads a file named by its ending. Paths start at the current folder.

    Raises:
        SpecError: E1000, the ending says nothing.
    """
    settings = source_of(name)
    if settings is None:
        raise SpecError(
            "E1000", f"the ending of {name} names no format", next="use .csv, .tsv, .parquet or .jsonl, also with .gz"
        )
    return cast("Source", registry().build("source", {**settings, "path": str(Path(name).absolute())}))
