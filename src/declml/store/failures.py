"""What the disk and the database say, told as one error each."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from declml.core.errors import ConflictError, DeclmlError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
UNWRITABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})


@contextmanager
def telling(root: Path) -> Iterator[None]:
    """Turn what goes wrong with the store's files into DeclmlError E4002 to E4005."""
    try:
        yield
    except sqlite3.Error as error:
        raise of_database(error, root) from error
    except OSError as error:
        raise of_disk(error, root) from error


def of_disk(error: OSError, root: Path) -> DeclmlError:
    """The error for a failed write or read of a file."""
    where = str(error.filename or root)
    if error.errno in FULL:
        return full(root, error.strerror or "no space left")
    return DeclmlError(
        "E4003",
        f"the store {root} cannot be used",
        where=where,
        why=(error.strerror or str(error)).lower(),
        next="give this user the right to write there, or choose another folder: store=PATH",
    )


def of_database(error: sqlite3.Error, root: Path) -> DeclmlError:
    """The error for a failed statement."""
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if primary in BUSY:
        return ConflictError(
            "E4002",
            "the records of the store are in use by another process",
            where=str(root),
            why="it did not let go within 20 s",
            next="wait for the other declml command to end, then try again",
        )
    if primary in DAMAGED:
        return damaged_records(root, str(error))
    if primary == sqlite3.SQLITE_FULL:
        return full(root, str(error))
    if primary == sqlite3.SQLITE_IOERR:
        return io_failed(error, root)
    if primary in UNWRITABLE:
        return of_disk(OSError(errno.EACCES, str(error), str(root)), root)
    return damaged_records(root, str(error))


def io_failed(error: sqlite3.Error, root: Path) -> DeclmlError:
    """The error for a read or write that the disk refused. A write that does not fit is most often the reason."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name in {"SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS", "SQLITE_IOERR_DATA"}:
        return damaged_records(root, f"{error} ({name})")
    return full(root, f"{error} ({name})")


def full(root: Path, why: str) -> DeclmlError:
    """E4004."""
    return DeclmlError(
        "E4004",
        f"the disk of the store {root} is full",
        where=str(root),
        why=why.lower(),
        next="free some space, then run the same command again: nothing that was finished is lost",
    )


def damaged_records(root: Path, why: str) -> DeclmlError:
    """E4005."""
    return DeclmlError(
        "E4005",
        f"the records of the store {root} are damaged",
        where=str(root / "records.sqlite"),
        why=why,
        next="bring records.sqlite back from a copy; without one move it away together with its -wal and -shm files: "
        "the artifacts stay, the steps run again, the history of releases is lost",
    )
