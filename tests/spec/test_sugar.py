"""Short forms and what they stand for."""

from typing import Any

import pytest

from declml.spec.paths import source_of
from declml.spec.sugar import OPENABLE, expand, opened


def full(**composed: Any) -> dict[str, Any]:
    return expand({"name": "churn", "data": "a.csv", "target": "t", **composed}).data


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.csv", {"type": "csv"}),
        ("a.csv.gz", {"type": "csv"}),
        ("A.CSV", {"type": "csv"}),
        ("a.tsv", {"type": "csv", "separator": "\t"}),
        ("a.tsv.gz", {"type": "csv", "separator": "\t"}),
        ("rows/*.parquet", {"type": "parquet"}),
        ("rows/**/*.jsonl", {"type": "jsonl"}),
        ("rows.json", {"type": "jsonl"}),
        ("rows.jsonl.gz", {"type": "jsonl"}),
        ("rows", None),
        ("rows.xlsx", None),
    ],
)
def test_the_ending_of_a_path_says_the_type(path: str, source: dict[str, str] | None) -> None:
    assert source_of(path) == source


@pytest.mark.parametrize(
    ("data", "train"),
    [
        ("a.csv", {"type": "csv", "path": "a.csv"}),
        ({"path": "a.tsv"}, {"type": "csv", "separator": "\t", "path": "a.tsv"}),
        ({"path": "a.csv", "separator": ";"}, {"type": "csv", "path": "a.csv", "separator": ";"}),
        ({"train": "a.parquet"}, {"type": "parquet", "path": "a.parquet"}),
        ({"train": {"path": "rows", "type": "parquet"}}, {"path": "rows", "type": "parquet"}),
        ({"type": "table", "name": "x"}, {"type": "table", "name": "x"}),
    ],
)
def test_data(data: Any, train: dict[str, Any]) -> None:
    assert full(data=data)["data"]["train"] == train


def test_named_sources_and_labels() -> None:
    data = full(data={"train": "a.csv", "sources": {"b": "b.csv"}, "labels": {"path": "l.parquet", "delay": "30d"}})[
        "data"
    ]
    assert data["sources"] == {"b": {"type": "csv", "path": "b.csv"}}
    assert data["labels"] == {"source": {"type": "parquet", "path": "l.parquet"}, "delay": "30d"}


@pytest.mark.parametrize(
    ("engine", "backend"),
    [("inline", "process"), ("processes", "process"), ("ray", "ray"), ({"type": "inline"}, "process"), (None, "ray")],
)
def test_deployment_true(engine: Any, backend: str) -> None:
    composed = {"deployment": True} | ({"engine": engine} if engine else {})
    assert full(**composed)["deployment"] == {"route": "/churn", "backend": {"type": backend}}


def test_off_means_none() -> None:
    assert full(deployment=False, monitor=False) | {"deployment": None, "monitor": None} == full(
        deployment=None, monitor=None
    )


def test_families_follow_the_task() -> None:
    def families(task: str) -> list[str]:
        return [one["type"] for one in full(task=task)["model"]["try"]]

    assert families("classification") == ["logistic", "hist_gbm", "forest"]
    assert families("regression") == ["ridge", "hist_gbm", "forest"]
    assert families("auto") == ["logistic", "ridge", "hist_gbm", "forest"]


def test_words_stand_for_lists_and_mappings() -> None:
    spec = full(
        model={"try": "forest", "tune": {"search": "grid"}}, features={"drop": "x", "columns": {"a": "text"}},
        split="group:home", compression={"size": "2MB"}, schema={"t": "bool"},
        deployment={"replicas": 3}, engine="inline", gates={"tests": "b.yaml"},
    )  # fmt: skip
    assert spec["model"] == {"try": [{"type": "forest"}], "tune": {"search": {"type": "grid"}}}
    assert spec["features"] == {"drop": ["x"], "columns": {"a": {"as": "text"}}}
    assert spec["split"] == {"by": "group", "group": "home"}
    assert spec["compression"] == {"default": {"size": "2MB"}}
    assert spec["schema"] == {"columns": {"t": {"type": "bool"}}}
    assert spec["deployment"]["replicas"] == {"min": 3, "max": 3}
    assert spec["gates"] == {"tests": ["b.yaml"]}
    assert spec["engine"] == {"type": "inline"}


def test_a_column_may_be_called_columns() -> None:
    assert full(schema={"columns": {"type": "int"}})["schema"] == {"columns": {"columns": {"type": "int"}}}
    assert full(schema={"columns": {"a": {"type": "int"}}})["schema"] == {"columns": {"a": {"type": "int"}}}


def test_what_was_expanded_knows_where_it_came_from() -> None:
    expanded = expand(
        {"name": "churn", "data": "a.tsv", "target": "t", "deployment": True, "model": {"try": ["forest"]}}
    )
    assert expanded.source(("data", "train", "path")) == ("data",)
    assert expanded.source(("data", "train", "separator")) == ("data",)
    assert expanded.source(("deployment", "route")) == ("deployment",)
    assert expanded.source(("model", "try", 0, "type")) == ("model", "try", 0)
    assert expanded.source(("model", "try", 0, "depth")) == ("model", "try", 0, "depth")


def test_expanding_leaves_the_composed_config_alone() -> None:
    composed = {
        "name": "churn",
        "data": {"path": "a.csv"},
        "target": "t",
        "deployment": {"replicas": 2},
        "gates": {"f1": 0.5},
    }
    before = repr(composed)
    expand(composed)
    assert repr(composed) == before


@pytest.mark.parametrize("path", OPENABLE)
def test_an_opened_scalar_expands_to_what_the_scalar_did(path: tuple[str, ...]) -> None:
    value: Any = {"deployment": True, "monitor": True, "engine": "inline", "split": "random"}.get(path[0], "a.csv")
    value = "grid" if path[0] == "model" else "process" if path == ("deployment", "backend") else value
    found = opened(path, value)
    assert found is not None
    shorts, longs = nested(path, value), nested(path, found[0])
    assert expand(shorts).data == expand(longs).data


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for word in reversed(path[1:]):
        value = {word: value}
    return {"name": "churn", "target": "t", "data": "a.csv"} | {path[0]: value}


@pytest.mark.parametrize("value", [5, 1.5, [], ["a"], [{}]])
@pytest.mark.parametrize("key", ["data", "model", "gates", "deployment", "monitor", "compression", "schema", "engine"])
def test_what_is_no_short_form_is_one_mistake_at_its_place(key: str, value: Any) -> None:
    mistakes = expand({"name": "churn", "data": "a.csv", "target": "t", key: value}).mistakes
    assert [one.path for one in mistakes] == [(key,)]
