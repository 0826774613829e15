"""Squared error of probabilities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Brier(Metric):
    """The mean squared distance of the probabilities from the truth (Brier 1950).

    Two classes: of the second class, 0 to 1. More: summed over the classes, 0 to 2.
    """

    type: Literal["brier"] = "brier"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, 2.0)

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The score."""
        import numpy as np

        if not len(predicted):
            return math.nan
        wrong = predicted.copy()
        wrong[np.arange(len(wrong)), truth.astype(np.int64)] -= 1.0
        squares = wrong[:, 1] ** 2 if wrong.shape[1] == 2 else (wrong**2).sum(axis=1)
        return float(np.average(squares, weights=weight))
