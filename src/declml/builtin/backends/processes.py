"""Processes by pid, told apart from later ones that got the same number."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLL = 0.05
LAUNCH = '"$@" </dev/null >>"$0" 2>&1 & echo $!'


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its pid and the tick of its start, which together name it until the machine restarts."""

    pid: int
    start: int

    def alive(self) -> bool:
        """Whether it runs (a dead one that nobody waited for does not)."""
        return start_of(self.pid) == self.start

    def end(self, seconds: float) -> None:
        """Ask it to end, wait, then kill it."""
        if self._signal(signal.SIGTERM) and not self.wait(seconds) and self._signal(signal.SIGKILL):
            self.wait(5)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within this time."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL)
        return True

    def _signal(self, number: int) -> bool:
        if not self.alive():
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        return True


def start_of(pid: int) -> int | None:
    """The tick in which a running process began; None when there is none (`man 5 proc`, stat, field 22)."""
    fields = stat_of(pid)
    return int(fields[19]) if fields and fields[0] not in {"Z", "X"} else None


def stat_of(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, group, session, ...; empty when there is no process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def of_session(session: int) -> list[Process]:
    """Every process of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        fields = stat_of(int(entry.name))
        if fields and int(fields[3]) == session and fields[0] not in {"Z", "X"}:
            found.append(Process(int(entry.name), int(fields[19])))
    return found


def launch(command: Sequence[str], log: Path, folder: Path, extra: Mapping[str, str]) -> Process:
    """Start a process that outlives this one, in a session of its own; what it prints goes to `log`."""
    done = subprocess.run(  # noqa: S603 - the command is ours
        ["/bin/sh", "-c", LAUNCH, str(log), *command],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True, check=True, cwd=folder,
        env={**os.environ, **extra}, text=True,
    )  # fmt: skip
    pid = int(done.stdout)
    return Process(pid, start_of(pid) or 0)
