"""A store: where artifacts, records, releases and logs of projects lie."""

from __future__ import annotations

import contextlib
import shutil
from functools import cached_property
from typing import TYPE_CHECKING

from declml.core.errors import DeclmlError
from declml.core.files import write_whole
from declml.store.database import Database
from declml.store.failures import telling
from declml.store.files import StoredFileDigests
from declml.store.ledger import Ledger
from declml.store.lock import Owner, hold
from declml.store.objects import Objects
from declml.store.records import Records
from declml.store.releases import Releases

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


class Store:
    """One folder: `objects/`, `records.sqlite`, and folders for logs, scratch and the local service.

    Safe for several processes; `lock` keeps two runs apart. Opened with `create=False`, a folder that is not there is
    an empty store, and nothing is written until something is put.
    """

    def __init__(self, root: Path, *, create: bool = True) -> None:
        self.root = root
        self._create = create
        self.objects = Objects(root)

    @classmethod
    def open(cls, url: str, base: Path, *, create: bool = True) -> Store:
        """The store that a spec names: a folder, relative to `base`.

        Raises:
            DeclmlError: E4003 not writable, E4004 disk full, E4005 damaged, E4006 written by a newer declml,
                E4007 a kind of store that this version does not have.
        """
        store = cls(_folder(url, base), create=create)
        if create:
            store._make()
        _ = store.database
        return store

    @cached_property
    def database(self) -> Database:
        """The database of the records."""
        return Database(self.root, create=self._create)

    @cached_property
    def records(self) -> Records:
        """Steps, runs and parts."""
        return Records(self.database)

    @cached_property
    def files(self) -> StoredFileDigests:
        """Remembered digests of source files."""
        return StoredFileDigests(self.database)

    @cached_property
    def releases(self) -> Releases:
        """Releases by project and number."""
        return Releases(self.database)

    @cached_property
    def ledger(self) -> Ledger:
        """Aliases and their history."""
        return Ledger(self.database)

    def folder(self, name: str) -> Path:
        """A folder of the store, made when it is not there: "predictions", "service", "tmp", "logs"."""
        folder = self.root / name
        with telling(self.root):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def lock(self, purpose: str) -> AbstractContextManager[Owner]:
        """Be the only one who runs on this store. `purpose` completes "to ...", for those who wait: "run churn".

        Raises:
            ConflictError: E4002, somebody else does; the message says who, what for and since when.
        """
        return hold(self.root / "lock", purpose)

    def sweep(self) -> None:
        """Remove what killed processes left half-written. Only for the holder of the lock."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self.root / "tmp" / "steps")
        self.objects.sweep()

    def verify(self) -> int:
        """Check records, ledger and every artifact; the number of artifacts read.

        Raises:
            DeclmlError: E4001, E4005 or E4008, the first fault found.
        """
        self.database.check()
        self.ledger.verify()
        count = 0
        for digest in self.objects.all():
            self.objects.verify(digest)
            count += 1
        return count

    def close(self) -> None:
        """Let go of the records."""
        if "database" in self.__dict__:
            self.database.close()

    def _make(self) -> None:
        with telling(self.root):
            (self.root / "objects").mkdir(parents=True, exist_ok=True)
            if not (self.root / ".gitignore").exists():
                write_whole(self.root / ".gitignore", b"*\n")


def _folder(url: str, base: Path) -> Path:
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme == "file":
        url = url.removeprefix("file://")
    elif scheme:
        raise DeclmlError(
            "E4007",
            f"a store in {scheme}:// is not available in this version",
            where="store",
            next="use a folder, for example store: .declml",
        )
    return (base / url).resolve()
