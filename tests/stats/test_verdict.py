"""Verdicts: significant and large; every odd column has a clear answer."""

from __future__ import annotations

import numpy as np
import pytest

from declml.stats import Assessment, Profile, Sizes, StatsError, TableProfile, assess, assess_table
from declml.stats.detectable import shift_of

RNG = np.random.default_rng(9)
N = 10_000
REFERENCE = RNG.normal(size=N)
LABELS = list("abcde")


def number(reference: object, window: object, alpha: float = 0.01, **sizes: float) -> Assessment:
    profile = Profile.fit_number(reference, name="x")
    return assess(profile, profile.of(window), alpha, sizes=Sizes(**sizes))


def category(reference: object, window: object) -> Assessment:
    profile = Profile.fit_category(np.asarray(reference, int), LABELS, name="c")
    return assess(profile, profile.of(np.asarray(window, int)))


def test_no_change_is_stable() -> None:
    result = number(REFERENCE, RNG.normal(size=2000))
    assert (result.status, result.drifted) == ("stable", ())
    assert result.evidence.effect.low <= result.evidence.effect.value <= result.evidence.effect.high


@pytest.mark.parametrize("change", [lambda x: x + 0.4, lambda x: x - 0.4, lambda x: x * 2, lambda x: x * 1000])
def test_a_change_either_way_is_drift(change: object) -> None:
    result = number(REFERENCE, change(RNG.normal(size=2000)))  # type: ignore[operator]
    assert (result.status, result.drifted) == ("drift", ("distribution",))
    assert "at least" in result.reason


def test_a_tiny_change_in_many_rows_is_significant_but_not_drift() -> None:
    result = number(RNG.normal(size=300_000), RNG.normal(size=300_000) + 0.02)
    assert result.q < 0.01
    assert result.status == "stable"
    assert number(RNG.normal(size=300_000), RNG.normal(size=300_000) + 0.02, ks=0.004).status == "drift"


def test_far_outliers_in_few_rows_are_a_large_change() -> None:
    window = RNG.normal(size=10_000)
    window[:600] *= 1000
    result = number(REFERENCE, window)
    assert result.evidence.effect.high < 0.05
    assert result.status == "drift"


def test_one_null_hides_nothing() -> None:
    window = RNG.normal(size=2000) + 1.0
    window[7] = np.nan
    result = number(REFERENCE, window)
    assert result.drifted == ("distribution",)
    assert result.evidence.p < 1e-12


@pytest.mark.parametrize(("rate", "rows"), [(0.1, 200), (0.1, 10_000), (0.9, 1000), (0.05, 2000)])
def test_nulls_are_drift_of_their_own(rate: float, rows: int) -> None:
    window = RNG.normal(size=rows)
    window[: int(rate * rows)] = np.nan
    result = number(REFERENCE, window)
    assert (result.status, result.drifted) == ("drift", ("nulls",))
    assert result.evidence.nulls.value == pytest.approx(rate)


def test_nulls_that_vanish_are_drift_too() -> None:
    reference = REFERENCE.copy()
    reference[:3000] = np.nan
    assert number(reference, RNG.normal(size=1000)).drifted == ("nulls",)


def test_odd_columns_have_clear_answers() -> None:
    nothing = np.full(500, np.nan)
    answers = {
        "empty window": number(REFERENCE, []),
        "empty reference": number([], REFERENCE),
        "one row": number(REFERENCE, [50.0]),
        "all null": number(REFERENCE, nothing),
        "null before and after": number(nothing, nothing),
        "no longer null": number(nothing, REFERENCE),
        "infinite": number(REFERENCE, np.where(np.arange(1000) < 300, np.inf, RNG.normal(size=1000))),
        "always infinite": number(np.full(500, np.inf), np.full(500, np.inf)),
        "other infinity": number(np.full(500, np.inf), np.full(500, -np.inf)),
    }
    assert {name: answer.status for name, answer in answers.items()} == {
        "empty window": "unknown",
        "empty reference": "unknown",
        "one row": "unknown",
        "all null": "drift",
        "null before and after": "stable",
        "no longer null": "drift",
        "infinite": "drift",
        "always infinite": "stable",
        "other infinity": "drift",
    }
    assert answers["empty window"].reason == "the window is empty"
    assert answers["empty reference"].reason == "the reference is empty"
    assert "too few" in answers["one row"].reason
    assert answers["all null"].evidence.findings == ("all_null",)
    assert answers["no longer null"].evidence.findings == ("no_longer_null",)
    assert "infinite_values" in answers["infinite"].evidence.findings


def test_constants_that_change_are_findings() -> None:
    ones = np.ones(1000)
    assert number(ones, ones).status == "stable"
    varied = number(ones, np.where(np.arange(1000) < 5, 2.0, 1.0))
    assert varied.evidence.findings == ("became_variable",)
    assert varied.status == "stable"
    assert number(ones, np.full(1000, 2.0)).evidence.findings == ("new_constant",)
    frozen_sensor = number(REFERENCE, ones)
    assert frozen_sensor.evidence.findings == ("became_constant",)
    assert frozen_sensor.status == "drift"
    rare = np.where(np.arange(N) < 100, 1.0, 0.0)
    assert number(rare, np.zeros(50)).evidence.findings == ()


def test_categories() -> None:
    reference = RNG.integers(0, 5, N)
    assert category(reference, RNG.integers(0, 5, 1000)).status == "stable"
    unseen = category(reference, RNG.integers(0, 6, 1000))
    assert (unseen.status, unseen.evidence.findings) == ("drift", ("unseen_labels",))
    one = category(reference, np.append(RNG.integers(0, 5, 999), 5))
    assert (one.status, one.evidence.findings) == ("stable", ("unseen_labels",))
    assert category(reference, np.full(1000, 2)).evidence.findings == ("became_constant",)
    assert category(reference, np.full(1000, -1)).drifted == ("nulls",)
    assert category(reference, []).status == "unknown"


def test_a_table_is_corrected_as_a_whole() -> None:
    columns = {f"x{i}": RNG.normal(size=N) for i in range(30)}
    table = TableProfile(Profile.fit_number(column, name=name) for name, column in columns.items())
    window = {name: RNG.normal(size=1000) + (0.5 if name in {"x3", "x4"} else 0.0) for name in columns}
    result = assess_table(table, table.of(window))
    assert [answer.column for answer in result if answer.status == "drift"] == ["x3", "x4"]
    assert all(answer.q >= answer.evidence.p for answer in result)
    uncorrected = assess_table(table, table.of(window), correction="none")
    assert [answer.q for answer in uncorrected] == [answer.evidence.p for answer in uncorrected]


def test_one_unusable_column_spoils_no_other() -> None:
    table = TableProfile([Profile.fit_number(REFERENCE, name="good"), Profile.fit_number([np.nan] * 50, name="bad")])
    result = assess_table(table, table.of({"good": RNG.normal(size=1000) + 1, "bad": []}))
    assert [answer.status for answer in result] == ["drift", "unknown"]


def test_tables_of_other_columns_are_refused() -> None:
    table = TableProfile([Profile.fit_number(REFERENCE, name="x")])
    with pytest.raises(StatsError, match="different columns"):
        assess_table(table, TableProfile([]))
    assert assess_table(TableProfile([]), TableProfile([])) == []


def test_the_stated_detectable_change_is_detected_at_least_four_times_in_five() -> None:
    rng = np.random.default_rng(10)
    profile = Profile.fit_number(rng.normal(size=50_000), name="x")
    sizes = Sizes(ks=0.05, wasserstein=np.inf)

    def share_found(distance: float) -> float:
        windows = (profile.of(rng.normal(size=1000) + shift_of(distance)) for _ in range(200))
        return float(np.mean([assess(profile, window, 0.05, sizes=sizes).status == "drift" for window in windows]))

    stated = assess(profile, profile.of(rng.normal(size=1000)), 0.05, sizes=sizes).detectable
    assert share_found(stated) >= 0.78
    assert share_found(0.6 * stated) < 0.5
