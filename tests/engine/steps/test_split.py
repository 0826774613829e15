"""What a split keeps apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from declml.core.errors import DeclmlError
from declml.engine.steps.folds import forward, grouped, stratified
from declml.engine.steps.split import at_random, by_group, by_time, sides_of

SPEC = "target: left\nfeatures: {drop: [id, day]}\n"
moments = arrays(np.int64, st.integers(5, 60), elements=st.integers(-20, 20))
shares = st.floats(0.05, 0.95)


@given(moments, shares)
def test_in_time_every_test_row_is_later_than_every_training_row(times, share):
    if len(np.unique(times)) < 2:
        with pytest.raises(DeclmlError, match="E2031"):
            by_time(times, np.ones(len(times), bool), share)
        return
    sides = by_time(times, np.ones(len(times), bool), share)
    assert times[sides == 0].max() < times[sides == 1].min()


def test_in_time_the_share_is_met_where_moments_differ():
    sides = by_time(np.arange(100), np.ones(100, bool), 0.2)
    assert list(np.flatnonzero(sides == 1)) == list(range(80, 100))


def test_rows_without_a_time_are_not_used():
    times = np.array([np.iinfo(np.int64).min, 1, 2, 3, 4])
    assert list(by_time(times, np.ones(5, bool), 0.25)) == [2, 0, 0, 0, 1]


@given(arrays(np.int64, st.integers(4, 60), elements=st.integers(0, 9)), shares, st.integers(0, 5))
def test_no_group_is_on_both_sides(groups, share, seed):
    usable = np.ones(len(groups), bool)
    if len(np.unique(groups)) < 2:
        with pytest.raises(DeclmlError, match="E2031"):
            by_group(groups, usable, share, seed)
        return
    sides = by_group(groups, usable, share, seed)
    assert not set(groups[sides == 0]) & set(groups[sides == 1])
    assert {0, 1} == set(sides.tolist())


@given(arrays(np.int64, st.integers(20, 200), elements=st.integers(0, 2)), st.integers(0, 5))
def test_at_random_every_class_gives_its_share(classes, seed):
    usable = np.ones(len(classes), bool)
    sides = at_random(classes, usable, 0.25, seed)
    for one in np.unique(classes):
        assert abs((sides[classes == one] == 1).sum() - 0.25 * (classes == one).sum()) <= 0.5
    assert np.array_equal(sides, at_random(classes, usable, 0.25, seed))


@given(moments, st.integers(2, 5))
def test_folds_in_time_learn_only_from_before(times, k):
    for learn, score in forward(times, k):
        assert times[learn].max() < times[score].min()


@given(arrays(np.int64, st.integers(10, 60), elements=st.integers(0, 9)), st.integers(2, 5))
def test_folds_of_groups_and_strata(values, k):
    for learn, score in grouped(values, k, 0):
        assert not set(values[learn]) & set(values[score])
    rows = np.concatenate([score for _, score in stratified(values, k, 0)])
    assert sorted(rows) == list(range(len(values)))


def test_the_step_splits_by_group_and_warns_of_equal_rows(project, customers):
    rows = customers(300)
    project.write(rows + rows.split("\n", 1)[1], 'target: left\nsplit: "group:id"\nfeatures: {drop: [day]}\n')
    result = project.run(until="split")
    sides = sides_of(project.read(result, "split"))
    ids = [line.split(",")[0] for line in (rows + rows.split("\n", 1)[1]).splitlines()[1:]]
    assert not {i for i, s in zip(ids, sides, strict=True) if s == 0} & {
        i for i, s in zip(ids, sides, strict=True) if s == 1
    }
    assert project.facts("split")["by"] == "group"
    project.write(rows + rows.split("\n", 1)[1], SPEC)
    project.run(until="split")
    assert "test rows equal a row of the training" in project.facts("split")["warnings"][0]


def test_a_time_that_is_text(project, customers):
    project.write(customers().replace("2024-", "Jan "), "target: left\nkey: id\ntime: day\n")
    with pytest.raises(DeclmlError) as caught:
        project.run()
    assert caught.value.code == "E2031"
    assert "toy.schema.yaml" in caught.value.next


def test_a_written_format_makes_text_a_time(project):
    rows = "day,x,y\n" + "".join(f"{1 + i % 28:02d}/{1 + i // 28:02d}/2024,{i},{i % 2}\n" for i in range(300))
    project.write(rows, 'target: y\ntime: day\nschema: {day: {type: date, format: "%d/%m/%Y"}, x: int, y: int}\n')
    project.run(until="split")
    assert project.facts("split")["by"] == "time"


def test_too_few_rows(project):
    project.write("x,y\n" + "1,a\n2,b\n" * 12, "target: y\n")
    with pytest.raises(DeclmlError, match="each side needs 10") as caught:
        project.run()
    assert caught.value.code == "E2031"
