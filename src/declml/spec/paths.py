"""From the name of a file to the component that reads it."""

from __future__ import annotations

from typing import Any

_BY_ENDING: dict[str, dict[str, Any]] = {
    ".csv": {"type": "csv"},
    ".tsv": {"type": "csv", "separator": "\t"},
    ".jsonl": {"type": "jsonl"},
    ".ndjson": {"type": "jsonl"},
    ".json": {"type": "jsonl"},
    ".parquet": {"type": "parquet"},
    ".pq": {"type": "parquet"},
}
_PACKED = (".gz",)


def source_of(path: str) -> dict[str, Any] | None:
    """Type and settings of the source for a file name or glob, by its ending; None when the ending says nothing."""
    name = path.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    for ending, settings in _BY_ENDING.items():
        if name.endswith(ending):
            return dict(settings)
    return None
