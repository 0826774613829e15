"""The Kolmogorov law for values with ties: a Brownian bridge that is not seen while it crosses a frequent value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types

from declml.stats.kernels.compile import inlined, kernel, vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

f8 = types.float64


@inlined
def density(x: float, y: float, time: float, bound: float, watched: bool) -> float:
    """Brownian density from x to y; when watched, of the paths that stay within +-bound (method of images)."""
    total = math.exp(-((y - x) ** 2) / (2.0 * time))
    if watched:
        for k in range(1, 4):
            sign = -1.0 if k % 2 else 1.0
            mirrored = sign * x
            shift = 2.0 * bound * k
            total += sign * (
                math.exp(-((y - mirrored - shift) ** 2) / (2.0 * time))
                + math.exp(-((y - mirrored + shift) ** 2) / (2.0 * time))
            )
    return total / math.sqrt(2.0 * math.pi * time)


@kernel(f8(vector(f8), vector(types.boolean), f8, vector(f8), vector(f8)))
def escape_share(
    times: NDArray[Any], watched: NDArray[Any], bound: float, nodes: NDArray[Any], weights: NDArray[Any]
) -> float:
    """Probability that a Brownian bridge is seen outside +-bound.

    `times` are stretches that sum to 1. It is seen all along a watched stretch, else only at its end (Schmid 1958).
    `nodes` and `weights` integrate over -1..1.
    """
    size = len(nodes)
    here = np.empty(size)
    there = np.empty(size)
    last = len(times) - 1
    for j in range(size):
        here[j] = density(0.0, nodes[j] * bound, times[0], bound, watched[0]) * weights[j] * bound
    for k in range(1, last):
        for j in range(size):
            total = 0.0
            for i in range(size):
                total += here[i] * density(nodes[i] * bound, nodes[j] * bound, times[k], bound, watched[k])
            there[j] = total * weights[j] * bound
        here, there = there, here
    inside = 0.0
    for i in range(size):
        inside += here[i] * density(nodes[i] * bound, 0.0, times[last], bound, watched[last])
    return 1.0 - inside * math.sqrt(2.0 * math.pi)
