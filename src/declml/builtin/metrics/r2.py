"""Share of the variance that is explained."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class R2(Metric):
    """1 less the squared error over the squared error of the mean."""

    type: Literal["r2"] = "r2"
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    bounds: ClassVar[tuple[float, float]] = (float("-inf"), 1.0)

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The share; NaN when the truth does not vary."""
        import numpy as np

        if len(truth) < 2:
            return math.nan
        around = float(np.average((truth - np.average(truth, weights=weight)) ** 2, weights=weight))
        left = float(np.average((truth - predicted[:, 0]) ** 2, weights=weight))
        return 1.0 - left / around if around > 0 else math.nan
