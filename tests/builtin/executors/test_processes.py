import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from declml.builtin.executors.processes import Processes
from declml.testing.executor import ExecutorSuite

DRIVER = """
import time
from declml.builtin.executors.processes import Processes
from declml.testing.executor import where
if __name__ == "__main__":
    with Processes(workers=1).start() as slots:
        print(slots.submit(where).result(), flush=True)
        slots.submit(time.sleep, 600).result()
"""


class TestProcesses(ExecutorSuite):
    def make(self) -> Processes:
        return Processes(workers=2)


def test_workers_follow_a_killed_driver(tmp_path: Path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        worker = int(driver.stdout.readline())
        os.kill(driver.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while _runs(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
