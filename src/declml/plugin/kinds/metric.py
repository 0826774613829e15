"""How good predictions are."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from declml.plugin.component import Component
from declml.plugin.kinds.framework import Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Metric(Component):
    """One number about predictions against the truth."""

    kind: ClassVar[str] = "metric"
    tasks: ClassVar[frozenset[Task]]
    higher_is_better: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (float("-inf"), float("inf"))
    binary_only: ClassVar[bool] = False

    @abstractmethod
    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The value, NaN when undefined.

        truth: class codes or values [n]; predicted: probabilities [n, k] or values [n, 1]; weight: [n].
        """
