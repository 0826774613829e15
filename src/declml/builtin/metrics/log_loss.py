"""Cross-entropy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class LogLoss(Metric):
    """Minus the mean logarithm of the probability given to the true class, probabilities bounded away from 0."""

    type: Literal["log_loss"] = "log_loss"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The loss, in nats."""
        import numpy as np

        given = np.clip(predicted, np.finfo(np.float64).eps, None)
        given = given / given.sum(axis=1, keepdims=True)
        chosen = given[np.arange(len(given)), truth.astype(np.int64)]
        return float(np.average(-np.log(chosen), weights=weight)) if len(chosen) else math.nan
