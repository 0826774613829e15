"""Harmonic mean of precision and recall."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from declml.api import Metric, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class F1(Metric):
    """Harmonic mean of precision and recall, at the most likely class.

    Two classes: of the second class. More: the mean over the classes. 0 where the class is never answered and never true.
    """

    type: Literal["f1"] = "f1"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def score(
        self,
        truth: npt.NDArray[np.float64] | npt.NDArray[np.int64],
        predicted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64] | None = None,
    ) -> float:
        """The mean."""
        from declml.builtin.metrics.labels import by_class, confusion, share

        table = confusion(truth, predicted, weight)
        return by_class(share(2.0 * table.diagonal(), table.sum(axis=0) + table.sum(axis=1)), table)
