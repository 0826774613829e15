"""Checking a window: what moved is told, what did not is not, and nothing odd is a crash."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from declml.core.errors import AlertError, DeclmlError
from declml.monitoring.alerts import raise_alerts
from declml.monitoring.budget import budget
from declml.monitoring.check import answers as predicted
from declml.monitoring.check import check_window
from declml.monitoring.window import Window
from declml.stats.profile import Profile

from .conftest import FEATURES, rows

if TYPE_CHECKING:
    from declml.monitoring.result import ColumnCheck, WindowReport
    from declml.store.release import Release
    from declml.store.store import Store

Make = Callable[..., Window]


def column(report: WindowReport, name: str) -> ColumnCheck:
    [found] = [check for check in report.columns if check.column == name]
    return found


def test_an_unchanged_window_is_quiet(release: Release, store: Store, window: Make) -> None:
    report = check_window(release, store, window(rows(1, 2000)))
    assert report.status == "quiet"
    assert report.alerts == ()
    assert {check.column for check in report.columns} == {"load", "fixed", "day", "prediction"}
    assert column(report, "prediction").role == "prediction"
    raise_alerts(report)


def test_a_shift_is_told_with_its_size_and_the_report_is_sorted_by_it(
    release: Release, store: Store, window: Make
) -> None:
    X = rows(1, 2000, shift=1.0)
    X[:200, 2] = 2.0
    report = check_window(release, store, window(X))
    load = column(report, "load")
    assert report.columns[0].column in {"load", "prediction"}
    assert [check.status for check in report.columns[:3]] == ["moved", "moved", "moved"]
    assert load.effect[1] < 0.383 < load.effect[2]  # the KS distance of a shift by one standard deviation
    assert load.statistics["wasserstein"] == pytest.approx(1.0, abs=0.1)
    assert set(load.statistics) == {"ks", "psi", "jensen_shannon", "wasserstein"}
    assert load.sentence.startswith("load is higher: mean -0.0045")
    assert f"KS distance {load.effect[0]:.2f}, at least {load.effect[1]:.2f}" in load.sentence
    assert set(column(report, "day").statistics) >= {"chi_square", "total_variation"}
    assert "has other shares: 'sun' 19.9% to 28" in column(report, "day").sentence
    assert {alert.column for alert in report.alerts} == {"load", "day", "prediction"}


def test_a_constant_that_varies_is_told_in_its_own_words(release: Release, store: Store, window: Make) -> None:
    X = rows(1, 2000)
    X[:, 1] = np.random.default_rng(5).uniform(0.001, 0.009, len(X))
    fixed = column(check_window(release, store, window(X)), "fixed")
    assert fixed.status == "moved"
    assert "became_variable" in fixed.findings
    assert fixed.sentence.startswith(
        "fixed was constant 0.003 in the reference and now varies between 0.001 and 0.0089"
    )


def test_nulls_are_a_change_of_their_own(release: Release, store: Store, window: Make) -> None:
    load = column(check_window(release, store, window(rows(1, 2000, nulls=0.2))), "load")
    assert load.moved == ("nulls",)
    assert load.null_rate == pytest.approx((0.01, 0.2), abs=0.03)
    assert load.sentence.startswith("load has more nulls: ")


def test_unseen_categories_are_told_even_when_they_are_few(release: Release, store: Store, window: Make) -> None:
    X = rows(1, 2000)
    X[:3, 2] = 3.0
    few = column(check_window(release, store, window(X)), "day")
    assert few.status == "stable"
    assert few.sentence == "day has 3 values (0.15%) of categories never seen before."
    X[:400, 2] = 3.0
    many = column(check_window(release, store, window(X)), "day")
    assert many.status == "moved"
    assert "categories never seen before 0% to 20%" in many.sentence


ODD: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "no rows": lambda X: X[:0],
    "one row": lambda X: X[:1],
    "five rows": lambda X: X[:5],
    "all null": lambda X: np.full_like(X, np.nan),
    "infinite": lambda X: np.where(np.arange(len(X))[:, None] % 2 == 0, np.float32(np.inf), X),
    "all infinite": lambda X: np.full_like(X, -np.inf),
    "constant": np.ones_like,
    "huge": lambda X: X * np.float32(1e37),
    "codes out of range": lambda X: X + np.float32(1e9),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_window_is_a_report(odd: str, release: Release, store: Store, window: Make) -> None:
    X = ODD[odd](rows(1, 500)).astype(np.float32)
    y = np.full((len(X), 2), np.nan, np.float32) if odd == "all null" else None
    with np.errstate(over="ignore"):
        made = window(X, y)
    report = check_window(release, store, made)
    assert len(report.columns) == 4
    text = json.dumps(report.as_dict(), allow_nan=False)
    assert json.loads(text)["status"] == report.status
    for check in report.columns:
        assert check.sentence.startswith(f"{check.column} ")
        assert "nan" not in check.sentence
    if len(X) < 20:
        assert report.status == "unknown"
        assert {check.status for check in report.columns} == {"unknown"}
    else:
        assert column(report, "load").status == "moved"


def test_an_empty_window_says_so(release: Release, store: Store, window: Make) -> None:
    report = check_window(release, store, window(rows(1)[:0]))
    assert [notice.kind for notice in report.notices] == ["empty_window"]
    assert report.notices[0].sentence == "the window is empty: the prediction log has no rows of grid@3 in it."
    assert report.alerts == ()


def test_all_null_is_told(release: Release, store: Store, window: Make) -> None:
    X = rows(1, 300)
    X[:, 0] = np.nan
    load = column(check_window(release, store, window(X)), "load")
    assert load.status == "moved"
    assert load.sentence.startswith("load has no value left: all 300 are null, in the reference ")


def test_without_answers_the_predictions_are_left_out(release: Release, store: Store) -> None:
    report = check_window(release, store, Window(rows(1, 500), None, "file", "later.csv"))
    assert {check.column for check in report.columns} == {"load", "fixed", "day"}


def test_a_window_of_other_columns_is_refused(release: Release, store: Store, window: Make) -> None:
    with pytest.raises(DeclmlError) as caught:
        check_window(release, store, Window(rows(1, 50)[:, :2], None, "file", "x"))
    assert caught.value.code == "E6003"
    assert caught.value.what == "the window has 2 columns, grid@3 has 3 features"


@pytest.mark.parametrize("damage", ["none", "bytes", "columns"])
def test_a_reference_that_cannot_be_used_is_one_message(
    damage: str, release: Release, store: Store, window: Make
) -> None:
    artifacts = {
        "none": {},
        "bytes": {"profile": store.objects.put(b"not a profile")},
        "columns": release.artifacts,
    }[damage]
    features = FEATURES[::-1] if damage == "columns" else FEATURES
    with pytest.raises(DeclmlError) as caught:
        check_window(replace(release, artifacts=artifacts, features=features), store, window(rows(1, 50)))
    assert caught.value.code == "E6004"


def test_an_alert_keeps_its_beginning_while_it_stays_open(release: Release, store: Store, window: Make) -> None:
    moved, same = window(rows(1, 1000, shift=1.0)), window(rows(2, 1000))
    first = check_window(release, store, moved, now=100.0)
    second = check_window(release, store, moved, before=first.as_dict(), now=200.0)
    closed = check_window(release, store, same, before=second.as_dict(), now=300.0)
    again = check_window(release, store, moved, before=closed.as_dict(), now=400.0)
    later = check_window(replace(release, number=4), store, moved, before=second.as_dict(), now=500.0)
    assert [alert.since for alert in first.alerts] == [100.0, 100.0]
    assert [alert.id for alert in first.alerts] == [alert.id for alert in second.alerts]
    assert closed.alerts == ()
    assert {alert.since for alert in again.alerts} == {400.0}
    assert not {alert.id for alert in again.alerts} & {alert.id for alert in first.alerts}
    assert {alert.since for alert in later.alerts} == {500.0}


def test_an_open_alert_is_exit_code_4(release: Release, store: Store, window: Make) -> None:
    report = check_window(release, store, window(rows(1, 1000, shift=1.0)))
    with pytest.raises(AlertError) as caught:
        raise_alerts(report)
    assert (caught.value.exit_code, caught.value.code) == (4, "E6001")
    assert caught.value.what == "2 alerts are open on grid@3"
    assert "load" in caught.value.where
    assert caught.value.why == report.alerts[0].sentence
    assert caught.value.next


def test_a_statistic_that_raises_costs_only_its_own_number(release: Release, store: Store, window: Make) -> None:
    from typing import Literal

    from declml.api import Statistic
    from declml.builtin.statistics.ks import KolmogorovSmirnov

    class Broken(Statistic):
        """Raises."""

        type: Literal["broken"] = "broken"

        def compare(self, reference: Any, current: Any) -> float:
            raise ZeroDivisionError("no")

    report = check_window(release, store, window(rows(1, 500, shift=1.0)), statistics=[Broken(), KolmogorovSmirnov()])
    load = column(report, "load")
    assert load.statistics["broken"] is None
    assert load.statistics["ks"] is not None
    assert load.status == "moved"
    assert len([note for note in report.notes if "ZeroDivisionError: no" in note]) == 4


def test_small_false_alarm_budgets_need_stronger_evidence() -> None:
    assert budget(3600.0) == pytest.approx(1 / 720)
    assert budget(86400.0) == 0.01
    assert budget(3600.0, per_month=0.5) == pytest.approx(1 / 1440)


def test_the_false_alarm_bound_holds(release: Release, store: Store, window: Make) -> None:
    """400 looks at unchanged rows, each of 4 columns: at 5% at most 20 are expected; without sizes, so only p counts."""
    from declml.stats.verdict import Sizes

    nothing = Sizes(ks=0.0, wasserstein=0.0, total_variation=0.0, nulls=0.0)
    looks = [
        check_window(release, store, window(rows(seed, 400)), alpha=0.05, sizes=nothing, statistics=[])
        for seed in range(1000, 1400)
    ]
    assert sum(bool(report.alerts) for report in looks) <= 33  # 20 expected at most; 33 has a probability of 0.3%


def test_what_is_promised_is_in_the_report(release: Release, store: Store, window: Make) -> None:
    report = check_window(release, store, window(rows(1, 500)), alpha=budget(3600.0))
    assert "at most 1 look in 720 raises a false alarm" in report.controls
    assert "8 tests" in report.controls
    load = column(report, "load")
    assert 0.0 < load.detectable < 0.3
    assert load.shift == pytest.approx(2.5 * load.detectable, rel=0.1)
    assert math.isnan(column(report, "day").shift)


def test_which_answer_the_profile_counts() -> None:
    y = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3], [np.nan, 0.1, 0.1]], np.float32)
    number = Profile.fit_number(np.arange(3.0), name="prediction")
    category = Profile.fit_category(np.zeros(1, np.int32), ("a", "b", "c"), name="prediction")
    assert predicted(category, y).tolist() == [1, 0, -1]
    np.testing.assert_allclose(predicted(number, y)[:2], [0.5, 0.6], rtol=1e-6)
    np.testing.assert_allclose(predicted(number, y[:, :2])[:2], [0.5, 0.1], rtol=1e-6)
    np.testing.assert_allclose(predicted(number, y[:, :1])[:2], [0.2, 0.6], rtol=1e-6)
