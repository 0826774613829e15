"""The exact distribution of the two-sample Kolmogorov-Smirnov statistic by counting lattice paths."""

from __future__ import annotations

import numpy as np
from numba import types

from declml.stats.kernels.compile import kernel


@kernel(types.float64(types.int64, types.int64, types.int64))
def path_share(n: int, m: int, h: int) -> float:
    """Share of the paths from (0, 0) to (n, m) that meet a point with |i*m - j*n| >= h.

    That share is P(D >= h / (n*m)) for two samples of one continuous law (Hodges 1957). Points outside count 1, so only
    positive numbers are added and small probabilities keep their digits. Time and memory: n times the band's width,
    and m.
    """
    outside = np.ones(m + 1, np.float64)
    for j in range(m + 1):
        if j * n < h:
            outside[j] = 0.0
    inverse = np.empty(n + m + 1, np.float64)
    inverse[0] = 0.0
    for k in range(1, n + m + 1):
        inverse[k] = 1.0 / k
    for i in range(1, n + 1):
        low = max(0, (i * m - h) // n + 1)
        high = min(m, (i * m + h - 1) // n)
        left = 1.0
        if low == 0:
            left = outside[0]
            low = 1
        for j in range(low, high + 1):
            left = (i * outside[j] + j * left) * inverse[i + j]
            outside[j] = left
    return float(outside[m])
