"""Everything that two profiles of one column say about a change, before any verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from declml.stats import binned, counts
from declml.stats.bins import Labels
from declml.stats.detectable import detectable_ks, detectable_total_variation

if TYPE_CHECKING:
    from declml.stats.profile import Profile

Test: TypeAlias = Literal["ks", "chi_square", "none"]
Measure: TypeAlias = Literal["ks", "total_variation"]
Finding: TypeAlias = Literal[
    "became_variable",
    "became_constant",
    "new_constant",
    "unseen_labels",
    "infinite_values",
    "all_null",
    "no_longer_null",
]

FEW_CELLS = 32
"""A number column with at most so many values in use is tested by chi-square: ties make Kolmogorov-Smirnov blind."""

ROWS_PER_CELL = 5
"""... if its reference holds at least so many rows for each."""

NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Bounded:
    """A measured size with its one-sided confidence bounds."""

    value: float
    low: float
    high: float


UNKNOWN = Bounded(math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured on one column.

    Attributes:
        column: its name.
        rows: of reference and current, nulls included.
        present: values that are not null, of reference and current.
        test: which test of the distribution was made; "none" when a side has no values.
        statistic: of that test.
        p: its probability when nothing changed; NaN when not known.
        measure: what `effect` is: Kolmogorov-Smirnov distance of numbers, total variation of categories.
        effect: size of the change of the distribution, nulls aside.
        distance: Wasserstein distance in standard deviations of the reference; NaN for categories and constants.
        null_p: probability of the null rates when nothing changed.
        nulls: change of the null rate, current minus reference, with bounds.
        findings: facts to be told whatever the verdict.
    """

    column: str
    rows: tuple[int, int]
    present: tuple[int, int]
    test: Test
    statistic: float
    p: float
    measure: Measure
    effect: Bounded
    distance: Bounded
    null_p: float
    nulls: Bounded
    findings: tuple[Finding, ...] = field(default=())

    def detectable(self, alpha: float, *, size: float = 0.0, power: float = 0.8, cells: int = 2) -> float:
        """Smallest `effect` noticed with probability `power`, given these numbers of values."""
        n, m = self.present
        if self.measure == "ks":
            return detectable_ks(n, m, alpha, size=size, power=power)
        return detectable_total_variation(n, m, cells, alpha, size=size, power=power)


def gather(reference: Profile, current: Profile, *, confidence: float = 0.95, rare: float = 0.01) -> Evidence:
    """Measure one column.

    Args:
        reference: profile of the reference.
        current: profile in the same cells.
        confidence: of the one-sided bounds.
        rare: "became constant" is reported when a constant window had a smaller probability than this under the
            reference.
    """
    z = NORMAL.inv_cdf(confidence)
    number = reference.is_number
    measured = reference.present > 0 and current.present > 0
    test, statistic, p = _test(reference, current) if measured else ("none", math.nan, math.nan)
    effect = distance = UNKNOWN
    if measured:
        effect = _ks_bounded(reference, current, z) if number else _variation_bounded(reference, current, z)
        distance = _distance_bounded(reference, current, z) if number else UNKNOWN
    return Evidence(
        column=reference.name,
        rows=(reference.rows, current.rows),
        present=(reference.present, current.present),
        test=test,
        statistic=statistic,
        p=p,
        measure="ks" if number else "total_variation",
        effect=effect,
        distance=distance,
        null_p=binned.null_rate_p(reference, current),
        nulls=_nulls_bounded(reference, current, z),
        findings=tuple(_findings(reference, current, rare)),
    )


def _test(reference: Profile, current: Profile) -> tuple[Test, float, float]:
    used = int(np.count_nonzero(reference.counts))
    if not reference.is_number or (used <= FEW_CELLS and reference.present >= ROWS_PER_CELL * used):
        result = counts.chi_square(reference.counts, current.counts, least_expected=counts.LEAST_EXPECTED)
        return "chi_square", result.statistic, result.p
    return "ks", binned.ks(reference, current), binned.ks_p(reference, current)


def _ks_bounded(reference: Profile, current: Profile, z: float) -> Bounded:
    """The distance at its largest point is normal around the truth (Raghavachari 1973)."""
    low, high, at_reference, at_current, _ = binned.ks_parts(reference, current)
    error = math.sqrt(_variance(at_reference, reference.present) + _variance(at_current, current.present))
    return Bounded(low, max(0.0, low - z * error), min(1.0, high + z * error))


def _variation_bounded(reference: Profile, current: Profile, z: float) -> Bounded:
    """What the growing cells gained, as a difference of two proportions, less what noise alone would add."""
    from scipy.special import ndtr

    n, m = reference.present, current.present
    p, q = reference.counts / n, current.counts / m
    change = np.abs(p - q)
    value = 0.5 * float(change.sum())
    gained = q > p
    error = math.sqrt(_variance(float(p[gained].sum()), n) + _variance(float(q[gained].sum()), m))
    spread = np.sqrt(p * (1.0 - p) / n + q * (1.0 - q) / m)
    used = spread > 0.0
    d, s = change[used], spread[used]
    noise = s * math.sqrt(2.0 / math.pi) * np.exp(-0.5 * (d / s) ** 2) - 2.0 * d * ndtr(-d / s)
    bias = 0.5 * float(noise.sum())
    return Bounded(value, max(0.0, value - bias - z * error), min(1.0, value + z * error))


def _distance_bounded(reference: Profile, current: Profile, z: float) -> Bounded:
    parts = binned.wasserstein_parts(reference, current)
    low = max(0.0, parts.distance - parts.noise - z * parts.error) if not math.isnan(parts.distance) else math.nan
    return Bounded(parts.distance, low, parts.distance + z * parts.error)


def _nulls_bounded(reference: Profile, current: Profile, z: float) -> Bounded:
    """Difference of two proportions, bounds by Newcombe's hybrid score method (1998, method 10)."""
    n, m = reference.rows, current.rows
    if not (n and m):
        return UNKNOWN
    p, q = reference.null_rate, current.null_rate
    p_low, p_high = _wilson(p, n, z)
    q_low, q_high = _wilson(q, m, z)
    low = q - p - math.hypot(q - q_low, p_high - p)
    high = q - p + math.hypot(q_high - q, p - p_low)
    return Bounded(q - p, low, high)


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def _variance(share: float, n: int) -> float:
    """Of a share of n rows, which is never taken as certain."""
    inner = (share * n + 1.0) / (n + 2.0)
    return inner * (1.0 - inner) / n


def _findings(reference: Profile, current: Profile, rare: float) -> list[Finding]:
    found: list[Finding] = []
    if current.rows and not current.present and reference.present:
        found.append("all_null")
    if reference.rows and not reference.present and current.present:
        found.append("no_longer_null")
    if not (reference.present and current.present):
        return found
    if reference.constant and not current.constant:
        found.append("became_variable")
    if current.constant and not reference.constant:
        share = float(reference.counts[int(np.argmax(current.counts))]) / reference.present
        if share**current.present < rare:
            found.append("became_constant")
    if current.constant and reference.constant and _only(reference) != _only(current):
        found.append("new_constant")
    if isinstance(reference.bins, Labels) and current.counts[-1] and not reference.counts[-1]:
        found.append("unseen_labels")
    if current.infinite and not reference.infinite:
        found.append("infinite_values")
    return found


def _only(profile: Profile) -> float:
    """The one value of a constant column: itself, or its code."""
    return profile.lowest if profile.is_number else float(np.argmax(profile.counts))
