"""How a model is made smaller or faster."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from declml.plugin.component import Component

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Compressor(Component):
    """Turns an ONNX model into a smaller or faster one that answers nearly the same."""

    kind: ClassVar[str] = "compressor"

    @abstractmethod
    def compress(self, model: bytes, sample: npt.NDArray[np.float32]) -> bytes:
        """An ONNX model with the same input and output. sample: float32 [n, p] real rows for calibration."""
