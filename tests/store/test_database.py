"""Transactions, and reading a store that somebody else writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from declml.core.errors import ConflictError
from declml.store import database
from declml.store.records import RunRecord, StepRecord
from declml.store.store import Store

READER = """
import json, os, sys
from pathlib import Path
from declml.store.store import Store
os.setgroups([]); os.setgid(65534); os.setuid(65534)
store = Store.open(".declml", Path(sys.argv[1]), create=False)
print(json.dumps([run.id for run in store.records.runs("churn")]))
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(".declml", tmp_path)


def begin(store: Store, run: str) -> None:
    store.records.begin_run(RunRecord(run, "churn", "running", "0" * 32, float(len(store.records.runs("churn")))))


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_a_change_that_fails_changes_nothing(store: Store, kind: type[BaseException]) -> None:
    def fail() -> None:
        with store.database.change(durable=True) as connection:
            connection.execute("INSERT INTO parts VALUES ('a', 'b', '1')")
            raise kind

    with pytest.raises(kind):
        fail()
    assert store.records.part("a", "b") is None
    store.records.put_part("a", "b", 2)
    assert store.records.part("a", "b") == 2


def test_durable_is_for_one_change_only(store: Store) -> None:
    def level() -> int:
        return int(store.database.rows("PRAGMA synchronous")[0][0])

    normal = level()
    with store.database.change(durable=True):
        assert level() == normal + 1
    assert level() == normal


def test_somebody_who_may_only_read_sees_what_was_just_written(store: Store, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody who may not write")
    for parent in [tmp_path, *tmp_path.parents]:
        if parent.is_relative_to("/tmp") and parent != Path("/tmp"):
            parent.chmod(0o755)
    for run in ("first", "second"):
        begin(store, run)
        done = subprocess.run(
            [sys.executable, "-c", READER, tmp_path], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.stderr == ""
        assert json.loads(done.stdout)[0] == run, "the writer is alive, and what it wrote is still in its log"


def test_a_writer_that_does_not_let_go_is_told(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    other = Store.open(".declml", tmp_path)
    with store.database.change():
        with pytest.raises(ConflictError) as told:
            other.records.put_part("a", "b", 1)
        assert other.records.part("a", "b") is None, "readers do not wait"
    assert told.value.code == "E4002"
    other.records.put_part("a", "b", 1)
    assert store.records.part("a", "b") == 1


def test_the_artifacts_of_runs_that_never_ended(store: Store) -> None:
    for run, status in (("a", "done"), ("b", "")):
        begin(store, run)
        store.records.put_step(
            StepRecord(run, "fit", 1, {}, {}, {}, {"model": f"{run}1", "log": f"{run}2"}, {}, run, 1.0)
        )
        if status:
            store.records.end_run(run, status)
    assert store.records.unsettled() == {"b1", "b2"}
    store.records.bury_killed_runs()
    assert store.records.unsettled() == set()
    assert [run.status for run in store.records.runs("churn")] == ["killed", "done"]


def test_a_finished_step_needs_its_parts_no_more(store: Store) -> None:
    store.records.put_part("k", "1", {"score": 0.5})
    store.records.put_part("other", "1", 2)
    assert store.records.part("k", "1") == {"score": 0.5}
    record = StepRecord("k", "fit", 1, {"a": 1}, None, {"x": "1"}, {"y": "2"}, {"n": 3}, "run", 1.5)
    store.records.put_step(record)
    assert store.records.step("k") == record
    assert (store.records.part("k", "1"), store.records.part("other", "1")) == (None, 2)
    store.records.forget_step("k")
    assert store.records.step("k") is None
