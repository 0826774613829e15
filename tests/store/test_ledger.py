from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declml.core.errors import DeclmlError
from declml.store.release import Release
from declml.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

MOVER = """
import itertools, sys
from pathlib import Path
from declml.store.store import Store
ledger = Store.open(".declml", Path(sys.argv[1])).ledger
for n in itertools.count():
    ledger.move_many("churn", {"live": n % 3 + 1, "canary": n % 3 + 1}, reason=str(n), who="test")
    print(n, flush=True)
"""


def release(number: int, project: str = "churn") -> Release:
    return Release(
        project, 0, "classification", "y", ({"name": "a", "categories": []},), ("no", "yes"), (False, True),
        {"onnx": "0" * 32}, {"roc_auc": {"value": number / 10}}, (), {"run": "r"}, 1.0,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(".declml", tmp_path)
    for number in range(4):
        store.releases.add(release(number))
    return store


def move(store: Store, alias: str, number: int | None) -> None:
    store.ledger.move("churn", alias, number, reason="because", who="me")


def test_releases_are_numbered_and_the_same_content_keeps_its_number(store: Store) -> None:
    assert [one.name for one in store.releases.all("churn")] == ["churn@1", "churn@2", "churn@3", "churn@4"]
    assert store.releases.add(release(1)).number == 2
    assert store.releases.add(release(1, "other")).number == 1
    assert store.releases.get("churn").number == 4
    assert store.releases.get("churn", 2) == store.releases.all("churn")[1]
    assert store.releases.projects() == ["churn", "other"]


def test_an_absent_release_is_told(store: Store) -> None:
    with pytest.raises(DeclmlError, match="no release churn@9") as told:
        store.releases.get("churn", 9)
    assert "churn@4" in told.value.why
    with pytest.raises(DeclmlError, match="nobody has no release yet"):
        store.releases.get("nobody")
    with pytest.raises(DeclmlError, match="no release churn@9"):
        move(store, "live", 9)
    assert store.ledger.history("churn") == []


def test_a_changed_manifest_is_found(store: Store) -> None:
    with store.database.change() as connection:
        connection.execute("UPDATE releases SET manifest=replace(manifest, '0.1', '0.9') WHERE number=2")
    with pytest.raises(DeclmlError, match="manifest of churn@2 was changed"):
        store.releases.get("churn", 2)


def test_live_leaves_previous_behind(store: Store) -> None:
    move(store, "live", 1)
    assert store.ledger.aliases("churn") == {"live": 1}
    move(store, "live", 3)
    assert store.ledger.aliases("churn") == {"live": 3, "previous": 1}
    move(store, "live", 3)
    assert [(e.alias, e.old, e.new) for e in store.ledger.history("churn")] == [
        ("live", None, 1),
        ("live", 1, 3),
        ("previous", None, 1),
    ]
    move(store, "live", None)
    assert store.ledger.aliases("churn") == {"previous": 3}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.dictionaries(st.sampled_from(["live", "canary", "shadow"]), st.sampled_from([None, 1, 2, 3, 4]), min_size=1),
        max_size=8,
    )
)
def test_the_history_leads_to_the_aliases(store: Store, moves: list[dict[str, int | None]]) -> None:
    for one in moves:
        store.ledger.move_many("churn", one, reason="r", who="w")
        wanted = {alias: number for alias, number in one.items() if number is not None}
        assert wanted.items() <= store.ledger.aliases("churn").items()
    replayed: dict[str, int | None] = {}
    for entry in store.ledger.history("churn"):
        assert replayed.get(entry.alias) == entry.old
        replayed[entry.alias] = entry.new
    assert {a: n for a, n in replayed.items() if n is not None} == store.ledger.aliases("churn")
    store.ledger.verify()


@pytest.mark.parametrize(
    ("change", "link"),
    [
        ("UPDATE ledger SET reason='another' WHERE link=2", 2),
        ("UPDATE ledger SET new=4 WHERE link=3", 3),
        ("UPDATE ledger SET at=at+1 WHERE link=1", 1),
        ("UPDATE ledger SET digest='x' WHERE link=2", 2),
        ("DELETE FROM ledger WHERE link=2", 2),
        ("DELETE FROM ledger WHERE link=5", 5),
        ("UPDATE aliases SET number=4 WHERE alias='live'", 6),
        ("DELETE FROM aliases WHERE alias='previous'", 6),
    ],
)
def test_the_first_broken_link_is_named(store: Store, change: str, link: int) -> None:
    for number in (1, 2, 3):
        move(store, "live", number)
    store.ledger.verify()
    with store.database.change() as connection:
        connection.execute(change)
    with pytest.raises(DeclmlError) as told:
        store.ledger.verify()
    assert (told.value.code, told.value.where) == ("E4008", f"churn, link {link}")


def test_a_killed_mover_leaves_all_moves_or_none(store: Store, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", MOVER, tmp_path], stdout=subprocess.PIPE, text=True) as mover:
        assert mover.stdout is not None
        while int(mover.stdout.readline()) < 20:
            pass
        time.sleep(0.013)
        os.kill(mover.pid, signal.SIGKILL)
        told = [line for line in mover.stdout.read().split("\n") if line]
    aliases = store.ledger.aliases("churn")
    assert aliases["live"] == aliases["canary"]
    store.ledger.verify()
    last = int(store.ledger.history("churn")[-1].reason)
    assert last >= int(told[-1] if told else 20)
