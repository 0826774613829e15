"""Where data comes from."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from declml.plugin.component import Component

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa


class SourceBatch(NamedTuple):
    """A piece of a source: `rows` (Arrow) from row `first` (0-based) of `origin` (a file or table) on."""

    rows: pa.RecordBatch
    origin: str
    first: int


class Source(Component):
    """Reads rows in bounded pieces.

    Guarantees: `batches` never holds more than a few tens of MiB; the columns are the same in each batch;
    a text format gives every column as string (an empty cell is null) and leaves types to the schema;
    an unreadable source raises DeclmlError with an E2 code that names file and row.
    """

    kind: ClassVar[str] = "source"

    @abstractmethod
    def fingerprint(self, base: Path, cached: FileDigests) -> dict[str, str]:
        """`{origin: digest of its content}`. Relative paths start at `base`. Use `cached(path)` to hash files."""

    @abstractmethod
    def batches(self, base: Path) -> Iterator[SourceBatch]:
        """The rows in a stable order."""


class FileDigests:
    """How a source hashes files: `cached(path)`. The store remembers digests by path, size and time of change."""

    def __call__(self, path: Path) -> str:
        """The digest of the file's content."""
        from declml.core.digest import digest_file

        return digest_file(path)
