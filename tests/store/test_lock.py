from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from declml.core.errors import ConflictError
from declml.store.lock import owner
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
