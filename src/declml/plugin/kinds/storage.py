"""Where artifacts lie."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from declml.plugin.component import Component

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Storage(Component):
    """Immutable content by digest."""

    kind: ClassVar[str] = "storage"

    @abstractmethod
    def put(self, digest: str, content: Path) -> None:
        """Keep a file's content under its digest. Putting the same digest again changes nothing."""

    @abstractmethod
    def get(self, digest: str, target: Path) -> None:
        """Copy the content into `target`, verified against the digest."""

    @abstractmethod
    def digests(self) -> Iterator[str]:
        """Every digest kept."""

    @abstractmethod
    def remove(self, digest: str) -> None:
        """Forget one content."""
