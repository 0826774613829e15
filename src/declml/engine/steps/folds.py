"""How the training rows are cut for a search: each fold is rows to learn and rows to score."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Fold = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def forward(moments: npt.NDArray[np.int64], k: int) -> list[Fold]:
    """`k` folds in time: each learns all rows before a block and scores the block; rows of one moment stay together."""
    order = np.argsort(moments, kind="stable")
    ordered = moments[order]
    cuts = [int(np.searchsorted(ordered, ordered[len(ordered) * place // (k + 1)])) for place in range(1, k + 1)]
    cuts.append(len(ordered))
    return [(order[:low], order[low:high]) for low, high in pairwise(cuts) if 0 < low < high]


def grouped(groups: npt.NDArray[np.int64], k: int, seed: int) -> list[Fold]:
    """`k` folds of whole groups, the largest groups dealt first."""
    names, members = np.unique(groups, return_inverse=True)
    sizes = np.bincount(members)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    dealt, loads = np.zeros(len(names), np.int64), np.zeros(k)
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        dealt[group] = int(loads.argmin())
        loads[dealt[group]] += sizes[group]
    return crossed(dealt[members], k)


def stratified(strata: npt.NDArray[np.int64], k: int, seed: int) -> list[Fold]:
    """`k` folds at random, each with its share of every stratum."""
    generator = np.random.default_rng(seed)
    parts = np.empty(len(strata), np.int64)
    for stratum in np.unique(strata):
        rows = generator.permutation(np.flatnonzero(strata == stratum))
        parts[rows] = (np.arange(len(rows)) + int(generator.integers(k))) % k
    return crossed(parts, k)


def crossed(parts: npt.NDArray[np.int64], k: int) -> list[Fold]:
    """Each part scored once, learnt otherwise."""
    folds = [(np.flatnonzero(parts != part), np.flatnonzero(parts == part)) for part in range(k)]
    return [(learn, score) for learn, score in folds if len(learn) and len(score)]
