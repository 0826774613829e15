"""Area under the receiver operating characteristic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class RocAuc(Metric):
    """How often a row of the class is ranked above a row of another (Hanley and McNeil 1982).

    Two classes: of the second class. More: the mean over the classes, each against the rest.
    """

    type: Literal["roc_auc"] = "roc_auc"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The area; NaN when there is only one class."""
        from declml.builtin.metrics.labels import one_against_rest

        return one_against_rest(truth, predicted, weight, _area)


def _area(
    positive: npt.NDArray[np.bool_], score: npt.NDArray[np.float64], weight: npt.NDArray[np.float64] | None
) -> float:
    import numpy as np

    from declml.builtin.metrics.labels import thresholds

    if not len(score):
        return math.nan
    true, false = thresholds(positive, score, weight)
    if true[-1] <= 0 or false[-1] <= 0:
        return math.nan
    area = np.trapezoid(np.append(0.0, true), np.append(0.0, false))
    return float(area / (true[-1] * false[-1]))
