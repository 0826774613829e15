"""Checking one window against the reference profile of a release."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, cast

from declml.core.errors import DeclmlError
from declml.monitoring.alerts import open_alerts
from declml.monitoring.budget import ALPHA, controls
from declml.monitoring.result import ColumnCheck, Notice, WindowReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from declml.monitoring.window import Window
    from declml.plugin.kinds.statistic import Statistic
    from declml.stats.evidence import Evidence
    from declml.stats.profile import Profile
    from declml.stats.table import TableProfile
    from declml.stats.verdict import Assessment, Sizes
    from declml.store.release import Release
    from declml.store.store import Store


LEAST_SIZE = 1e-3


def check_window(
    release: Release,
    store: Store,
    window: Window,
    *,
    alpha: float = ALPHA,
    sizes: Sizes | None = None,
    statistics: Sequence[Statistic] | None = None,
    before: dict[str, Any] | None = None,
    now: float | None = None,
) -> WindowReport:
    """Compare each column of the window, and the predictions, with the release's reference.

    Args:
        release: whose reference and features.
        store: holds its artifacts.
        window: the rows, from `declml.monitoring.window`.
        alpha: bound on the share of false alarms among the alarms of this look.
        sizes: smallest changes that matter; `declml.stats.verdict.Sizes`.
        statistics: shown beside the verdict; all installed ones by default. They do not decide.
        before: the report of the last check as JSON: alerts that stay open keep their beginning.
        now: seconds since 1970.

    Raises:
        DeclmlError: E6003 the window has other columns than the release; E6004 its reference cannot be read.
    """
    from declml.stats.verdict import DEFAULT_SIZES, assess_columns

    reference = _reference(release, store)
    counted = _counted(release, reference, window)
    pairs = [(reference[name], current) for name, current in counted.items()]
    sizes = sizes or DEFAULT_SIZES
    shown, notes = _statistics(statistics)
    checks = []
    for assessment, (old, new) in zip(assess_columns(pairs, alpha, sizes=sizes), pairs, strict=True):
        role: Literal["feature", "prediction"] = "prediction" if old is reference[-1] else "feature"
        checks.append(_column(assessment, old, new, role, _measured(shown, old, new, notes), sizes))
    checks.sort(key=lambda check: (check.status != "moved", -check.strength, check.status == "unknown", check.column))
    notices = (*window.notices, *_empty(window, release))
    at = time.time() if now is None else now
    tests = sum(value == value for check in checks for value in (check.p, check.null_p))  # noqa: PLR0124 - NaN
    return WindowReport(
        project=release.project,
        release=release.number,
        at=at,
        window=window.facts(),
        reference_rows=reference.rows,
        columns=tuple(checks),
        notices=notices,
        alerts=open_alerts(release, checks, notices, at, before),
        alpha=alpha,
        tests=tests,
        controls=controls(alpha, tests),
        notes=tuple(notes),
    )


def _reference(release: Release, store: Store) -> TableProfile:
    from declml.stats.errors import StatsError
    from declml.stats.table import TableProfile

    wrong = ""
    if "profile" not in release.artifacts:
        wrong = "the release has none"
    else:
        try:
            profile = TableProfile.from_bytes(store.objects.read(release.artifacts["profile"]))
            if profile.names[:-1] == tuple(feature["name"] for feature in release.features):
                return profile
            wrong = "its columns are not the features of the release"
        except StatsError as error:
            wrong = str(error)
    raise DeclmlError(
        "E6004", f"the reference profile of {release.name} cannot be used", why=wrong, next="train again: declml run"
    )


def _counted(release: Release, reference: TableProfile, window: Window) -> dict[str, Profile]:
    """The window in the cells of the reference, by column."""
    from declml.stats.accumulator import Accumulator

    features, width = len(reference) - 1, window.X.shape[1] if window.X.ndim == 2 else -1
    if width != features:
        raise DeclmlError(
            "E6003",
            f"the window has {width} columns, {release.name} has {features} features",
            next="check rows that this release can score",
        )
    counter = Accumulator(list(reference)[:-1])
    counter.add_matrix(window.X)
    found = {profile.name: profile for profile in counter.snapshot()}
    if window.y is not None:
        found[reference[-1].name] = reference[-1].of(answers(reference[-1], window.y))
    return found


def answers(profile: Profile, y: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """What of y [n, k] the profile of the predictions counts [n].

    A category profile counts the class with the largest probability. A number profile counts values, or the probability
    of the second of two classes, or the largest probability of more.
    """
    import numpy as np

    if not profile.is_number:
        codes = y.argmax(axis=1).astype(np.int32) if y.shape[1] else np.zeros(len(y), np.int32)
        codes[np.isnan(y).any(axis=1)] = -1
        return codes
    values: npt.NDArray[Any] = y[:, -1] if y.shape[1] <= 2 else y.max(axis=1)
    return values


def _statistics(chosen: Sequence[Statistic] | None) -> tuple[list[Statistic], list[str]]:
    from declml.plugin.registry import registry

    notes: list[str] = []
    if chosen is not None:
        return list(chosen), notes
    found = []
    for name in registry().names("statistic"):
        try:
            found.append(cast("Statistic", registry().build("statistic", name)))
        except Exception as error:  # noqa: BLE001 - a guest may need settings, or raise anything
            notes.append(f"statistic {name} is left out: {type(error).__name__}")
    return found, notes


def _measured(shown: list[Statistic], old: Profile, new: Profile, notes: list[str]) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for statistic in shown:
        if ("number" if old.is_number else "category") not in statistic.columns:
            continue
        try:
            value = float(statistic.compare(old, new))
        except Exception as error:  # noqa: BLE001 - a guest's statistic must not cost the check
            value = float("nan")
            notes.append(f"statistic {statistic.type} failed on {old.name}: {type(error).__name__}: {error}")
        values[statistic.type] = None if value != value else value  # noqa: PLR0124 - NaN
    return values


def _column(
    assessment: Assessment,
    old: Profile,
    new: Profile,
    role: Literal["feature", "prediction"],
    statistics: dict[str, float | None],
    sizes: Sizes,
) -> ColumnCheck:
    from declml.monitoring.sentence import tell
    from declml.stats.detectable import shift_of

    evidence = assessment.evidence
    effect = (evidence.effect.value, evidence.effect.low, evidence.effect.high)
    return ColumnCheck(
        column=old.name,
        role=role,
        kind="number" if old.is_number else "category",
        status="moved" if assessment.status == "drift" else assessment.status,
        moved=assessment.drifted,
        findings=evidence.findings,
        sentence=tell(assessment, old, new),
        statistics=statistics,
        measure=evidence.measure,
        effect=effect,
        p=evidence.p,
        q=assessment.q,
        null_p=evidence.null_p,
        null_q=assessment.null_q,
        null_rate=(old.null_rate, new.null_rate),
        present=evidence.present,
        detectable=assessment.detectable,
        shift=shift_of(assessment.detectable) if old.is_number else float("nan"),
        strength=_strength(evidence, sizes),
    )


def _strength(evidence: Evidence, sizes: Sizes) -> float:
    """The largest change, by its lower bound as a multiple of the smallest that matters; 0 when unknown."""
    changes = [
        (evidence.effect.low, sizes.ks if evidence.measure == "ks" else sizes.total_variation),
        (evidence.distance.low, sizes.wasserstein),
        (max(evidence.nulls.low, -evidence.nulls.high), sizes.nulls),
    ]
    return max([low / max(size, LEAST_SIZE) for low, size in changes if low == low], default=0.0)  # noqa: PLR0124 - NaN


def _empty(window: Window, release: Release) -> list[Notice]:
    if window.rows:
        return []
    return [Notice("empty_window", f"the window is empty: {window.source} has no rows of {release.name} in it.")]
