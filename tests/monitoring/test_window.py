"""The rows of a check, from real logs and real files."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from declml.builtin.sources.csv import Csv
from declml.builtin.sources.parquet import Parquet
from declml.core.digest import canonical
from declml.core.errors import DeclmlError
from declml.monitoring.check import check_window
from declml.monitoring.window import window_of_log, window_of_source
from declml.store.segments import Slot, frame_of, start_of

from .conftest import COLUMNS, FEATURES, LABELS, answers, rows

if TYPE_CHECKING:
    from pathlib import Path

    from declml.store.release import Release
    from declml.store.store import Store

HEADER = ["key", "load", "fixed", "day", "target"]


def write(path: Path, table: list[list[str]], header: list[str] = HEADER) -> Csv:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *table])
    return Csv(path=path.name)


def table(n: int, shift: float = 0.0) -> list[list[str]]:
    rng = random.Random(3)
    days = rng.choices(LABELS, [5, 3, 2], k=n)
    return [[f"k{i}", f"{rng.gauss(shift, 1):.4f}", "0.003", days[i], "no"] for i in range(n)]


def test_a_file_is_read_with_the_schema_of_the_release(release: Release, store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "later.csv", table(1000, shift=1.0))
    window = window_of_source(source, tmp_path, release, store, name="later.csv", score=answers)
    assert (window.rows, window.kind, window.notices) == (1000, "file", ())
    report = check_window(release, store, window)
    assert {column.column for column in report.moved} == {"load", "prediction"}
    assert report.window == {"kind": "file", "source": "later.csv", "since": None, "until": None, "rows": 1000}


def test_types_come_from_the_file_too(release: Release, store: Store, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = table(200)
    columns = {name: [row[place] for row in made] for place, name in enumerate(HEADER)}
    columns["load"] = [float(value) for value in columns["load"]]  # type: ignore[misc]
    columns["fixed"] = [float(value) for value in columns["fixed"]]  # type: ignore[misc]
    pq.write_table(pa.table(columns), tmp_path / "later.parquet")
    write(tmp_path / "later.csv", made)
    windows = [
        window_of_source(source, tmp_path, release, store, name="x")
        for source in (Csv(path="later.csv"), Parquet(path="later.parquet"))
    ]
    np.testing.assert_array_equal(windows[0].X, windows[1].X)


def test_rows_that_break_the_schema_are_counted_not_dropped_in_silence(
    release: Release, store: Store, tmp_path: Path
) -> None:
    made = table(1000)
    for row in made[:30]:
        row[1] = "n/a"
    made[40][1] = "5000"  # above max
    made[41][2] = "broken"
    window = window_of_source(write(tmp_path / "x.csv", made), tmp_path, release, store, name="x.csv")
    assert window.rows == 968
    told = {(notice.kind, notice.column): notice for notice in window.notices}
    load = told["bad_values", "load"]
    assert (
        load.sentence == "load breaks the schema (float and its rules) in 31 of 1000 values; their rows are left out."
    )
    assert load.alert
    assert not told["bad_values", "fixed"].alert
    assert told["bad_rows", ""].sentence == "32 of 1000 rows break the schema and are left out."
    assert "bad_values" in {alert.rule for alert in check_window(release, store, window).alerts}


def test_a_column_that_changed_its_type_is_a_notice(release: Release, store: Store, tmp_path: Path) -> None:
    made = [[row[0], "high", *row[2:]] for row in table(100)]
    window = window_of_source(write(tmp_path / "x.csv", made), tmp_path, release, store, name="x.csv")
    report = check_window(release, store, window)
    assert window.rows == 0
    assert [notice.kind for notice in report.notices] == ["bad_values", "empty_window"]
    assert report.status == "alert"


def test_columns_that_are_gone_or_new_are_notices(release: Release, store: Store, tmp_path: Path) -> None:
    header = ["load", "day", "colour"]
    made = [[row[1], row[3], "red"] for row in table(300)]
    window = window_of_source(write(tmp_path / "x.csv", made, header), tmp_path, release, store, name="x.csv")
    assert [(notice.kind, notice.column, notice.alert) for notice in window.notices] == [
        ("missing_column", "fixed", True),
        ("new_columns", "", False),
    ]
    assert "colour" in window.notices[1].sentence
    report = check_window(release, store, window)
    [fixed] = [column for column in report.columns if column.column == "fixed"]
    assert fixed.sentence.startswith("fixed has no value left: all 300 are null")
    assert {alert.rule for alert in report.alerts} == {"drift", "missing_column"}


def test_a_file_of_something_else_is_one_message(release: Release, store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "x.csv", [["1", "2"]], ["a", "b"])
    with pytest.raises(DeclmlError) as caught:
        window_of_source(source, tmp_path, release, store, name="x.csv")
    assert caught.value.code == "E6003"
    assert caught.value.why == "it has a, b"


def test_categories_that_must_be_known_break_the_schema(release: Release, store: Store, tmp_path: Path) -> None:
    made = table(100)
    made[0][3] = "holiday"
    allowed = window_of_source(write(tmp_path / "x.csv", made), tmp_path, release, store, name="x.csv")
    assert (allowed.rows, allowed.X[0, 2]) == (100, 3.0)
    strict = {**COLUMNS, "day": {**COLUMNS["day"], "other": "refuse"}, "load": {"type": "float", "nullable": False}}
    made[1][1] = ""
    artifacts = {**release.artifacts, "schema": store.objects.put(canonical({"columns": strict}))}
    refused = window_of_source(
        write(tmp_path / "x.csv", made), tmp_path, replace(release, artifacts=artifacts), store, name="x.csv"
    )
    assert refused.rows == 98


def test_the_prediction_log_of_one_release_and_a_stretch_of_time(
    release: Release, store: Store, tmp_path: Path
) -> None:
    log = tmp_path / "predictions"
    (log / "live").mkdir(parents=True)
    slots = [Slot(number, "live", FEATURES, release.classes) for number in (3, 2)]
    X = rows(1, 900)
    frames = []
    for place, slot in enumerate([0, 1, 0]):
        part = X[300 * place : 300 * place + 300]
        content = part.tobytes() + answers(part).tobytes()
        frames.append(frame_of(slot, 300, 300 * place, (1000 + place) * 1_000_000, content))
    (log / "live" / "aaaaaaaaaaaa.0001.segment").write_bytes(start_of("aaaaaaaaaaaa", slots, 999.0) + b"".join(frames))
    window = window_of_log(log, release)
    assert window.rows == 600
    np.testing.assert_array_equal(window.X, np.concatenate([X[:300], X[600:]]))
    assert window_of_log(log, release, since=1001.0).rows == 300
    assert window_of_log(log, release, since=1001.0, until=1002.0).rows == 0
    assert check_window(release, store, window).status == "quiet"


def test_no_log_is_an_empty_window(release: Release, store: Store, tmp_path: Path) -> None:
    window = window_of_log(tmp_path / "absent", release)
    assert window.X.shape == (0, 3)
    assert check_window(release, store, window).notices[0].kind == "empty_window"
