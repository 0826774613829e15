"""Mean recall of the classes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class BalancedAccuracy(Metric):
    """The mean over the true classes of the share found."""

    type: Literal["balanced_accuracy"] = "balanced_accuracy"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The mean; NaN without rows."""
        from declml.builtin.metrics.labels import confusion

        table = confusion(truth, predicted, weight)
        rows = table.sum(axis=1)
        return float((table.diagonal()[rows > 0] / rows[rows > 0]).mean()) if rows.any() else math.nan
