"""Mean absolute error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Mae(Metric):
    """The mean distance of the answers from the truth, in units of the target."""

    type: Literal["mae"] = "mae"
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The mean; NaN without rows."""
        import numpy as np

        return float(np.average(np.abs(truth - predicted[:, 0]), weights=weight)) if len(truth) else math.nan
