"""Mean absolute error as a share of the truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Mape(Metric):
    """The mean of |truth - answer| / |truth| over the rows whose truth is not 0."""

    type: Literal["mape"] = "mape"
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The mean; NaN when every truth is 0."""
        import numpy as np

        kept = truth != 0
        if not kept.any():
            return math.nan
        shares = np.abs(truth[kept] - predicted[kept, 0]) / np.abs(truth[kept])
        return float(np.average(shares, weights=None if weight is None else weight[kept]))
