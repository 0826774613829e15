"""From a statistic to the probability of one at least as large when nothing changed.

Every function returns NaN when a sample is empty or the statistic is NaN: NaN means "not known", never "no change".
"""

from __future__ import annotations

import math

EXACT_STEPS = 2_000_000
"""The exact Kolmogorov-Smirnov probability is counted when that takes at most so many steps (about 4 ms)."""

SMALL = 1.18
"""Below this, the theta series of the Kolmogorov distribution converges faster than the alternating one."""

FISHER_EXPECTED = 10.0
"""Below this smallest expected count, two proportions are compared exactly."""


def ks_p(statistic: float, n: int, m: int) -> float:
    """Probability of a two-sample Kolmogorov-Smirnov distance of at least `statistic` between samples of n and m values.

    Exact by counting lattice paths where that is cheap (2 * n * m * statistic steps: always for n*m <= 1e6), otherwise
    `kolmogorov_p` at n*m/(n+m), off by less than 5e-5 above 500 and 1e-6 above 5e4. Right for continuous values; with ties, or a
    statistic taken from cells, it is an upper bound.
    """
    if math.isnan(statistic) or n <= 0 or m <= 0:
        return math.nan
    if 2.0 * n * m * statistic <= EXACT_STEPS:
        from declml.stats.kernels.lattice import path_share

        return float(path_share(min(n, m), max(n, m), _lattice_height(statistic, n, m)))
    return kolmogorov_p(statistic, n * m / (n + m))


def _lattice_height(statistic: float, n: int, m: int) -> int:
    """The smallest difference on the lattice of i*m - j*n that is not below the statistic but for rounding."""
    return math.ceil(statistic * n * m * (1.0 - 1e-12) - 1e-7)


def kolmogorov_p(statistic: float, size: float) -> float:
    """Tail of the Kolmogorov distribution at sqrt(size) * statistic, corrected for finite size to order 1/size (Vrbik 2018)."""
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

    Pearson's chi-square (one degree, no continuity correction), or Fisher's exact test when an expected count is below 10.
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
