"""What sources of files have in common: which files a path means, and how their columns agree."""

from __future__ import annotations

import glob
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from declml.api import DeclmlError, FileDigests, Source, SourceBatch, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

BLOCK = 4 << 20
"""Bytes read at a time."""
CELLS = 1 << 20
"""Cells in a batch, about."""


class FileSource(Source):
    """A source of one file or of the files that match a pattern, in the order of their names."""

    path: str

    def fingerprint(self, base: Path, cached: FileDigests) -> dict[str, str]:
        """The digest of each file, by its path as written."""
        return {shown(file, base): cached(file) for file in find_files(self.path, base)}

    def batches(self, base: Path) -> Iterator[SourceBatch]:
        """The rows of all files, with the columns of the first file in its order."""
        wanted: list[str] = []
        first_file = ""
        for file in find_files(self.path, base):
            origin, count = shown(file, base), 0
            with told(origin):
                for rows in self.read(file, origin):
                    if not wanted:
                        wanted, first_file = rows.schema.names, origin
                    yield SourceBatch(_same_columns(rows, wanted, origin, first_file), origin, count)
                    count += rows.num_rows
            if not count:
                raise header_only(origin)

    def read(self, file: Path, origin: str) -> Iterator[pa.RecordBatch]:
        """The rows of one file, in bounded pieces."""
        raise NotImplementedError


def find_files(path: str, base: Path) -> list[Path]:
    """The files that `path` means: a file, or a pattern with `*`, `?`, `[...]` or `**`.

    Raises:
        DeclmlError: E2001 there is none, with the nearest names; E2002 a file cannot be read.
    """
    if "://" in path:
        raise DeclmlError("E2002", f"{path} is not a local path", next="copy the files beside the spec, or mount them")
    whole = base / path
    if glob.has_magic(path):
        names = glob.glob(path, root_dir=base, recursive=True)  # noqa: PTH207 - Path.glob refuses absolute patterns
        files = sorted(base / name for name in names if (base / name).is_file())
        if not files:
            raise DeclmlError("E2001", f"no file matches {path}", where=str(base), next=_nearby(whole))
        return files
    if whole.is_dir():
        raise DeclmlError(
            "E2001", f"{path} is a folder", where=str(base), next=f"name its files, as in {path.rstrip('/')}/*.csv"
        )
    if not whole.exists():
        raise DeclmlError("E2001", f"{path} does not exist", where=str(base), next=_nearby(whole))
    return [whole]


def shown(file: Path, base: Path) -> str:
    """A file as errors and fingerprints name it: relative to the spec where it lies below it."""
    return str(file.relative_to(base)) if file.is_relative_to(base) else str(file)


def _nearby(file: Path) -> str:
    folder = file.parent
    while glob.has_magic(str(folder)):
        folder = folder.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist"
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())[:1000]
    if not names:
        return f"{folder} has no files"
    shown_names = suggestion(file.name, names)
    return shown_names if len(shown_names) < 300 else f"{folder} has {len(names)} files, {names[0]} to {names[-1]}"


@contextmanager
def told(origin: str) -> Iterator[None]:
    """Failures of the operating system, told with the file they are about."""
    try:
        yield
    except PermissionError as error:
        raise DeclmlError("E2002", f"{origin} may not be read", where=origin, why=str(error.strerror)) from error
    except (OSError, EOFError, zlib.error) as error:
        text = str(error).splitlines()[0][:300]
        raise DeclmlError(
            "E2002",
            f"{origin} cannot be read to its end",
            where=origin,
            why=text,
            next="get the file again: it is damaged or cut off",
        ) from error


def empty(origin: str) -> DeclmlError:
    """The error for a file of no bytes."""
    return DeclmlError(
        "E2003", f"{origin} is empty", where=origin, next="write the rows into it, or take it out of `path`"
    )


def header_only(origin: str) -> DeclmlError:
    """The error for a file with columns but no rows."""
    return DeclmlError(
        "E2004", f"{origin} has no rows", where=origin, next="write the rows into it, or take it out of `path`"
    )


def check_names(names: Sequence[str], origin: str) -> None:
    """Refuse columns without a name of their own.

    Raises:
        DeclmlError: E2005 a name is missing or there twice.
    """
    seen: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if not name.strip():
            raise DeclmlError(
                "E2005", f"column {place} of {origin} has no name", where=origin, next="give it one in the header"
            )
        if name in seen:
            raise DeclmlError(
                "E2005",
                f"{origin} has two columns named '{name}' ({seen[name]} and {place})",
                where=origin,
                next="rename one of them",
            )
        seen[name] = place


def _same_columns(rows: pa.RecordBatch, wanted: list[str], origin: str, first_file: str) -> pa.RecordBatch:
    names = rows.schema.names
    if names == wanted:
        return rows
    if set(names) != set(wanted):
        missing, extra = sorted(set(wanted) - set(names)), sorted(set(names) - set(wanted))
        facts = [f"it lacks {', '.join(missing[:5])}"] if missing else []
        facts += [f"it adds {', '.join(extra[:5])}"] if extra else []
        raise DeclmlError(
            "E2006", f"{origin} has other columns than {first_file}: {' and '.join(facts)}", where=origin,
            next="bring the files to the same columns, or narrow `path`",
        )  # fmt: skip
    return rows.select(wanted)


def texts_of(rows: pa.RecordBatch, origin: str, first: int) -> pa.RecordBatch:
    """Columns of bytes as text.

    Raises:
        DeclmlError: E2007 a cell is not UTF-8, with its row.
    """
    import pyarrow as pa

    columns = []
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        try:
            columns.append(column.cast(pa.string()))
        except pa.ArrowInvalid as error:
            at = next(i for i, cell in enumerate(column.to_pylist()) if cell is not None and not _is_text(cell))
            raise DeclmlError(
                "E2007", f"row {first + at + 1} of {origin} is not valid UTF-8 in column '{name}'",
                where=f"{origin}, row {first + at + 1}", next="save the file as UTF-8",
            ) from error  # fmt: skip
    return pa.RecordBatch.from_arrays(columns, names=rows.schema.names)


def _is_text(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True
