from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from declml.core.errors import ConflictError
from declml.store.lock import Owner, hold, owner
from declml.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time
from pathlib import Path
from declml.store.store import Store
with Store.open(".declml", Path(sys.argv[1])).lock("run churn"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_holder_is_named_and_a_dead_one_gives_way(tmp_path: Path) -> None:
    store = Store.open(".declml", tmp_path)
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ConflictError) as told, store.lock("run other"):
            pass
        os.kill(holder.pid, signal.SIGKILL)
    assert told.value.code == "E4002"
    assert f"process {holder.pid} on {os.uname().nodename}, to run churn, for " in told.value.what
    assert f"kill {holder.pid}" in told.value.next
    with store.lock("run other") as mine:
        assert owner(store.root / "lock") == mine
        assert mine.pid == os.getpid()
    assert owner(store.root / "lock") is None


def test_one_process_does_not_hold_it_twice(tmp_path: Path) -> None:
    store = Store.open(".declml", tmp_path)
    with store.lock("run churn"), pytest.raises(ConflictError), store.lock("run churn"):
        pass
    with store.lock("run churn"):
        pass


def test_a_dead_name_in_a_held_lock_is_not_told(tmp_path: Path) -> None:
    """Between taking the lock and writing its name, a holder is not the one whose name is there."""
    path = tmp_path / "lock"
    for late in (Owner("run churn", pid=2**22 + 1, start=1), Owner("run churn", start=1)):
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(asdict(late)))
            file.flush()
            with pytest.raises(ConflictError) as told, hold(path, "run other"):
                pass
        assert told.value.what == "the store is held by another process"
        assert "kill" not in told.value.next


def test_a_holder_on_another_machine_is_named_with_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(asdict(Owner("run churn", pid=7, host="elsewhere", start=1))))
        file.flush()
        with pytest.raises(ConflictError) as told, hold(path, "run other"):
            pass
    assert "process 7 on elsewhere, to run churn" in told.value.what
    assert told.value.next == "wait for it to end, or end it (on elsewhere) with: kill 7"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"purpose": "x"', b"\xff" * 9])
def test_whatever_is_in_the_file_the_lock_can_be_taken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock").write_bytes(content)
    with hold(tmp_path / "lock", "run churn") as mine, pytest.raises(ConflictError, match=f"process {mine.pid}"):  # noqa: SIM117
        with hold(tmp_path / "lock", "run other"):
            pass
