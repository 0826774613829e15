"""From a statistic to the probability of one at least as large when nothing changed.

Every function returns NaN when a sample is empty or the statistic is NaN: NaN means "not known", never "no change".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_STEPS = 500_000
"""The exact Kolmogorov-Smirnov probability is counted when that takes at most so many steps (under 1 ms)."""

HEAVY = 0.05
"""A cell with a larger share of the rows is followed on its own."""

SHORTEST = 0.02
"""Shares below this are not followed on their own."""

SIEGMUND = 0.5826
"""-zeta(1/2) / sqrt(2 pi): how far a random walk oversteps a bound, in its own steps."""

BRIDGE = (0.3, 2.6)
"""Within these, ties are worth following; outside, the answer is near 1 or below 3e-6 anyway."""

NODES = 40
"""Points of the integration over the state of the bridge."""

SMALL = 1.18
"""Below this, the theta series of the Kolmogorov distribution converges faster than the alternating one."""

FISHER_EXPECTED = 10.0
"""Below this smallest expected count, two proportions are compared exactly."""


def ks_p(statistic: float, n: int, m: int) -> float:
    """Probability of a Kolmogorov-Smirnov distance of at least `statistic` between samples of n and m values.

    Exact by counting lattice paths where that is cheap (2 * n * m * statistic + n + m steps: always for n*m <= 2e5),
    otherwise `kolmogorov_p` at n*m/(n+m), off by less than 5e-5 above 500 and 1e-6 above 5e4. Right for continuous
    values; with ties, or a statistic taken from cells, it is an upper bound.
    """
    if math.isnan(statistic) or n <= 0 or m <= 0:
        return math.nan
    height = math.ceil(statistic * n * m * (1.0 - 1e-12) - 1e-7)  # not above the statistic by rounding
    if height <= 0:
        return 1.0
    if 2 * height + n + m <= EXACT_STEPS:
        from declml.stats.kernels.lattice import path_share

        return float(path_share(min(n, m), max(n, m), height))
    return kolmogorov_p(statistic, n * m / (n + m))


def ks_cells_p(statistic: float, reference: NDArray[np.int64], current: NDArray[np.int64], border: int) -> float:
    """Probability of a distance of at least `statistic` between counts of two samples in the same ordered cells.

    A distance seen only at the borders of cells is shorter than one seen everywhere. Small cells are allowed for by
    lengthening it by 0.5826 standard deviations of the step between borders (Siegmund 1979), cells with over 1/20 of
    the rows by following the bridge across them unseen (Schmid 1958).

    Args:
        statistic: the largest distance, found at the upper border of cell `border`.
        reference: counts [k].
        current: counts [k].
        border: where the distance was found.
    """
    import numpy as np

    n, m = int(reference.sum()), int(current.sum())
    if math.isnan(statistic) or n <= 0 or m <= 0:
        return math.nan
    pooled = reference + current
    size, steps = n * m / (n + m), np.flatnonzero(pooled)
    heavy = pooled[steps] > HEAVY * (n + m)
    place = int(np.searchsorted(steps, border, side="right"))
    light = np.where(heavy, 0, pooled[steps] - 1)
    hidden = float(light[max(place - 1, 0) : place + 1].sum()) / (2.0 * (n + m))
    longer = min(1.0, statistic + SIEGMUND * math.sqrt(hidden / size))
    bound = longer * math.sqrt(size)
    if not heavy.any() or not BRIDGE[0] < bound < BRIDGE[1]:
        return ks_p(longer, n, m)
    return _bridge_p(pooled[steps] / (n + m), heavy, bound)


def _bridge_p(shares: NDArray[np.float64], heavy: NDArray[np.bool_], bound: float) -> float:
    """Light stretches are watched, heavy ones are not; a stretch too short to integrate over joins the next."""
    import numpy as np

    from declml.stats.kernels.bridge import escape_share

    times: list[float] = []
    watched: list[bool] = []
    waiting = 0.0
    for share, alone in zip(shares, heavy, strict=True):
        waiting += float(share)
        if alone:
            times.append(waiting)
            watched.append(False)
            waiting = 0.0
        elif waiting >= SHORTEST:
            if watched and watched[-1]:
                times[-1] += waiting
            else:
                times.append(waiting)
                watched.append(True)
            waiting = 0.0
    times[-1] += waiting
    if len(times) == 1:
        return 1.0
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return min(1.0, max(0.0, float(escape_share(np.array(times), np.array(watched), bound, nodes, weights))))


def kolmogorov_p(statistic: float, size: float) -> float:
    """Tail of the Kolmogorov law at sqrt(size) * statistic, corrected to order 1/size (Vrbik 2018)."""
    if math.isnan(statistic) or size <= 0:
        return math.nan
    root = math.sqrt(size)
    z = statistic * root
    z += 1.0 / (6.0 * root) + (z - 1.0) / (4.0 * size)
    if z <= 0.0:
        return 1.0
    if z < SMALL:
        step = math.exp(-(math.pi**2) / (8.0 * z * z))
        return min(1.0, max(0.0, 1.0 - math.sqrt(2.0 * math.pi) / z * (step + step**9 + step**25 + step**49)))
    step = math.exp(-2.0 * z * z)
    return min(1.0, 2.0 * (step - step**4 + step**9 - step**16))


def chi_square_p(statistic: float, degrees: int) -> float:
    """Upper tail of the chi-square distribution; 1 for no degrees of freedom."""
    if math.isnan(statistic) or degrees < 0:
        return math.nan
    if degrees == 0:
        return 1.0
    from scipy.special import chdtrc

    return float(chdtrc(degrees, statistic))


def normal_p(z: float) -> float:
    """Probability that a standard normal value is at least |z| away from 0, on either side."""
    return math.erfc(abs(z) / math.sqrt(2.0))


def proportions_p(first: int, n: int, second: int, m: int) -> float:
    """Two-sided test that first of n and second of m are one proportion.

    Pearson's chi-square (one degree, no continuity correction), or Fisher's exact test when an expected count is below
    10.
    """
    if n <= 0 or m <= 0:
        return math.nan
    total, hits = n + m, first + second
    if hits in {0, total}:
        return 1.0
    smallest = min(hits, total - hits) * min(n, m) / total
    if smallest < FISHER_EXPECTED:
        return _fisher_p(first, n, second, m)
    pooled = hits / total
    z = (first / n - second / m) / math.sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
    return normal_p(z)


def _fisher_p(first: int, n: int, second: int, m: int) -> float:
    import numpy as np
    from scipy.special import gammaln

    hits = first + second
    if 2 * hits > n + m:
        first, second, hits = n - first, m - second, n + m - hits
    if n < m:
        first, n, m = second, m, n
    seen = hits - first
    values = np.arange(max(0, hits - n), min(hits, m) + 1)

    def log_choose(size: int, taken: np.ndarray) -> np.ndarray:
        chosen: np.ndarray = gammaln(size + 1) - gammaln(taken + 1) - gammaln(size - taken + 1)
        return chosen

    logs = log_choose(m, values) + log_choose(n, hits - values)
    shares = np.exp(logs - logs.max())
    at = shares[seen - values[0]]
    return float(min(1.0, shares[shares <= at * (1.0 + 1e-7)].sum() / shares.sum()))
