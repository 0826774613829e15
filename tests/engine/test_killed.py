"""Real processes, really killed."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import line_steps as toy
import pytest

from declml.engine.plan import make_plan
from declml.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("engine", "where"), [("inline", "ingest"), ("inline", "fit"), ("processes", "fit"), ("processes", "gates")]
)
def test_a_killed_run_goes_on_at_the_step_that_was_killed(
    base: Path, start: Callable[..., Any], in_process: Callable[..., Any], engine: str, where: str
) -> None:
    (base / "trouble").write_text(f"{where} wait")
    process = start(f"engine={engine}")
    _until(process, lambda: f"{where} begin" in toy.calls(base))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (base / "trouble").unlink()
    assert toy.ran(base) == toy.NAMES[: toy.NAMES.index(where)]
    done = in_process(f"engine={engine}")
    assert done["status"] == "done"
    begun = [line.removesuffix(" begin") for line in toy.calls(base) if line.endswith(" begin")]
    assert sorted(begun) == sorted([*toy.NAMES, where])
    assert toy.ran(base) == toy.NAMES
    assert in_process(f"engine={engine}")["status"] == "nothing to do"
    store = Store.open(".declml", base)
    assert not make_plan(toy.spec_of(base), store, base, steps=toy.STEPS).changes
    assert [record.status for record in store.records.runs("toy")] == ["nothing to do", "done", "killed"]
    assert store.verify() == len(toy.NAMES)


def test_two_processes_at_once(base: Path, start: Callable[..., Any], in_process: Callable[..., Any]) -> None:
    (base / "trouble").write_text("clean wait")
    first = start()
    _until(first, lambda: "clean begin" in toy.calls(base))
    second = in_process()
    assert second["code"] == "E4002"
    assert f"process {first.pid}" in second["what"]
    assert "to run toy" in second["what"]
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    (base / "trouble").unlink()
    assert in_process()["status"] == "done"


def test_parts_of_a_killed_step_are_not_done_twice(
    base: Path, start: Callable[..., Any], in_process: Callable[..., Any]
) -> None:
    (base / "trouble").write_text("part kill")
    process = start()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    (base / "trouble").unlink()
    assert in_process()["status"] == "done"
    assert [line for line in toy.calls(base) if line.startswith("part")] == ["part 0", "part 1", "part 2"]


def test_ctrl_c_is_noted(base: Path, start: Callable[..., Any], in_process: Callable[..., Any]) -> None:
    (base / "trouble").write_text("score wait")
    process = start()
    _until(process, lambda: "score begin" in toy.calls(base))
    os.kill(process.pid, signal.SIGINT)
    process.communicate()
    (base / "trouble").unlink()
    records = Store.open(".declml", base).records
    [record] = records.runs("toy")
    assert (record.status, record.ended is None) == ("interrupted", False)
    assert [step.state for step in records.run_steps(record.id)] == ["ran"] * 3 + ["failed"] + ["skipped"] * 2
    assert in_process()["status"] == "done"
    assert toy.ran(base) == toy.NAMES


@pytest.mark.parametrize("damage", [b"", None])
def test_what_a_power_cut_took_is_made_again(
    base: Path, start: Callable[..., Any], in_process: Callable[..., Any], damage: bytes | None
) -> None:
    """The records of the killed run are there, an artifact is not whole: as after a cut before everything was on the disk."""
    (base / "trouble").write_text("gates wait")
    process = start()
    _until(process, lambda: "gates begin" in toy.calls(base))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (base / "trouble").unlink()
    store = Store.open(".declml", base)
    digest = next(iter(store.records.last_step("toy", "score").outputs.values()))
    place = store.objects.path(digest)
    place.chmod(0o644)
    if damage is None:
        place.unlink()
    else:
        place.write_bytes(damage)
    done = in_process()
    assert done["status"] == "done"
    assert [name for name, state in done["steps"].items() if state == "ran"] == ["score", "gates", "note_down"]
    assert Store.open(".declml", base).verify() == len(toy.NAMES)


def _until(process: Any, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
