"""A table's profiles as one value and as bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declml.stats import Profile, StatsError, TableProfile

RNG = np.random.default_rng(4)
DATA = {
    "smooth": RNG.normal(size=2000),
    "skewed": RNG.lognormal(size=2000),
    "odd": np.array([np.nan, np.inf, -0.0, 1.0] * 500),
    "none": np.full(2000, np.nan),
}
CODES = RNG.integers(-1, 4, 2000)


def build(sample: int = 0) -> TableProfile:
    numbers = [Profile.fit_number(column, name=name, sample=sample) for name, column in DATA.items()]
    return TableProfile([*numbers, Profile.fit_category(CODES, ["ä", '"quoted"', "\n"], name="Größe")])


def test_bytes_give_back_an_equal_table_that_still_counts() -> None:
    table = build(sample=50)
    again = TableProfile.from_bytes(table.to_bytes())
    assert again == table
    assert again.names == ("smooth", "skewed", "odd", "none", "Größe")
    columns = {**DATA, "Größe": CODES}
    assert again.of(columns) == table.of(columns)
    assert again.of(columns).merge(table.empty()) == table.of(columns)


def test_equal_tables_have_equal_bytes() -> None:
    assert build().to_bytes() == build().to_bytes() == TableProfile.from_bytes(build().to_bytes()).to_bytes()
    zero = Profile.fit_number([0.0, 1.0], name="x")
    assert TableProfile([zero.of([-0.0])]).to_bytes() == TableProfile([zero.of([0.0])]).to_bytes()


def test_bytes_are_small() -> None:
    assert len(build().to_bytes()) < 10_000


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(StatsError):
        TableProfile.from_bytes(data)


@settings(max_examples=300)
@given(st.data())
def test_damage_is_refused_or_read_as_some_table(data: st.DataObject) -> None:
    whole = bytearray(build(sample=5).to_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(len(whole) - 20, len(whole)))])
    try:
        table = TableProfile.from_bytes(cut)
    except StatsError:
        return
    assert len(TableProfile.from_bytes(table.to_bytes())) == len(table)


def test_a_later_format_is_named() -> None:
    data = bytearray(build().to_bytes())
    data[8] = 9
    with pytest.raises(StatsError, match="format 9"):
        TableProfile.from_bytes(bytes(data))


def test_columns_are_found_by_name_and_by_place() -> None:
    table = build()
    assert table["skewed"] is table[1]
    assert "odd" in table
    assert "other" not in table
    assert table.rows == 2000
    assert TableProfile([]).rows == 0


def test_mistakes_are_told() -> None:
    table = build()
    with pytest.raises(StatsError, match="same name"):
        TableProfile([table[0], table[0]])
    with pytest.raises(StatsError, match="no values for skewed"):
        table.of({name: column for name, column in DATA.items() if name != "skewed"} | {"Größe": CODES})
    with pytest.raises(StatsError, match="different columns"):
        table.merge(TableProfile([table[0]]))
