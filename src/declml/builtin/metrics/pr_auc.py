"""Average precision."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class PrAuc(Metric):
    """The mean precision over the rows of the class, from the most likely down (average precision).

    Two classes: of the second class. More: the mean over the classes, each against the rest.
    """

    type: Literal["pr_auc"] = "pr_auc"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The average; NaN when the class is not there."""
        from declml.builtin.metrics.labels import one_against_rest

        return one_against_rest(truth, predicted, weight, _average)


def _average(
    positive: npt.NDArray[np.bool_], score: npt.NDArray[np.float64], weight: npt.NDArray[np.float64] | None
) -> float:
    import numpy as np

    from declml.builtin.metrics.labels import share, thresholds

    if not len(score):
        return math.nan
    true, false = thresholds(positive, score, weight)
    if true[-1] <= 0:
        return math.nan
    return float((np.diff(true, prepend=0.0) * share(true, true + false)).sum() / true[-1])
