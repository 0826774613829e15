"""What was checked and what was delivered stays known."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from declml.builtin.channels.file import FileChannel
from declml.core.errors import DeclmlError
from declml.monitoring.check import check_window
from declml.monitoring.delivery import deliver
from declml.monitoring.record import checks, last_check, record_check
from declml.monitoring.window import Window
from declml.plugin.kinds.channel import Channel

from .conftest import rows

if TYPE_CHECKING:
    from pathlib import Path

    from declml.store.release import Release
    from declml.store.store import Store

Make = Callable[..., Window]
SENT: list[str] = []


class Flaky(Channel):
    """Fails as often as told, then keeps what it got."""

    type: Literal["flaky"] = "flaky"
    error: str = "none"

    def send(self, title: str, text: str, facts: dict[str, object]) -> None:
        if self.error == "declml":
            raise DeclmlError("E6002", "the alert could not be posted", why="it answered 500")
        if self.error == "any":
            raise RuntimeError("token=s3cr3t")
        SENT.append(title)


def test_checks_come_back_in_order(release: Release, store: Store, window: Make) -> None:
    assert last_check(store, "grid") is None
    assert checks(store, "grid") == []
    for now in (1.0, 2.0):
        record_check(store, check_window(release, store, window(rows(1, 300)), now=now))
    in_file = Window(rows(1, 300, shift=1.0), None, "file", "later.csv")
    record_check(store, check_window(release, store, in_file, now=3.0))
    assert [report["at"] for report in checks(store, "grid")] == [1.0, 2.0, 3.0]
    newest, logged = last_check(store, "grid"), last_check(store, "grid", "log")
    assert newest is not None
    assert logged is not None
    assert (newest["status"], newest["window"]["source"]) == ("alert", "later.csv")
    assert logged["at"] == 2.0
    assert last_check(store, "other") is None


def test_a_record_cut_short_by_a_crash_costs_only_itself(release: Release, store: Store, window: Make) -> None:
    report = check_window(release, store, window(rows(1, 300)), now=1.0)
    record_check(store, report)
    path = store.root / "monitor/grid/checks.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    record_check(store, check_window(release, store, window(rows(2, 300)), now=2.0))
    assert [found["at"] for found in checks(store, "grid")] == [1.0, 2.0]


def test_the_last_check_is_found_in_a_long_record(release: Release, store: Store, window: Make) -> None:
    record_check(store, check_window(release, store, window(rows(1, 300)), now=1.0))
    path = store.root / "monitor/grid/checks.jsonl"
    file_line = json.dumps({"at": 9.0, "window": {"kind": "file"}, "padding": "x" * 5000}).encode() + b"\n"
    path.write_bytes(path.read_bytes() + file_line * 400)
    found = last_check(store, "grid", "log")
    assert found is not None
    assert found["at"] == 1.0


def test_each_alert_is_delivered_once_for_each_channel(
    release: Release, store: Store, window: Make, tmp_path: Path
) -> None:
    channels = [FileChannel(path="one.jsonl"), FileChannel(path="two.jsonl")]
    moved = window(rows(1, 1000, shift=1.0))
    first = check_window(release, store, moved, now=1.0)
    assert [delivery.failure for delivery in deliver(store, first, channels, tmp_path)] == ["", ""]
    second = check_window(release, store, moved, before=first.as_dict(), now=2.0)
    assert deliver(store, second, channels, tmp_path) == []
    reopened = check_window(release, store, moved, now=3.0)
    assert len(deliver(store, reopened, channels, tmp_path)) == 2
    for name in ("one.jsonl", "two.jsonl"):
        [message, again] = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        assert message["title"] == "grid@3: 2 new alerts"
        assert message["text"].count("\n") == 1
        assert {alert["column"] for alert in message["facts"]["alerts"]} == {"load", "prediction"}
        assert message["facts"]["id"] != again["facts"]["id"]


def test_a_channel_that_fails_is_tried_again_and_costs_nobody_else(
    release: Release, store: Store, window: Make, tmp_path: Path
) -> None:
    SENT.clear()
    report = check_window(release, store, window(rows(1, 1000, shift=1.0)), now=1.0)
    results = deliver(store, report, [Flaky(error="declml"), Flaky(error="any"), Flaky()], tmp_path)
    assert [result.failure for result in results] == [
        "the alert could not be posted: it answered 500", "RuntimeError", "",
    ]  # fmt: skip
    assert len(SENT) == 1
    results = deliver(store, report, [Flaky(error="declml"), Flaky(), Flaky()], tmp_path)
    assert [(result.channel, bool(result.failure)) for result in results] == [("flaky 1", True), ("flaky 2", False)]
    assert len(SENT) == 2
