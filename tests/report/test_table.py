"""Tables say what the data says, and no data can colour or steer them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from declml.engine.plan import PlannedStep
from declml.report import table
from declml.store.ledger import LedgerEntry
from declml.store.records import RunRecord

from .conftest import HOSTILE

if TYPE_CHECKING:
    from declml.store.release import Release

Show = Callable[..., str]
RUN: dict[str, Any] = {
    "project": "churn", "run": "r1", "status": "done", "release": "churn@7", "digest": "ab" * 16,
    "steps": [
        {"name": "ingest", "state": "ran", "seconds": 1.5, "key": "k", "reason": "data/x.csv changed"},
        {"name": "fit", "state": "cached", "seconds": 0.0, "key": "k", "reason": HOSTILE},
    ],
    "metrics": {"roc_auc": {"value": 0.8123, "low": 0.79, "high": 0.83}},
    "gates": [{"name": "roc_auc", "value": 0.8123, "bound": {"min": 0.8}, "passed": True}],
    "deployment": {
        "url": "http://127.0.0.1:8080/churn", "route": "/churn",
        "shares": {"live": 7, "canary": None, "canary_share": 0.1, "shadow": None},
    },
    "notes": ["review the schema"],
}  # fmt: skip


def test_plan(shown: Show) -> None:
    steps = (
        PlannedStep("schema", "given", "churn.schema.yaml", "k"),
        PlannedStep("fit", "run", "model.try changed", cost="up to 10 min"),
    )
    text = shown(table.plan_table(steps, "churn@6 stays live"))
    assert "1 of 2 steps to run" in text
    assert "model.try changed" in text
    assert "up to 10 min" in text
    assert text.rstrip().endswith("churn@6 stays live")
    assert "nothing to do" in shown(table.plan_table(steps[:1], ""))


def test_run(shown: Show) -> None:
    text = shown(table.run_summary(RUN))
    for part in (
        "data/x.csv changed", "1.5 s", "0.8123", "0.79 to 0.83", "at least 0.8", "churn: done (run r1)",
        "release churn@7", "http://127.0.0.1:8080/churn: live 7, canary_share 10%", "note: review the schema",
    ):  # fmt: skip
        assert part in text
    refused = shown(table.run_summary({**RUN, "status": "refused", "deployment": None, "notes": []}))
    assert "churn: refused" in refused
    nothing = shown(table.run_summary({**RUN, "release": None, "metrics": {}, "gates": [], "deployment": None}))
    assert "metric" not in nothing


def test_sweep(shown: Show) -> None:
    other = {**RUN, "metrics": {"f1": 0.5}, "status": "refused", "release": None}
    text = shown(table.sweep_table([RUN, other], ["seed=1", "seed=2"]))
    assert "f1" in text
    assert "roc_auc" in text
    assert len(text.strip().splitlines()) == 4


def test_window(shown: Show, report: dict[str, Any]) -> None:
    text = shown(table.window_table(json.loads(json.dumps(report))))
    assert "1,234 rows" in text
    assert "1 open alerts: 1 of 3 columns moved" in text
    assert "0.31 (0.155 to 0.62)" in text
    assert "0% to 12.5%" in text
    assert "- age is moved." in text
    assert "What is promised." in text
    assert "nan" not in text
    quiet = shown(table.window_table({**report, "status": "quiet", "alerts": [], "columns": report["columns"][1:]}))
    assert "quiet: none of 2 columns moved" in quiet


def test_history_runs_and_releases(shown: Show, release: Release) -> None:
    entry = LedgerEntry(1_767_225_600.0, "live", None, 7, "run", "ann", "ff" * 16)
    assert "2026-01-01 00:00:00Z" in shown(table.history_table([entry]))
    assert "nothing was ever live" in shown(table.history_table([]))
    run = RunRecord("r1", "churn", "failed", "s", 1_767_225_600.0, 1_767_225_700.0, None, {"what": "no rows"})
    text = shown(table.runs_table([run]))
    assert "100.0 s" in text
    assert "no rows" in text
    text = shown(table.releases_table([release], {"live": 7, "previous": 6, "canary": 7}))
    assert "canary, live" in text
    assert "roc_auc 0.8123, rows 1,200" in text


def test_plugins_and_status(shown: Show) -> None:
    provider = {
        "name": "guest", "version": "1.0", "from": "guest", "components": [], "seconds": 0.1, "failure": "SyntaxError: no",
    }  # fmt: skip
    text = shown(table.plugins_table({"statistic": ["ks", "psi"], "sink": []}, [provider]))
    assert "ks, psi" in text
    assert "SyntaxError: no" in text
    assert "sink" not in text
    found = {
        "project": "churn", "aliases": {"live": 7},
        "conditions": [{"type": "Ready", "status": "false", "reason": "Starting", "message": "1 of 2", "since": None}],
        "deployment": RUN["deployment"],
    }  # fmt: skip
    text = shown(table.status_table(found))
    assert "live = churn@7" in text
    assert "Starting" in text
    assert "nothing is live" in shown(
        table.status_table({**found, "aliases": {}, "conditions": [], "deployment": None})
    )


@pytest.mark.parametrize("terminal", [True, False])
def test_no_data_can_colour_or_steer_a_terminal(shown: Show, report: dict[str, Any], terminal: bool) -> None:
    for text in (table.window_table(report), table.run_summary(RUN)):
        told = shown(text, terminal=terminal, width=400)
        assert "[red]x[/red]" in told
        assert "\x1b[31m<script>" not in told
        assert ("\x1b[" in told) == terminal


def test_a_narrow_terminal_folds_and_loses_nothing(shown: Show) -> None:
    told = "".join(shown(table.run_summary(RUN), width=50).split())
    assert "data/x.csvchanged" in told


def test_importing_tables_does_not_import_rich() -> None:
    program = (
        "import sys, declml.report.table, declml.report.card, declml.report.window_html; print('rich' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
