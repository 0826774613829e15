"""Counting rows of a matrix gives what counting its columns gives."""

from __future__ import annotations

import numpy as np
import pytest

from declml.stats import Accumulator, Profile, StatsError, TableProfile

RNG = np.random.default_rng(2)
N = 3000


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    columns = [
        RNG.normal(size=N),
        RNG.lognormal(size=N),
        RNG.standard_cauchy(N),
        RNG.poisson(2, N),
        np.full(N, 0.1),
        RNG.integers(0, 6, N),
    ]
    rows = np.column_stack(columns)
    rows[RNG.random(rows.shape) < 0.05] = np.nan
    rows[5, 0], rows[6, 1] = np.inf, -np.inf
    return rows


@pytest.fixture(scope="module")
def table(matrix: np.ndarray) -> TableProfile:
    numbers = [Profile.fit_number(matrix[:2000, c], name=f"x{c}") for c in range(5)]
    return TableProfile([*numbers, Profile.fit_category(codes(matrix[:2000, 5]), list("abcd"), name="c")])


def codes(column: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(column), -1, column).astype(np.int32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [1, 7, N])
def test_rows_give_the_counts_of_columns(matrix: np.ndarray, table: TableProfile, dtype: type, rows: int) -> None:
    part = matrix.astype(dtype)[:rows]
    accumulator = table.accumulator()
    for start in range(0, rows, 500):
        accumulator.add_matrix(part[start : start + 500])
    assert accumulator.rows == rows
    for c, counted in enumerate(accumulator.snapshot()):
        expected = table[c].of(codes(part[:, c]) if c == 5 else part[:, c])
        assert np.array_equal(counted.counts, expected.counts)
        assert (counted.nulls, counted.infinite) == (expected.nulls, expected.infinite)
        assert np.allclose(counted.moments, expected.moments, rtol=1e-9, atol=1e-9 * (1 + abs(expected.moments[1])))


def test_a_snapshot_starts_anew_unless_told_otherwise(matrix: np.ndarray, table: TableProfile) -> None:
    accumulator = table.accumulator()
    accumulator.add_matrix(matrix)
    kept = accumulator.snapshot(reset=False)
    assert accumulator.snapshot() == kept
    assert all(profile == reference.empty() for profile, reference in zip(accumulator.snapshot(), table, strict=True))
    accumulator.add_matrix(matrix)
    assert kept == accumulator.snapshot()


def test_parts_of_replicas_merge_to_the_whole(matrix: np.ndarray, table: TableProfile) -> None:
    replicas = [table.accumulator() for _ in range(3)]
    for number, row in enumerate(matrix):
        replicas[number % 3].add_matrix(row[np.newaxis])
    merged = table.empty()
    for replica in replicas:
        merged += TableProfile(replica.snapshot())
    whole = table.accumulator()
    whole.add_matrix(matrix)
    for mine, theirs in zip(merged, whole.snapshot(), strict=True):
        assert np.array_equal(mine.counts, theirs.counts)


def test_codes_out_of_range_are_unseen_or_null(table: TableProfile) -> None:
    accumulator = Accumulator([table["c"]])
    accumulator.add_matrix([[0.0], [4.0], [99.0], [-1.0], [np.nan], [np.inf], [3.0]])
    (profile,) = accumulator.snapshot()
    assert profile.counts.tolist() == [1, 0, 0, 1, 3]
    assert profile.nulls == 2


def test_other_layouts_of_a_matrix_are_converted(matrix: np.ndarray, table: TableProfile) -> None:
    accumulator = table.accumulator()
    accumulator.add_matrix(np.asfortranarray(matrix))
    first = accumulator.snapshot()
    accumulator.add_matrix(matrix)
    assert first == accumulator.snapshot()
    accumulator.add_matrix(np.ones((2, 6), np.int64))
    assert accumulator.rows == 2


@pytest.mark.parametrize("bad", [np.ones(6), np.ones((2, 5)), np.array([["a"] * 6])])
def test_what_is_not_such_a_matrix_is_refused(table: TableProfile, bad: np.ndarray) -> None:
    with pytest.raises(StatsError):
        table.accumulator().add_matrix(bad)


def test_no_rows_and_no_columns_are_fine(table: TableProfile) -> None:
    accumulator = table.accumulator()
    accumulator.add_matrix(np.empty((0, 6)))
    assert accumulator.rows == 0
    empty = Accumulator([])
    empty.add_matrix(np.empty((4, 0)))
    assert empty.snapshot() == []
