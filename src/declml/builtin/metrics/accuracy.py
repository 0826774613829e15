"""Share of right answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Accuracy(Metric):
    """The share of rows whose most likely class is the true one."""

    type: Literal["accuracy"] = "accuracy"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The share; NaN without rows."""
        import numpy as np

        return float(np.average(predicted.argmax(axis=1) == truth, weights=weight)) if len(truth) else math.nan
