"""Root of the mean squared error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Rmse(Metric):
    """The root of the mean squared distance from the truth, in units of the target."""

    type: Literal["rmse"] = "rmse"
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The root; NaN without rows."""
        import numpy as np

        return math.sqrt(np.average((truth - predicted[:, 0]) ** 2, weights=weight)) if len(truth) else math.nan
