"""Counting right and wrong answers, and ranking them: what the metrics of classification share.

truth: class codes [n]. predicted: probabilities [n, k]. weight: [n] or None.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Truth = npt.NDArray[np.int64] | npt.NDArray[np.float64]


def confusion(truth: Truth, predicted: Floats, weight: Floats | None) -> Floats:
    """Weight of the rows by true class (rows) and most likely class (columns), [k, k]."""
    k = predicted.shape[1]
    cells = truth.astype(np.int64) * k + predicted.argmax(axis=1)
    return np.bincount(cells, weights=weight, minlength=k * k).astype(np.float64).reshape(k, k)


def share(part: Floats, whole: Floats) -> Floats:
    """The ratio part / whole, and 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def by_class(values: Floats, table: Floats) -> float:
    """The value of class 1 of two; else the mean over the classes that were true or answered."""
    if len(values) == 2:
        return float(values[1])
    met = (table.sum(axis=0) + table.sum(axis=1)) > 0
    return float(values[met].mean()) if met.any() else math.nan


def one_against_rest(
    truth: Truth,
    predicted: Floats,
    weight: Floats | None,
    curve: Callable[[npt.NDArray[np.bool_], Floats, Floats | None], float],
) -> float:
    """`curve` of class 1 of two; else its mean over the classes for which it is defined."""
    if predicted.shape[1] == 2:
        return curve(truth == 1, predicted[:, 1], weight)
    values = np.array([curve(truth == k, predicted[:, k], weight) for k in range(predicted.shape[1])])
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def thresholds(positive: npt.NDArray[np.bool_], score: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
    """Weight of true and of false positives at each distinct score, from the highest down."""
    order = np.argsort(-score, kind="stable")
    ordered, hits = score[order], positive[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    if weight is None:
        true = np.cumsum(hits)[last].astype(np.float64)
        return true, 1.0 + last - true
    heavy = weight[order]
    true = np.cumsum(heavy * hits)[last]
    return true, np.cumsum(heavy)[last] - true
