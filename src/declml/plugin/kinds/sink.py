"""Where predictions go besides the reply."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from declml.plugin.component import Component

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


class Sink(Component):
    """Takes scored rows; a batch with a known `key` is written once, however often it is delivered."""

    kind: ClassVar[str] = "sink"

    @abstractmethod
    def write(self, base: Path, rows: pa.Table, key: str) -> None:
        """Write `rows`. Relative paths start at `base`. Either all rows of the batch are there afterwards, or none."""
