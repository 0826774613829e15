"""Artifacts: immutable files named by the digest of their content."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from declml.core.digest import CHUNK, digest_bytes, digest_file
from declml.core.errors import DeclmlError
from declml.core.files import sync
from declml.store.failures import telling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STALE_SECONDS = 86_400.0
AT_ONCE = 8  # artifacts that are brought to the disk together: its journal takes them in one go


class Objects:
    """The contents of a store. A digest is 32 hex characters; the file lies in a folder named by its first two.

    An artifact is whole before its digest is known to anyone. A damaged one is moved to `damaged/` when that is found,
    so that the next run makes it anew.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "objects"
        self._incoming = root / "tmp" / "objects"
        self._verified: set[str] = set()
        self._shards: set[Path] = set()

    def put(self, content: bytes | Path, *, durable: bool = True) -> str:
        """Keep `content` and answer its digest. Bytes are copied; a file is moved when it is on the store's disk.

        With `durable` it survives a power cut when this returns; without, only after `settle`.

        Raises:
            DeclmlError: E4003 not writable, E4004 disk full. The store stays as it was.
        """
        with telling(self._root):
            return self._put_file(content, durable) if isinstance(content, Path) else self._put_bytes(content, durable)

    def settle(self, digests: Iterable[str]) -> None:
        """Bring artifacts to the disk: a power cut after this loses none of them.

        Raises:
            DeclmlError: E4003, E4004: one cannot be written.
        """
        from concurrent.futures import ThreadPoolExecutor

        places = {self._place(digest) for digest in digests}
        if not places:
            return
        with telling(self._root), ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(sync, places))
            list(threads.map(sync, {self._folder, *(place.parent for place in places)}))

    def read(self, digest: str) -> bytes:
        """The verified content.

        Raises:
            DeclmlError: E4001, it is missing or damaged.
        """
        try:
            content = self._place(digest).read_bytes()
        except OSError as error:
            raise _missing(digest, error) from error
        if (found := digest_bytes(content)) != digest:
            raise self._damaged(digest, found)
        return content

    def path(self, digest: str) -> Path:
        """The file of an artifact, verified once per process. Never write to it.

        Raises:
            DeclmlError: E4001, it is missing or damaged.
        """
        place = self._place(digest)
        if digest in self._verified and place.exists():
            return place
        try:
            found = digest_file(place)
        except OSError as error:
            raise _missing(digest, error) from error
        if found != digest:
            raise self._damaged(digest, found)
        self._verified.add(digest)
        return place

    def has(self, digest: str) -> bool:
        """Whether the artifact is there (its content is verified when it is read)."""
        return self._place(digest).exists()

    def size(self, digest: str) -> int:
        """Bytes of the artifact; 0 when it is missing."""
        place = self._place(digest)
        return place.stat().st_size if place.exists() else 0

    def all(self) -> Iterator[str]:
        """Every digest kept, in no order."""
        for shard in self._folder.glob("??"):
            for file in shard.iterdir():
                yield shard.name + file.name

    def verify(self, digest: str) -> None:
        """Read an artifact whole again, whatever was verified before.

        Raises:
            DeclmlError: E4001.
        """
        self._verified.discard(digest)
        self.path(digest)

    def remove(self, digest: str) -> None:
        """Forget one artifact."""
        self._verified.discard(digest)
        with telling(self._root):
            self._place(digest).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove half-written contents. Other processes may be writing now, so only old ones go."""
        with contextlib.suppress(OSError):
            for part in self._incoming.iterdir():
                if time.time() - part.stat().st_mtime > STALE_SECONDS:
                    part.unlink()

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]

    def _put_bytes(self, content: bytes, durable: bool) -> str:
        digest = digest_bytes(content)
        if not self._whole(digest, len(content)):
            descriptor, name = self._temporary()
            self._fill(descriptor, name, content, durable)
            self._take(name, digest, durable)
        return digest

    def _put_file(self, source: Path, durable: bool) -> str:
        if source.stat().st_dev != self._root.stat().st_dev:
            return self._copy(source, durable)
        digest = digest_file(source)
        if self._whole(digest, source.stat().st_size):
            source.unlink()
            return digest
        with source.open("rb") as file:
            if durable:
                os.fsync(file.fileno())
        self._take(str(source), digest, durable)
        return digest

    def _copy(self, source: Path, durable: bool) -> str:
        descriptor, name = self._temporary()
        try:
            with os.fdopen(descriptor, "wb") as target, source.open("rb") as file:
                while chunk := file.read(CHUNK):
                    target.write(chunk)
                target.flush()
                if durable:
                    os.fsync(target.fileno())
            digest = digest_file(Path(name))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._take(name, digest, durable)
        source.unlink()
        return digest

    def _temporary(self) -> tuple[int, str]:
        try:
            return tempfile.mkstemp(dir=self._incoming)
        except FileNotFoundError:
            self._incoming.mkdir(parents=True, exist_ok=True)
            return tempfile.mkstemp(dir=self._incoming)

    def _fill(self, descriptor: int, name: str, content: bytes, durable: bool) -> None:
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                view = memoryview(content)
                while view:
                    view = view[file.write(view) :]
                if durable:
                    os.fsync(file.fileno())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _take(self, name: str, digest: str, durable: bool) -> None:
        target = self._place(digest)
        try:
            if target.parent not in self._shards:
                self._open_shard(target.parent, durable)
            Path(name).chmod(0o444)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if durable:
            sync(target.parent)

    def _open_shard(self, shard: Path, durable: bool) -> None:
        if not shard.is_dir():
            shard.mkdir(parents=True, exist_ok=True)
            if durable:
                sync(shard.parent)
        self._shards.add(shard)

    def _whole(self, digest: str, size: int) -> bool:
        """Whether the same content is there already. A file of another length is damaged and gives way."""
        try:
            return self._place(digest).stat().st_size == size
        except OSError:
            return False

    def _damaged(self, digest: str, found: str) -> DeclmlError:
        aside = self._root / "damaged" / digest
        try:
            aside.parent.mkdir(exist_ok=True)
            self._place(digest).replace(aside)
            moved = f"; moved to {aside}"
        except OSError:
            moved = ""
        return DeclmlError(
            "E4001",
            f"the artifact {digest} is damaged",
            where=str(self._place(digest)),
            why=f"its content has the digest {found}{moved}",
            next="declml run makes it anew",
        )


def _missing(digest: str, error: OSError) -> DeclmlError:
    return DeclmlError(
        "E4001",
        f"the artifact {digest} is missing",
        where=str(error.filename or ""),
        why=(error.strerror or str(error)).lower(),
        next="declml run makes it anew",
    )
