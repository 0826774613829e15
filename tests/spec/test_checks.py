"""What only the whole spec shows."""

from typing import Any

import pytest

from declml.plugin.registry import registry
from declml.spec.checks import check
from declml.spec.root import ProjectSpec
from declml.spec.sugar import expand


def troubles(**more: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    composed = {"name": "churn", "data": "a.csv", "target": "churned", "engine": "inline", **more}
    return [(one.code, one.path) for one in check(ProjectSpec.model_validate(expand(composed).data), registry())]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"task": "regression", "gates": {"rmse": {"max": 3}, "r2": {"min": -1}}},
        {"gates": {"roc_auc": {"min": 0.8, "vs_live": -0.005}, "log_loss": {"max": 0.7}, "parity_gap": {"max": 0.05}}},
        {"gates": {"roc_auc": {"min": 0.8, "max": 0.99}}},
        {"key": "id", "time": "day", "split": "time", "features": {"drop": ["id"]}},
        {"data": {"path": "a.csv", "protected": ["sex"], "pii": ["sex", "mail"]}},
        {"deployment": {"rollout": [{"shadow": "1h"}, {"canary": "10%", "for": "1h"}, {"canary": "50%", "for": "1h"}]}},
        {"deployment": {"host": "localhost", "route": "/"}},
        {"deployment": {"host": "::1", "route": "/a/b-c"}},
        {"schema": {"churned": "bool", "day": "datetime", "x": {"type": "float", "min": 0, "max": 1}}, "time": "day"},
        {"store": "file:///tmp/x"},
        {"model": {"tune": {"metric": "f1"}}},
    ],
)
def test_good_specs_have_none(more: dict[str, Any]) -> None:
    assert troubles(**more) == []


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"gates": {"roc_auc": {"min": 1.01}}}, "E1101", ("gates", "roc_auc", "min")),
        ({"gates": {"roc_auc": {"min": 0.0}}}, "E1101", ("gates", "roc_auc", "min")),
        ({"gates": {"roc_auc": {"min": 0.9, "max": 0.8}}}, "E1101", ("gates", "roc_auc")),
        ({"gates": {"roc_auc": {"vs_live": 2.0}}}, "E1101", ("gates", "roc_auc", "vs_live")),
        ({"gates": {"roc_auc": {}}}, "E1101", ("gates", "roc_auc")),
        ({"gates": {"log_loss": {"max": -1.0}}}, "E1101", ("gates", "log_loss", "max")),
        ({"gates": {"log_loss": {"min": 0.5}}}, "E1102", ("gates", "log_loss", "min")),
        ({"gates": {"parity_gap": {"max": -0.1}}}, "E1101", ("gates", "parity_gap", "max")),
        ({"gates": {"parity_gap": {"min": 0.1}}}, "E1102", ("gates", "parity_gap")),
        ({"gates": {"latency_p99": {"max": "0ms"}}}, "E1101", ("gates", "latency_p99", "max")),
        ({"gates": {"roc_auc": {"min": 0.8}, "rmse": {"max": 3}}}, "E1102", ("gates", "rmse")),
        ({"model": {"tune": {"metric": "f2"}}}, "E1006", ("model", "tune", "metric")),
        ({"model": {"tune": {"metric": "f1"}}, "task": "regression"}, "E1102", ("model", "tune", "metric")),
        ({"model": {"tune": {"time": "0s"}}}, "E1005", ("model", "tune", "time")),
        ({"model": {"try": []}}, "E1005", ("model", "try")),
        ({"model": {"try": ["ridge"]}, "task": "classification"}, "E1102", ("model", "try", 0)),
        ({"split": {"test": 0}}, "E1005", ("split", "test")),
        ({"split": {"by": "tme"}}, "E1005", ("split", "by")),
        ({"split": {"by": "group"}}, "E1108", ("split", "by")),
        ({"split": {"group": "home"}}, "E1108", ("split", "group")),
        ({"key": "id", "time": "id"}, "E1103", ("time",)),
        ({"data": {"path": "a.csv", "protected": ["churned"]}}, "E1103", ("data", "protected", 0)),
        ({"data": {"path": "a.csv", "pii": ["mail", "mail"]}}, "E1103", ("data", "pii", 1)),
        ({"data": {"path": "a.csv", "weight": "churned"}}, "E1103", ("data", "weight")),
        ({"features": {"drop": ["x"], "columns": {"x": "text"}}}, "E1103", ("features", "columns", "x")),
        ({"schema": {"a": "int"}}, "E1104", ("target",)),
        ({"schema": {"churned": "bool"}, "time": "day"}, "E1104", ("time",)),
        ({"schema": {"churned": "bool", "day": "bool"}, "time": "day"}, "E1108", ("time",)),
        (
            {"schema": {"churned": {"type": "float", "min": 2, "max": 1}}},
            "E1108",
            ("schema", "columns", "churned", "min"),
        ),
        (
            {"schema": {"churned": {"type": "int", "values": ["a"]}}},
            "E1108",
            ("schema", "columns", "churned", "values"),
        ),
        ({"schema": {"churned": {"type": "int", "format": "%Y"}}}, "E1108", ("schema", "columns", "churned", "format")),
        ({"deployment": {"rollout": [{}]}}, "E1105", ("deployment", "rollout", 0)),
        ({"deployment": {"rollout": [{"canary": "10%"}]}}, "E1004", ("deployment", "rollout", 0)),
        (
            {"deployment": {"rollout": [{"canary": "100%", "for": "1h"}]}},
            "E1105",
            ("deployment", "rollout", 0, "canary"),
        ),
        ({"deployment": {"rollout": [{"shadow": "1h", "canary": "10%"}]}}, "E1105", ("deployment", "rollout", 0)),
        ({"deployment": {"rollout": [{"shadow": "1h", "for": "1h"}]}}, "E1108", ("deployment", "rollout", 0, "for")),
        ({"deployment": {"host": "example.org"}}, "E1106", ("deployment", "host")),
        ({"deployment": {"host": "192.168.0.3"}}, "E1106", ("deployment", "host")),
        ({"deployment": {"route": "/a/../b"}}, "E1005", ("deployment", "route")),
        ({"deployment": {"route": "/a/"}}, "E1005", ("deployment", "route")),
        ({"deployment": {"route": "/-/x"}}, "E1107", ("deployment", "route")),
        ({"monitor": {"every": "0s"}}, "E1005", ("monitor", "every")),
        ({"store": "s3://bucket"}, "E1008", ("store",)),
        ({"store": " "}, "E1005", ("store",)),
    ],
)
def test_what_does_not_fit(more: dict[str, Any], code: str, path: tuple[str | int, ...]) -> None:
    assert troubles(**more) == [(code, path)]
