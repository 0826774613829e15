"""The smallest change that a test can be relied on to notice, before any data is seen."""

from __future__ import annotations

import math
from statistics import NormalDist

NORMAL = NormalDist()


def detectable_ks(
    n: int, m: int, alpha: float, *, power: float = 0.8, size: float = 0.0, confidence: float = 0.95
) -> float:
    """Kolmogorov-Smirnov distance that samples of n and m values notice with probability `power`; NaN for an empty one.

    With `size`, the distance at which also its lower `confidence` bound reaches `size`. The distance at its largest
    point is taken as normal with the largest variance possible, so the true power is at least about this. At most 1.
    """
    if n <= 0 or m <= 0:
        return math.nan
    scale = math.sqrt(1.0 / n + 1.0 / m)
    lift = NORMAL.inv_cdf(power) * 0.5
    significant = (math.sqrt(-0.5 * math.log(alpha / 2.0)) + lift) * scale
    sized = size + (NORMAL.inv_cdf(confidence) * 0.5 + lift) * scale if size > 0.0 else 0.0
    return min(1.0, max(significant, sized))


def detectable_total_variation(
    n: int, m: int, cells: int, alpha: float, *, power: float = 0.8, size: float = 0.0, confidence: float = 0.95
) -> float:
    """Total variation that a chi-square test of `cells` cells notices with probability `power`; at most 1.

    However it is spread, a change of total variation t has a noncentrality of at least 4 t**2 n m / (n + m).
    `size` as in `detectable_ks`.
    """
    if n <= 0 or m <= 0:
        return math.nan
    if cells < 2:
        return 1.0
    from scipy.special import chdtri, chndtrinc

    critical = float(chdtri(cells - 1, alpha))
    noncentrality = float(chndtrinc(critical, cells - 1, 1.0 - power))
    scale = math.sqrt(1.0 / n + 1.0 / m)
    significant = 0.5 * math.sqrt(noncentrality) * scale
    lift = 0.5 * (NORMAL.inv_cdf(confidence) + NORMAL.inv_cdf(power)) * scale
    return min(1.0, max(significant, size + lift if size > 0.0 else 0.0))


def shift_of(ks: float) -> float:
    """The shift of a normal law, in its standard deviations, that makes this Kolmogorov-Smirnov distance."""
    return 2.0 * NORMAL.inv_cdf((1.0 + ks) / 2.0) if ks < 1.0 else math.inf
