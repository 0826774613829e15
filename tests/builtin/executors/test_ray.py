import fcntl
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from declml.builtin.executors.ray import Ray
from declml.builtin.executors.ray_address import recorded_address
from declml.builtin.executors.ray_folder import MARK, NAME, held_folder
from declml.testing.executor import ExecutorSuite

pytestmark = pytest.mark.ray

PRIVATE = """
import sys
from declml.builtin.executors.ray import Ray
from declml.testing.executor import add, children
before = children()
with Ray(num_cpus=1).start() as slots:
    assert children() == before, "Ray started before the first call"
    print(slots.parallel, slots.submit(add, 1, 2).result(), flush=True)
print(len(children() - before))
"""
UNREACHABLE = """
from declml.builtin.executors.ray import Ray
from declml.core.errors import DeclmlError
from declml.testing.executor import add
try:
    with Ray(address="127.0.0.1:1").start() as slots:
        slots.submit(add, 1, 2)
except DeclmlError as error:
    print(error.code, "|", error.next)
"""


@pytest.mark.usefixtures("local_ray")
class TestRay(ExecutorSuite):
    def make(self) -> Ray:
        return Ray()


def _python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**clean, **environment},
        timeout=200,
    )  # fmt: skip


def test_a_private_ray_is_quiet_and_leaves_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as folder:  # short: Ray's sockets lie below it
        abandoned, held = _folder(folder, "dead"), _folder(folder, "alive")
        with (held / MARK).open("rb") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX)
            done = _python(PRIVATE, TMPDIR=folder)
        assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["1", "3", "0"], "")
        assert list(Path(folder).iterdir()) == [held], abandoned


def _folder(above: str, name: str) -> Path:
    """A folder of an earlier private Ray."""
    folder = Path(above) / f"{NAME}{name}"
    (folder / "session").mkdir(parents=True)
    (folder / MARK).touch()
    return folder


def test_the_folder_of_a_private_ray_is_short_enough_for_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a-folder-far-below-where-sockets-fit"))
    with held_folder() as folder:
        session = f"session_{'2026-11-21_09-03-44_930369'}_4194304/sockets/plasma_store"
        assert len(str(folder / session)) <= 107
        assert folder.is_dir()
    assert not folder.exists()


def test_a_ray_that_cannot_be_reached_is_one_message() -> None:
    done = _python(UNREACHABLE)
    assert done.returncode == 0, done.stderr
    code, _, after = done.stdout.strip().partition(" | ")
    assert code == "E8010"
    assert "engine=processes" in after


def test_the_recorded_ray_counts_only_while_it_lives(own_home: Path) -> None:
    record = own_home / "local-ray.json"
    assert recorded_address() is None
    record.write_text(json.dumps({"address": "127.0.0.1:6379", "pids": [os.getpid()]}))
    assert recorded_address() == "127.0.0.1:6379"
    record.write_text(json.dumps({"address": "127.0.0.1:6379", "pids": [2**22 + 1]}))
    assert recorded_address() is None
    record.write_text("{")
    assert recorded_address() is None
