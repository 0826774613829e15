"""The SQLite file of a store: one connection, short transactions, a numbered format."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.store.failures import damaged_records, of_database, telling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 20.0

FORMATS = (
    """
    CREATE TABLE steps (
        key TEXT PRIMARY KEY, name TEXT NOT NULL, revision INTEGER NOT NULL, reads TEXT NOT NULL, outside TEXT NOT NULL,
        inputs TEXT NOT NULL, outputs TEXT NOT NULL, facts TEXT NOT NULL, run TEXT NOT NULL, seconds REAL NOT NULL,
        at REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, project TEXT NOT NULL, status TEXT NOT NULL, spec TEXT NOT NULL, started REAL NOT NULL,
        ended REAL, release INTEGER, error TEXT
    ) WITHOUT ROWID;
    CREATE INDEX runs_of_project ON runs (project, started);
    CREATE TABLE run_steps (
        run TEXT NOT NULL, position INTEGER NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
        key TEXT, reason TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL, PRIMARY KEY (run, position)
    ) WITHOUT ROWID;
    CREATE INDEX steps_of_project ON run_steps (project, name, at);
    CREATE TABLE parts (
        step TEXT NOT NULL, part TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (step, part)
    ) WITHOUT ROWID;
    CREATE TABLE files (
        path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, inode INTEGER NOT NULL,
        digest TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE releases (
        project TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, manifest TEXT NOT NULL,
        PRIMARY KEY (project, number), UNIQUE (project, digest)
    ) WITHOUT ROWID;
    CREATE TABLE aliases (
        project TEXT NOT NULL, alias TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (project, alias)
    ) WITHOUT ROWID;
    CREATE TABLE ledger (
        project TEXT NOT NULL, link INTEGER NOT NULL, at REAL NOT NULL, alias TEXT NOT NULL, old INTEGER, new INTEGER,
        reason TEXT NOT NULL, who TEXT NOT NULL, before TEXT NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (project, link)
    ) WITHOUT ROWID;
    """,
)
"""How the format grew: entry n turns format n into format n + 1. Entries are never edited, only added."""


class Database:
    """The records of one store. Safe for several threads and several processes.

    When the file does not exist and `create` is false, an empty database in memory answers: nothing is written.

    Raises:
        DeclmlError: E4003 not writable, E4004 disk full, E4005 damaged, E4006 a newer format.
        ConflictError: E4002, another process holds the file for longer than 20 s.
    """

    def __init__(self, root: Path, *, create: bool) -> None:
        self.root = root
        self._guard = threading.RLock()
        path = root / "records.sqlite"
        exists = path.exists()
        try:
            self._connection = self._connect(path, writable=create, exists=exists)
            self._prepare(in_memory=not (exists or create))
        except sqlite3.Error as error:
            raise of_database(error, root) from error

    def _connect(self, path: Path, *, writable: bool, exists: bool) -> sqlite3.Connection:
        if exists or writable:
            try:
                return self._open(f"{path.as_uri()}?mode={'rwc' if writable else 'rw'}")
            except sqlite3.OperationalError:
                if writable:
                    raise
                return self._open(f"{path.as_uri()}?mode=ro&immutable=1")
        return self._open(":memory:")

    def _open(self, name: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            name, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=name.startswith("file:")
        )
        try:
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _prepare(self, *, in_memory: bool) -> None:
        version = self._version()
        if version > len(FORMATS):
            raise DeclmlError(
                "E4006",
                f"the store {self.root} has format {version}, this declml knows {len(FORMATS)}",
                where=str(self.root),
                next="use the newer declml: pip install --upgrade declml",
            )
        if version == len(FORMATS):
            return
        objects = self.root / "objects"
        if version == 0 and not in_memory and objects.is_dir() and any(objects.iterdir()):
            raise damaged_records(self.root, "records.sqlite is empty, but the store holds artifacts")
        self._wal()
        with self.change() as connection:
            for number in range(self._version(), len(FORMATS)):
                for statement in FORMATS[number].split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={len(FORMATS)}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _wal(self) -> None:
        """Two processes that create a store together: the busy timeout does not cover this one statement."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def rows(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        with self._guard, telling(self.root):
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        """The first row of a SELECT."""
        found = self.rows(statement, values)
        return found[0] if found else None

    @contextmanager
    def change(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing. With `durable` it survives a power cut when this returns."""
        with self._guard, telling(self.root):
            if durable:
                self._connection.execute("PRAGMA synchronous=FULL")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                if durable:
                    self._connection.execute("PRAGMA synchronous=NORMAL")

    def check(self) -> None:
        """Read every page.

        Raises:
            DeclmlError: E4005, with the first fault.
        """
        answer = str(self.rows("PRAGMA integrity_check(1)")[0][0])
        if answer != "ok":
            raise damaged_records(self.root, answer)

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            self._connection.close()
