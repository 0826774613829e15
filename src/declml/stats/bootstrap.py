"""Confidence intervals of any score by resampling rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from declml.stats.errors import StatsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LEAST_KNOWN = 0.5
"""At least this share of the replicates must have a score."""


def bootstrap_interval(
    score: Callable[[NDArray[np.int64]], float],
    n: int,
    replicates: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile bootstrap interval (Efron 1979): the middle `level` of the scores of resampled rows.

    Args:
        score: the metric of the rows at these positions, int64 [n], drawn with replacement; NaN when it is not defined
            there.
        n: number of rows.
        replicates: how many resamples.
        seed: equal seeds give equal intervals.
        level: share of the scores inside, between 0 and 1.

    Returns:
        The ends; both NaN without rows, or when the score is not defined for more than half of the resamples.
    """
    if not (0.0 < level < 1.0 and replicates > 0):
        raise StatsError("a bootstrap needs a level between 0 and 1 and at least one replicate")
    if n <= 0:
        return math.nan, math.nan
    generator = np.random.default_rng(seed)
    scores = np.array([score(generator.integers(0, n, n)) for _ in range(replicates)], np.float64)
    known = scores[~np.isnan(scores)]
    if len(known) < LEAST_KNOWN * replicates or len(known) == 0:
        return math.nan, math.nan
    low, high = np.quantile(known, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)
