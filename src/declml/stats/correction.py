"""Many tests at once: the share of false alarms among all alarms is held, not that of each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from declml.stats.errors import StatsError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Correction: TypeAlias = Literal["bh", "by", "none"]


def adjusted(p: ArrayLike, method: Correction = "bh") -> NDArray[np.float64]:
    """The q of each p [k]: the smallest false discovery rate at which it would be an alarm.

    Args:
        p: probabilities; NaN stays NaN and does not count as a test.
        method: "bh" (Benjamini-Hochberg 1995: independent or positively dependent tests), "by" (Benjamini-Yekutieli
            2001: any dependence) or "none".
    """
    values = np.asarray(p, np.float64)
    known = ~np.isnan(values)
    if ((values[known] < 0.0) | (values[known] > 1.0)).any():
        raise StatsError("a probability is outside 0..1")
    result = values.copy()
    size = int(known.sum())
    if method == "none" or size == 0:
        return result
    order = np.argsort(values[known], kind="stable")
    ranks = np.arange(1, size + 1)
    factor = float(np.sum(1.0 / ranks)) if method == "by" else 1.0
    stepped = values[known][order] * (size * factor) / ranks
    raised = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    back = np.empty(size)
    back[order] = raised
    result[known] = back
    return result


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """`adjusted` with "bh"."""
    return adjusted(p, "bh")


def benjamini_yekutieli(p: ArrayLike) -> NDArray[np.float64]:
    """`adjusted` with "by"."""
    return adjusted(p, "by")
