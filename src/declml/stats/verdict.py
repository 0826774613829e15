"""From evidence to a verdict: a change counts when it is both significant and large enough.

Significance alone flags every column of a large window, size alone flags noise in a small one. Size is judged by its
lower confidence bound. What can't be known is "unknown", never "stable".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from declml.stats.correction import Correction, adjusted
from declml.stats.errors import StatsError
from declml.stats.evidence import Evidence, gather

if TYPE_CHECKING:
    from collections.abc import Sequence

    from declml.stats.profile import Profile
    from declml.stats.table import TableProfile

Status: TypeAlias = Literal["stable", "drift", "unknown"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """The smallest changes that matter, each compared with a lower confidence bound.

    Attributes:
        ks: Kolmogorov-Smirnov distance of a number column.
        wasserstein: or its Wasserstein distance, in standard deviations of the reference.
        total_variation: of a category column.
        nulls: change of the null rate, either way.
        confidence: of the one-sided bounds.
        least_rows: fewer values than this on a side decide nothing.
    """

    ks: float = 0.05
    wasserstein: float = 0.1
    total_variation: float = 0.05
    nulls: float = 0.02
    confidence: float = 0.95
    least_rows: int = 20


DEFAULT_SIZES = Sizes()


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on one column.

    Attributes:
        evidence: what it rests on.
        status: "drift" when the distribution or the null rate changed, "unknown" when there was too little to judge.
        reason: one sentence with the figures.
        q: `evidence.p` corrected for the number of tests.
        null_q: `evidence.null_p` corrected likewise.
        drifted: what changed: "distribution", "nulls", both or nothing.
        detectable: smallest `evidence.effect` that this test notices in four of five windows of this size.
    """

    evidence: Evidence
    status: Status
    reason: str
    q: float
    null_q: float
    drifted: tuple[Literal["distribution", "nulls"], ...]
    detectable: float

    @property
    def column(self) -> str:
        """The column's name."""
        return self.evidence.column


def assess(reference: Profile, current: Profile, alpha: float = 0.01, *, sizes: Sizes = DEFAULT_SIZES) -> Assessment:
    """The verdict on one column; its two tests (distribution, nulls) are corrected together."""
    return assess_columns([(reference, current)], alpha, sizes=sizes)[0]


def assess_table(
    reference: TableProfile,
    current: TableProfile,
    alpha: float = 0.01,
    *,
    correction: Correction = "bh",
    sizes: Sizes = DEFAULT_SIZES,
) -> list[Assessment]:
    """The verdict on each column; all tests of the table are corrected together: `alpha` is the share of false alarms.

    Raises:
        StatsError: the tables have other columns or other cells.
    """
    if reference.names != current.names:
        raise StatsError("the profiles are of different columns")
    return assess_columns(list(zip(reference, current, strict=True)), alpha, correction=correction, sizes=sizes)


def assess_columns(
    pairs: Sequence[tuple[Profile, Profile]],
    alpha: float = 0.01,
    *,
    correction: Correction = "bh",
    sizes: Sizes = DEFAULT_SIZES,
) -> list[Assessment]:
    """As `assess_table`, for pairs of reference and current."""
    found = [gather(reference, current, confidence=sizes.confidence) for reference, current in pairs]
    tests = np.array([[e.p if min(e.present) >= sizes.least_rows else math.nan, e.null_p] for e in found]).reshape(
        -1, 2
    )
    q = adjusted(tests.reshape(-1), correction).reshape(-1, 2)
    cells = [int(np.count_nonzero(reference.counts)) for reference, _ in pairs]
    return [
        decide(evidence, alpha, q=float(own[0]), null_q=float(own[1]), cells=used, sizes=sizes)
        for evidence, own, used in zip(found, q, cells, strict=True)
    ]


def decide(
    evidence: Evidence, alpha: float, *, q: float, null_q: float, cells: int = 2, sizes: Sizes = DEFAULT_SIZES
) -> Assessment:
    """Put corrected probabilities and sizes together."""
    drifted: list[Literal["distribution", "nulls"]] = []
    if q <= alpha and _large(evidence, sizes):
        drifted.append("distribution")
    least_change = max(evidence.nulls.low, -evidence.nulls.high)
    if null_q <= alpha and least_change >= sizes.nulls and min(evidence.rows) >= sizes.least_rows:
        drifted.append("nulls")
    status, reason = _tell(evidence, q, null_q, drifted, sizes)
    size = sizes.ks if evidence.measure == "ks" else sizes.total_variation
    detectable = evidence.detectable(alpha, size=size, cells=cells)
    return Assessment(evidence, status, reason, q, null_q, tuple(drifted), detectable)


def _large(evidence: Evidence, sizes: Sizes) -> bool:
    if evidence.measure == "total_variation":
        return evidence.effect.low >= sizes.total_variation
    return evidence.effect.low >= sizes.ks or evidence.distance.low >= sizes.wasserstein


def _tell(evidence: Evidence, q: float, null_q: float, drifted: Sequence[str], sizes: Sizes) -> tuple[Status, str]:
    name = "KS distance" if evidence.measure == "ks" else "total variation"
    parts = []
    if "distribution" in drifted:
        parts.append(f"{name} {evidence.effect.value:.3g} (at least {evidence.effect.low:.3g}), q {q:.2g}")
    if "nulls" in drifted:
        parts.append(f"null rate changed by {evidence.nulls.value:+.1%}, q {null_q:.2g}")
    if parts:
        return "drift", "; ".join(parts)
    if math.isnan(q):
        return _tell_unknown(evidence, sizes)
    return "stable", f"{name} {evidence.effect.value:.3g} (at most {evidence.effect.high:.3g}), q {q:.2g}"


def _tell_unknown(evidence: Evidence, sizes: Sizes) -> tuple[Status, str]:
    before, after = evidence.rows
    if not before or not after:
        return "unknown", "the reference is empty" if not before else "the window is empty"
    if min(before, after) >= sizes.least_rows and not any(evidence.present):
        return "stable", "all values are null, as before"
    fewest = min(evidence.present)
    if fewest < sizes.least_rows:
        return "unknown", f"{fewest} values are too few to judge, at least {sizes.least_rows} are needed"
    return "unknown", "the test gave no probability"
