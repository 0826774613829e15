"""Counting category codes."""

# ruff: noqa: FURB136 - a select becomes vector code where min() does not, and kernels take flat arguments

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types

from declml.stats.kernels.compile import kernel, vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1024


@kernel(types.void(vector(types.int32), types.int64[::1], types.int64[::1]))
def count_codes(codes: NDArray[Any], counts: NDArray[Any], tallies: NDArray[Any]) -> None:
    """Add codes to `counts`, of which the last cell takes every code beyond the labels; negative codes are nulls."""
    other = len(counts) - 1
    hits = np.zeros((4, other + 2), np.int32)
    where = np.empty(BLOCK, np.int32)
    for begin in range(0, len(codes), BLOCK):
        part = codes[begin : begin + BLOCK]
        size = len(part)
        for k in range(size):
            code = np.int64(part[k])
            cell = code if code < other else other
            where[k] = np.int32(cell if code >= 0 else other + 1)
        for k in range(0, size - 3, 4):
            hits[0, where[k]] += 1
            hits[1, where[k + 1]] += 1
            hits[2, where[k + 2]] += 1
            hits[3, where[k + 3]] += 1
        for k in range(size - size % 4, size):
            hits[0, where[k]] += 1
    for k in range(other + 1):
        counts[k] += np.int64(hits[0, k]) + np.int64(hits[1, k]) + np.int64(hits[2, k]) + np.int64(hits[3, k])
    for k in range(4):
        tallies[0] += np.int64(hits[k, other + 1])
