"""Every divergence of two count vectors in one pass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from numba import types

from declml.stats.kernels.compile import kernel, vector

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel(types.UniTuple(types.float64, 7)(vector(types.float64), vector(types.float64), types.float64))
def divergences(
    reference: NDArray[Any], current: NDArray[Any], floor: float
) -> tuple[float, float, float, float, float, float, float]:
    """PSI, KL(current || reference), JS divergence in nats, Hellinger squared, total variation, chi-square, cells used.

    Both vectors have a positive sum. Cells empty on both sides are left out. For PSI and KL only, a cell empty on one
    side counts `floor` rows there.
    """
    n = m = 0.0
    for k in range(len(reference)):
        n += reference[k]
        m += current[k]
    psi = kl = js = hellinger = variation = chi = used = 0.0
    for k in range(len(reference)):
        r, c = reference[k], current[k]
        if r + c == 0.0:
            continue
        used += 1.0
        p, q = r / n, c / m
        total = p + q
        d = (p - q) / total
        variation += abs(p - q)
        hellinger += (math.sqrt(p) - math.sqrt(q)) ** 2
        if p == 0.0 or q == 0.0:
            js += total * math.log(2.0)
        else:
            js += total * 0.5 * ((1.0 + d) * math.log1p(d) + (1.0 - d) * math.log1p(-d))
        expected = (r + c) * (n / (n + m))
        chi += (r - expected) ** 2 * (1.0 / expected + 1.0 / ((r + c) - expected))
        p, q = max(r, floor) / n, max(c, floor) / m
        psi += (q - p) * math.log(q / p)
        kl += q * math.log(q / p) if c > 0.0 else 0.0
    return psi, max(kl, 0.0), max(js * 0.5, 0.0), hellinger * 0.5, variation * 0.5, chi, used
