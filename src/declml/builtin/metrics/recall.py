"""Share of a class that is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Recall(Metric):
    """Of the rows of the class, the share answered with it; 0 when there is none.

    Two classes: of the second class. More: the mean over the classes.
    """

    type: Literal["recall"] = "recall"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The share."""
        from declml.builtin.metrics.labels import by_class, confusion, share

        table = confusion(truth, predicted, weight)
        return by_class(share(table.diagonal(), table.sum(axis=1)), table)
