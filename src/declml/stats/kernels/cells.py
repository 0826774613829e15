"""What two samples counted in the same ordered cells say about their distribution functions, in one pass."""

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
def noise(d: float, s: float) -> float:
    """How much larger the mean of |d + normal(0, s)| is than |d|."""
    if s <= 0.0:
        return 0.0
    z = abs(d) / s
    return s * math.sqrt(2.0 / math.pi) * math.exp(-0.5 * z * z) - abs(d) * math.erfc(z / math.sqrt(2.0))


@inlined
def line_area(a: float, b: float) -> float:
    """Integral of |x| where x goes straight from a to b over a length of one."""
    if (a < 0.0) == (b < 0.0) or a == 0.0 or b == 0.0:
        return 0.5 * abs(a + b)
    return 0.5 * (a * a + b * b) / (abs(a) + abs(b))


@kernel(types.UniTuple(f8, 5)(vector(types.int64), vector(types.int64), vector(types.boolean)))
def ks_cells(
    reference: NDArray[Any], current: NDArray[Any], atoms: NDArray[Any]
) -> tuple[float, float, float, float, float]:
    """Least and greatest Kolmogorov-Smirnov distance that the counts allow.

    Then both distribution functions where the least was found, and the cell below that border.

    The smallest is the distance at the borders of cells. Within a cell that is not one value (`atoms`), the functions
    may differ by as much as one rises wholly before the other.
    """
    n = np.float64(reference.sum())
    m = np.float64(current.sum())
    r = c = 0
    least = most = at_r = at_c = border = 0.0
    for k in range(len(reference)):
        before_r, before_c = r / n, c / m
        r += reference[k]
        c += current[k]
        after_r, after_c = r / n, c / m
        d = abs(after_r - after_c)
        if d > least:
            least, at_r, at_c, border = d, after_r, after_c, float(k)
        if not atoms[k]:
            d = max(d, abs(before_r - after_c), abs(after_r - before_c))
        most = max(most, d)
    return least, most, at_r, at_c, border


@kernel(types.UniTuple(f8, 3)(vector(types.int64), vector(types.int64), vector(f8), vector(f8), types.boolean))
def wasserstein_cells(
    reference: NDArray[Any], current: NDArray[Any], borders: NDArray[Any], tails: NDArray[Any], with_noise: bool
) -> tuple[float, float, float]:
    """Area between the distribution functions, its standard error, and (if asked) the area expected from noise alone.

    Inside a cell the functions are taken as straight lines. `tails` holds the sums of the distances beyond the first
    and last
    border: reference below, reference above, current below, current above. The standard error is that of the mean of
    g, the function of slope +-1 whose mean differs by exactly that area (Kantorovich duality).
    """
    n = np.float64(reference.sum())
    m = np.float64(current.sum())
    last = len(reference) - 1
    below, above = tails[0] / n - tails[2] / m, tails[3] / m - tails[1] / n
    area = abs(below) + abs(above)
    bias = g = 0.0
    mean_r = mean_c = square_r = square_c = 0.0
    r = c = 0
    d = 0.0
    for k in range(last + 1):
        r += reference[k]
        c += current[k]
        f_r, f_c = r / n, c / m
        before = d
        d = f_c - f_r
        if 0 < k < last:
            width = borders[k] - borders[k - 1]
            area += width * line_area(before, d)
            middle = 0.5 * (before + d)
            if with_noise:
                variance = f_r * (1.0 - f_r) / n + f_c * (1.0 - f_c) / m
                bias += width * noise(middle, math.sqrt(max(variance, 0.0)))
            slope = 1.0 if middle >= 0.0 else -1.0
            g_r = g_c = g + 0.5 * slope * width
            g += slope * width
        elif k == 0:
            slope = 1.0 if below <= 0.0 else -1.0
            g_r = -slope * tails[0] / max(reference[0], 1)
            g_c = -slope * tails[2] / max(current[0], 1)
        else:
            slope = 1.0 if above <= 0.0 else -1.0
            g_r = g + slope * tails[1] / max(reference[last], 1)
            g_c = g + slope * tails[3] / max(current[last], 1)
        mean_r += reference[k] * g_r
        mean_c += current[k] * g_c
        square_r += reference[k] * g_r * g_r
        square_c += current[k] * g_c * g_c
    spread_r = max(square_r / n - (mean_r / n) ** 2, 0.0)
    spread_c = max(square_c / m - (mean_c / m) ** 2, 0.0)
    return area, math.sqrt(spread_r / n + spread_c / m), bias
