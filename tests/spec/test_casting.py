"""A cell is turned or reported, never guessed."""

import datetime as dt

import polars as pl
import pytest

from declml.spec.casting import cast
from declml.spec.schema import Column

UTC = dt.datetime


@pytest.mark.parametrize(
    ("kind", "cells", "values", "bad"),
    [
        (
            "int",
            ["1", " 2 ", "3.0", "4.5", "x", None, "9007199254740993"],
            [1, 2, 3, None, None, None, 9007199254740993],
            [3, 4],
        ),
        ("float", ["1", "1e3", "nan", "", None, "1,5"], [1, 1000, None, None, None, None], [2, 3, 5]),
        ("float", [1.5, float("nan"), None], [1.5, None, None], []),
        ("int", [1.0, 1.5, float("nan")], [1, None, None], [1]),
        ("bool", ["true", "NO", "1", "2"], [True, False, True, None], [3]),
        ("bool", [0, 1, 2], [False, True, None], [2]),
        ("category", [7.0, 2.5, None], ["7", "2.5", None], []),
        ("text", [True, None], ["true", None], []),
        ("date", ["2024-02-29", "2023-02-29", "x"], [dt.date(2024, 2, 29), None, None], [1, 2]),
        (
            "datetime",
            ["2024-01-01T10:00+02:00", "2024-01-01 10:00:00.25Z", "2024-01-01", "2024-01"],
            [UTC(2024, 1, 1, 8), UTC(2024, 1, 1, 10, 0, 0, 250000), UTC(2024, 1, 1), None],
            [3],
        ),
    ],
)
def test_cells(kind, cells, values, bad):
    turned, wrong = cast(pl.Series("c", cells, strict=False), Column(type=kind))
    assert turned.to_list() == values
    assert wrong.arg_true().to_list() == bad
    assert turned.name == "c"


def test_a_written_format():
    turned, wrong = cast(pl.Series(["31/12/2024", "12/31/2024"]), Column(type="date", format="%d/%m/%Y"))
    assert turned.to_list() == [dt.date(2024, 12, 31), None]
    assert wrong.to_list() == [False, True]


def test_a_time_zone_is_turned_to_utc():
    cells = pl.Series([UTC(2024, 1, 1, 10)]).dt.replace_time_zone("Europe/Berlin")
    assert cast(cells, Column(type="datetime"))[0].to_list() == [UTC(2024, 1, 1, 9)]
