"""What goes wrong with disks, in child processes with real limits."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from declml.core.errors import DeclmlError
from declml.store.records import StepRecord
from declml.store.store import Store

CHILD = """
import json, os, resource, sys
from pathlib import Path
from declml.core.errors import DeclmlError
from declml.store.records import StepRecord
from declml.store.store import Store

def record(key):
    return StepRecord(key, "fit", 1, {}, {}, {}, {}, {"note": "x" * 200}, "run", 0.0)

base = Path(sys.argv[1])
try:
    exec(sys.argv[2])
except DeclmlError as error:
    print(json.dumps(error.as_dict()))
"""


def child(base: Path, code: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, base, code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    return json.loads(done.stdout or "{}")


def record(key: str) -> StepRecord:
    return StepRecord(key, "fit", 1, {}, {}, {}, {}, {}, "run", 0.0)


def works(base: Path) -> None:
    store = Store.open(".declml", base)
    digest = store.objects.put(b"afterwards")
    store.records.put_step(record("afterwards"))
    assert store.objects.read(digest) == b"afterwards"
    assert store.records.step("afterwards") is not None
    store.verify()
    store.close()


@pytest.mark.parametrize(
    "code",
    [
        "store.objects.put(b'y' * 500_000)",
        "[store.records.put_step(record(str(n))) for n in range(3000)]",
        "[store.ledger.move('churn', f'a{n}', 1, reason='r' * 500, who='w') for n in range(3000)]",
    ],
)
def test_a_full_disk_is_one_message_and_loses_nothing(tmp_path: Path, code: str) -> None:
    store = Store.open(".declml", tmp_path)
    kept = store.objects.put(b"kept")
    store.records.put_step(record("kept"))
    store.releases.add(release())
    store.close()
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)); store = Store.open('.declml', base); "
    told = child(tmp_path, limit + code)
    assert told["code"] == "E4004", told
    assert "run the same command again" in told["next"]
    works(tmp_path)
    again = Store.open(".declml", tmp_path)
    assert again.objects.read(kept) == b"kept"
    assert again.records.step("kept") is not None


def release() -> Any:
    from declml.store.release import Release

    return Release("churn", 0, "classification", "y", (), (), (), {}, {}, (), {}, 1.0)


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody who may not write")
    open_up(tmp_path)
    nobody = "os.setgroups([]); os.setgid(65534); os.setuid(65534); "
    for code in ("Store.open('.declml', base)", "Store.open('.declml', base).objects.put(b'x')"):
        told = child(tmp_path, nobody + code)
        assert (told["code"], told["why"]) == ("E4003", "permission denied")
    works(tmp_path)
    open_up(tmp_path)
    told = child(tmp_path, nobody + "Store.open('.declml', base)")
    assert told["code"] == "E4003"
    assert "right to write" in told["next"]
    seen = "print(json.dumps(Store.open('.declml', base, create=False).records.step('afterwards').name))"
    assert child(tmp_path, nobody + seen) == "fit"
    works(tmp_path)


def open_up(folder: Path) -> None:
    """Let everybody look into a test's folder."""
    for parent in [folder, *folder.parents]:
        if parent.stat().st_uid == os.getuid() and parent.is_relative_to("/tmp") and parent != Path("/tmp"):
            parent.chmod(0o755)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / ".declml").write_text("mine")
    with pytest.raises(DeclmlError) as told:
        Store.open(".declml", tmp_path)
    assert told.value.code == "E4003"
    assert (tmp_path / ".declml").read_text() == "mine"


@pytest.mark.parametrize("damage", ["nothing", "half", "noise", "header"])
def test_damaged_records_are_one_message(tmp_path: Path, damage: str) -> None:
    store = Store.open(".declml", tmp_path)
    store.objects.put(b"content")
    for number in range(300):
        store.records.put_step(record(str(number)))
    store.close()
    file = tmp_path / ".declml" / "records.sqlite"
    whole = file.read_bytes()
    file.write_bytes(
        {
            "nothing": b"",
            "half": whole[: len(whole) // 2],
            "noise": whole[:4096] + os.urandom(len(whole) - 4096),
            "header": b"not a database, surely" + whole[22:],
        }[damage]
    )
    with pytest.raises(DeclmlError) as told:
        Store.open(".declml", tmp_path).verify()
    assert (told.value.code, told.value.where) == ("E4005", str(file))
    for name in ("records.sqlite", "records.sqlite-wal", "records.sqlite-shm"):
        (tmp_path / ".declml" / name).unlink(missing_ok=True)
    with pytest.raises(DeclmlError, match="damaged"):
        Store.open(".declml", tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    Store.open(".declml", tmp_path).close()
    connection = sqlite3.connect(tmp_path / ".declml" / "records.sqlite")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(DeclmlError) as told:
        Store.open(".declml", tmp_path)
    assert told.value.code == "E4006"


@pytest.mark.parametrize("url", ["postgresql://db/declml", "s3://bucket/x", "gs://x"])
def test_stores_that_are_not_there_yet_are_refused_by_name(tmp_path: Path, url: str) -> None:
    with pytest.raises(DeclmlError) as told:
        Store.open(url, tmp_path)
    assert told.value.code == "E4007"
    assert url.split("://", maxsplit=1)[0] in told.value.what
    assert "in this version" in told.value.what


def test_looking_makes_nothing(tmp_path: Path) -> None:
    store = Store.open(".declml", tmp_path, create=False)
    assert store.records.runs("churn") == []
    assert store.ledger.aliases("churn") == {}
    assert not store.objects.has("0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_processes_may_open_a_new_store_together(tmp_path: Path) -> None:
    code = (
        "store = Store.open('.declml', base); [store.records.put_step(record(f'{os.getpid()}-{n}')) for n in range(50)]"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, tmp_path, code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0] for process in children] == [b""] * 4
    [[count]] = Store.open(".declml", tmp_path).database.rows("SELECT count(*) FROM steps")
    assert count == 200
