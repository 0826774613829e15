"""JSON lines: one object a line."""

from __future__ import annotations

from functools import lru_cache
from typing import IO, TYPE_CHECKING, Annotated, Literal

from pydantic import Strict

from declml.api import DeclmlError
from declml.builtin.sources.files import CELLS, FileSource, check_names, empty, header_only

if TYPE_CHECKING:
    import gzip
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

LONGEST = 16 << 20
"""Bytes of the longest line."""


class Jsonl(FileSource):
    """One JSON object a line, compressed with gzip when the name ends in .gz.

    The columns are the keys of all objects in the order they first appear; a key an object lacks is null. Every column
    is text, as in csv: numbers as written by JSON, lists and objects as JSON. Words of `nulls` are null.
    """

    type: Literal["jsonl"] = "jsonl"
    nulls: Annotated[tuple[str, ...], Strict(False)] = ()

    def read(self, file: Path, origin: str) -> Iterator[pa.RecordBatch]:
        """The rows of one file as text."""
        import pyarrow as pa

        stat = file.stat()
        if not stat.st_size:
            raise empty(origin)
        names = _keys(file, origin, stat.st_size, stat.st_mtime_ns)
        if not names:
            raise header_only(origin)
        check_names(names, origin)
        size = max(256, min(1 << 16, CELLS // len(names)))
        nulls = {"", *self.nulls}
        columns: list[list[str | None]] = [[] for _ in names]
        schema = pa.schema([(name, pa.string()) for name in names])
        for row in _objects(file, origin):
            for column, name in zip(columns, names, strict=True):
                text = _text(row.get(name))
                column.append(None if text in nulls else text)
            if len(columns[0]) == size:
                yield pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], schema=schema)
                columns = [[] for _ in names]
        if columns[0]:
            yield pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], schema=schema)


@lru_cache(maxsize=64)
def _keys(file: Path, origin: str, size: int, changed: int) -> tuple[str, ...]:  # noqa: ARG001 - size and time are the cache's key
    keys: dict[str, None] = {}
    for row in _objects(file, origin):
        if not row.keys() <= keys.keys():
            keys |= dict.fromkeys(row)
    return tuple(keys)


def _objects(file: Path, origin: str) -> Iterator[dict[str, object]]:
    import orjson

    with _opened(file) as stream:
        number = 0
        while line := stream.readline(LONGEST):
            number += 1
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise _broken(line, number, origin, str(error)) from error
            if not isinstance(row, dict):
                raise _broken(line, number, origin, f"it is a JSON {type(row).__name__}, not an object")
            yield row


def _opened(file: Path) -> IO[bytes] | gzip.GzipFile:
    import gzip

    return gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb")


def _broken(line: bytes, number: int, origin: str, why: str) -> DeclmlError:
    where = f"{origin}, line {number}"
    try:
        line.decode()
    except UnicodeDecodeError:
        return DeclmlError(
            "E2007", f"line {number} of {origin} is not valid UTF-8", where=where, next="save the file as UTF-8"
        )
    if len(line) >= LONGEST:
        why = f"it is longer than {LONGEST >> 20} MiB"
    return DeclmlError(
        "E2010",
        f"line {number} of {origin} is not a JSON object",
        where=where,
        why=why,
        next="correct or remove the line",
    )


def _text(value: object) -> str | None:
    import orjson

    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
