"""Each check finds what it is for, and stays silent on clean data."""

import numpy as np
import pyarrow as pa
import pytest

from declml.api import DataReview
from declml.plugin.registry import registry

N = 1000


def clean(n=N):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return {
        "x": pa.array(x), "plan": pa.array(rng.choice(["a", "b"], n)), "flag": pa.array(rng.random(n) > 0.5),
        "y": pa.array(np.where(x + rng.normal(size=n) > 0, "yes", "no")),
    }  # fmt: skip


def review(name, columns, *, task="classification", split="random", key=None, time=None, **settings):
    table = pa.table(columns)
    features = tuple(c for c in table.schema.names if c not in {"y", key, time})
    check = registry().build("check", {"type": name, **settings})
    return check.review(DataReview(table, "y", features, key, time, task, split))


@pytest.mark.parametrize("name", registry().names("check"))
def test_clean_data_has_no_finding(name):
    assert review(name, clean()) == []


def test_target_without_values_with_one_and_with_few_rows():
    assert review("target", clean() | {"y": pa.array([None] * N, pa.string())})[0].level == "error"
    assert "only one value, 'yes'" in review("target", clean() | {"y": pa.array(["yes"] * N)})[0].what
    rare = review("target", clean() | {"y": pa.array(["yes"] * (N - 3) + ["no"] * 3)})
    assert rare[0].level == "error"
    assert "class 'no' of 'y' has 3 of 1000 rows" in rare[0].what
    null = review("target", clean() | {"y": pa.array([None] * 10 + ["yes", "no"] * (N // 2 - 5))})
    assert [(one.level, one.what) for one in null] == [("warning", "10 of 1000 rows have no 'y'; they are not used")]


def test_leaks():
    data = clean()
    code = pa.array(["CANCELLED" if one == "yes" else "done" for one in data["y"].to_pylist()])
    found = review("leak", {"status": code} | data)
    assert [(one.level, one.columns) for one in found] == [("error", ("status",))]
    values = pa.array(np.random.default_rng(1).normal(size=N))
    nearly = pa.array(values.to_numpy() * 3 + np.random.default_rng(2).normal(0, 0.05, N))
    found = review(
        "leak",
        {"x": nearly, "other": pa.array(np.random.default_rng(3).normal(size=N)), "y": values},
        task="regression",
    )
    assert [(one.level, one.columns) for one in found] == [("warning", ("x",))]


def test_an_identifier_is_no_leak():
    data = clean() | {"id": pa.array([f"c{i}" for i in range(N)])}
    assert review("leak", data) == []
    assert review("many_values", data)[0].columns == ("id",)
    assert review("many_values", clean() | {"row": pa.array(range(N))})[0].columns == ("row",)


def test_constants():
    found = review("constant", clean() | {"same": pa.array([3] * N), "none": pa.array([None] * N, pa.float64())})
    assert {one.columns for one in found} == {("same",), ("none",)}
    assert all("features: {drop: [" in one.next for one in found)


def test_duplicates():
    data = {name: pa.concat_arrays([column, column[:100]]) for name, column in clean().items()}
    found = review("duplicates", data)
    assert found[0].level == "warning"
    assert found[0].what == "100 of 1100 rows equal an earlier row in every column"
    keys = pa.array([f"k{i // 2}" for i in range(N)])
    assert "500 rows repeat a key" in review("duplicates", clean() | {"k": keys}, key="k")[0].what


def test_imbalance():
    found = review("imbalance", clean() | {"y": pa.array(["yes"] * 20 + ["no"] * (N - 20))})
    assert found[0].what == "class 'yes' of 'y' has 2.00% of the rows"


def test_rows_in_time_that_would_be_shuffled():
    runs = np.repeat(np.random.default_rng(0).integers(0, 2, N // 20), 20)
    data = clean() | {"at": pa.array(np.arange(N), pa.timestamp("us")), "y": pa.array(np.where(runs, "yes", "no"))}
    found = review("time_shuffle", data)
    assert found[0].level == "warning"
    assert found[0].next == "time: at"
    assert review("time_shuffle", data, split="time", time="at") == []
