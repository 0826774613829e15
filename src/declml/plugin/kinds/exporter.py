"""What a fitted model is turned into for serving."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from declml.plugin.component import Component

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from declml.plugin.kinds.framework import Feature, Framework, Task


class Exporter(Component):
    """Turns a fitted model into bytes that run without the framework."""

    kind: ClassVar[str] = "exporter"

    @abstractmethod
    def export(self, framework: Framework, model: Any, features: tuple[Feature, ...], task: Task) -> bytes:
        """The exported model."""

    @abstractmethod
    def predict(self, exported: bytes, X: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """What the exported model answers: [n, k] or [n, 1]. The parity check compares it with the fitted model."""
