"""How columns become other columns."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from declml.plugin.component import Component

if TYPE_CHECKING:
    import pyarrow as pa


class Transform(Component):
    """A pure function on rows, the same in training and serving."""

    kind: ClassVar[str] = "transform"

    @abstractmethod
    def apply(self, rows: pa.Table) -> pa.Table:
        """New columns for the same rows, in the same order."""
