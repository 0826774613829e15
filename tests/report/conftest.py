"""Data as the commands have it, some of it hostile."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from declml.store.release import Release

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = "[red]x[/red] \x1b[31m<script>alert(1)</script> | `a`\n# b"


@pytest.fixture
def shown() -> Callable[..., str]:
    """What a renderable looks like on a console."""

    def show(text: Any, *, width: int = 200, terminal: bool = False) -> str:
        out = io.StringIO()
        Console(file=out, width=width, force_terminal=terminal, no_color=not terminal).print(text)
        return out.getvalue()

    return show


@pytest.fixture
def release() -> Release:
    return Release(
        project="churn", number=7, task="classification", target="churned",
        features=({"name": "age", "categories": []}, {"name": "plan|x", "categories": [f"c{i}" for i in range(10)]}),
        class_values=(False, True), classes=("false", "true"), artifacts={"onnx": "ab" * 16},
        metrics={"roc_auc": {"value": 0.81234, "low": 0.79, "high": 0.83, "baseline": 0.5}, "rows": 1200},
        gates=({"name": "roc_auc", "value": 0.81, "bound": {"min": 0.8, "max": None}, "passed": True},),
        lineage={"dataset": "cd" * 16, "settings": {"leaves": 31, "try": ["a", "b"]}, "empty": {}},
        created=1_767_225_600.0, key="customer_id", time="day", notes=("a note", HOSTILE),
    )  # fmt: skip


@pytest.fixture
def report() -> dict[str, Any]:
    """A `WindowReport.as_dict()` with an open alert, a column that cannot be judged, and hostile names."""
    from declml.monitoring.result import Alert, ColumnCheck, Notice, WindowReport

    def column(name: str, status: Any, effect: float) -> ColumnCheck:
        return ColumnCheck(
            name, "feature", "number", status, (), (), f"{name} is {status}.", {"ks": effect, "psi": None}, "ks",
            (effect, effect / 2, effect * 2), 0.001, 0.002, 1.0, 1.0, (0.0, 0.125), (100, 50), 0.2, 0.5, effect * 10,
        )  # fmt: skip

    return WindowReport(
        project="churn", release=7, at=1_767_225_600.0,
        window={"kind": "file", "source": HOSTILE, "since": None, "until": None, "rows": 1234}, reference_rows=5000,
        columns=(column("age", "moved", 0.31), column(HOSTILE, "stable", 0.01), column("empty", "unknown", float("nan"))),
        notices=(Notice("new_columns", f"new: {HOSTILE}"),), alerts=(Alert("1", "drift", "age", "age is moved.", 0.0),),
        alpha=0.01, tests=6, controls="What is promised.",
    ).as_dict()  # fmt: skip
