"""Digests of source files, remembered while a file looks unchanged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from declml.core.digest import digest_file
from declml.plugin.kinds.source import FileDigests

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from declml.store.database import Database

SETTLED_NS = 2_000_000_000  # a file changed this recently may change again within one tick of its clock: not remembered


class StoredFileDigests(FileDigests):
    """`cached(path)`: hashes a file when path, size, time of change and inode are not those of the last time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, path: Path) -> str:
        """The digest of the file's content.

        Raises:
            OSError: the file cannot be read.
        """
        path = path.resolve()
        seen = _look(path.stat())
        row = self._database.row("SELECT size, mtime, inode, digest FROM files WHERE path=?", (str(path),))
        if row and row[:3] == seen:
            return str(row[3])
        digest = digest_file(path)
        if _look(path.stat()) == seen and time.time_ns() - seen[1] > SETTLED_NS:
            with self._database.change() as connection:
                connection.execute("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?)", (str(path), *seen, digest))
        return digest


def _look(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
