"""What happened to a column, in one sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from declml.stats.bins import Labels

if TYPE_CHECKING:
    from declml.stats.profile import Profile
    from declml.stats.verdict import Assessment

SHIFTED = 0.1
"""A mean that moved by so many standard deviations is told as a shift."""

SPREAD = 1.15
"""A standard deviation that changed by this factor is told as a change of spread."""


def tell(assessment: Assessment, reference: Profile, current: Profile) -> str:
    """The sentence for one column, its name first."""
    findings = assessment.evidence.findings
    parts = [_special(assessment, reference, current)]
    if not parts[0]:
        if "distribution" in assessment.drifted:
            parts.append(_distribution(reference, current) + _size(assessment))
        if "nulls" in assessment.drifted:
            more = "more" if current.null_rate > reference.null_rate else "fewer"
            parts.append(f"has {more} nulls: {_share(reference.null_rate)} to {_share(current.null_rate)}")
        if "infinite_values" in findings:
            parts.append(f"has {current.infinite} infinite values, which the reference never had")
        if "unseen_labels" in findings and "distribution" not in assessment.drifted:
            parts.append(_unseen(current))
    told = [part for part in parts if part]
    if not told:
        verb = "shows no change" if assessment.status == "stable" else "cannot be judged"
        told = [f"{verb}: {assessment.reason}"]
    return f"{reference.name} {'; it '.join(told)}."


def value_text(value: float) -> str:
    """A number as people write it: four digits at most, no exponent where none is needed."""
    return f"{value:.4g}"


def _special(assessment: Assessment, reference: Profile, current: Profile) -> str:
    """What is better told than by a distance."""
    found = assessment.evidence.findings
    if "all_null" in found:
        return f"has no value left: all {current.rows} are null, in the reference {_share(reference.null_rate)} were"
    if "no_longer_null" in found:
        return f"had no values in the reference and now has {current.present}"
    if "new_constant" in found:
        return f"was constant {_only(reference)} in the reference and is now constant {_only(current)}"
    if "became_constant" in found:
        return f"{_range(reference, 'varied')} in the reference and is now constant {_only(current)}"
    if "became_variable" in found:
        return f"was constant {_only(reference)} in the reference and now {_range(current, 'varies')}"
    return ""


def _distribution(reference: Profile, current: Profile) -> str:
    return _category(reference, current) if isinstance(reference.bins, Labels) else _number(reference, current)


def _range(profile: Profile, verb: str) -> str:
    if isinstance(profile.bins, Labels):
        return f"{verb} between {int((profile.counts > 0).sum())} categories"
    if not profile.finite:
        return f"{verb} among infinite values"
    return f"{verb} between {value_text(profile.lowest)} and {value_text(profile.highest)}"


def _only(profile: Profile) -> str:
    if not isinstance(profile.bins, Labels):
        return value_text(profile.lowest)
    code = int(profile.counts.argmax())
    return repr(profile.bins.labels[code]) if code < len(profile.bins.labels) else "one unseen category"


def _number(reference: Profile, current: Profile) -> str:
    if not (reference.finite and current.finite):
        return f"has {current.infinite} infinite and {current.finite} finite values"
    shift = (current.mean - reference.mean) / reference.std if reference.std > 0 else 0.0
    means = f"mean {value_text(reference.mean)} to {value_text(current.mean)}"
    if abs(shift) >= SHIFTED:
        medians = f"median {value_text(reference.quantile(0.5))} to {value_text(current.quantile(0.5))}"
        return f"is {'higher' if shift > 0 else 'lower'}: {means}, {medians}"
    if current.std * SPREAD < reference.std or current.std > reference.std * SPREAD:
        spread = "wider" if current.std > reference.std else "less"
        deviations = f"standard deviation {value_text(reference.std)} to {value_text(current.std)}"
        return f"is spread {spread}: {deviations}, {means}"
    return f"is spread in another way around the same mean ({value_text(current.mean)})"


def _category(reference: Profile, current: Profile) -> str:
    assert isinstance(reference.bins, Labels)
    labels = [*map(repr, reference.bins.labels), "categories never seen before"]
    before, after = reference.counts / reference.present, current.counts / current.present
    change = after - before
    told = sorted({int(change.argmax()), int(change.argmin())}, key=lambda cell: -abs(float(change[cell])))
    shares = [f"{labels[cell]} {_share(before[cell])} to {_share(after[cell])}" for cell in told]
    return f"has other shares: {', '.join(shares)}"


def _unseen(current: Profile) -> str:
    count = int(current.counts[-1])
    return f"has {count} values ({_share(count / current.present)}) of categories never seen before"


def _size(assessment: Assessment) -> str:
    evidence = assessment.evidence
    name = "KS distance" if evidence.measure == "ks" else "total variation"
    return f" ({name} {evidence.effect.value:.2f}, at least {evidence.effect.low:.2f})"


def _share(share: float) -> str:
    return "none" if math.isnan(share) else f"{100 * share:.3g}%"
