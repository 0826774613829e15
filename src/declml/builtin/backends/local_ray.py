"""The Ray of this machine that deployments run on: started detached, found again by a record, ended by its pids.

The record is `$DECLML_HOME/local-ray.json` (`~/.declml` without the variable): one Ray for all projects of a user. It
listens on loopback only, on ports and in a temporary folder of its own, and asks for the token of `~/.ray/auth_token`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from declml.api import DeclmlError, write_whole
from declml.builtin.backends.ports import free_port, held
from declml.builtin.backends.processes import Process, launch, of_session, stat_of
from declml.builtin.executors.ray import QUIET
from declml.builtin.executors.ray_address import home

RECORD = "local-ray.json"
START_SECONDS = 120.0
STOP_SECONDS = 20.0
READY = "Ray runtime started"
PORTS = (
    "port", "dashboard-agent-listen-port", "dashboard-agent-grpc-port", "runtime-env-agent-port", "metrics-export-port",
    "object-manager-port", "node-manager-port",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LocalRay:
    """A Ray that was started here. pids: the process that keeps all others; start: the tick in which it began."""

    address: str
    pids: tuple[int, ...]
    start: int
    session: int
    temp: str
    serve_port: int
    log: str

    @property
    def keeper(self) -> Process:
        """The process that ends when any part of Ray does."""
        return Process(self.pids[0], self.start)

    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to reach this Ray."""
        return {**QUIET, "RAY_ADDRESS": self.address, "RAY_AUTH_MODE": "token"}


def find() -> LocalRay | None:
    """The Ray of the record, when it runs."""
    record = _read()
    return record if record is not None and record.keeper.alive() else None


def start() -> LocalRay:
    """The Ray of the record, started when it does not run.

    Raises:
        DeclmlError: E8020, it did not start.
    """
    with held(home(), "local-ray"):
        running = find()
        if running is not None:
            return running
        stale = _read()
        if stale is not None:
            _end(stale)
        return _start()


def stop() -> bool:
    """End the Ray of the record and everything it started; False when none ran."""
    with held(home(), "local-ray"):
        record = _read()
        if record is None:
            return False
        ran = record.keeper.alive()
        _end(record)
        return ran


def _start() -> LocalRay:
    _make_token()
    temp = tempfile.mkdtemp(prefix="declml-ray-")
    log = home() / "local-ray.log"
    ports = {name: free_port() for name in PORTS}
    command = [
        sys.executable, "-P", "-m", "ray.scripts.scripts", "start", "--head", "--block", "--node-ip-address=127.0.0.1",
        f"--temp-dir={temp}", "--include-dashboard=false", "--include-log-monitor=false", "--disable-usage-stats",
        f"--num-cpus={len(os.sched_getaffinity(0))}", *(f"--{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    log.write_bytes(b"")
    environment = {
        **QUIET,
        "RAY_AUTH_MODE": "token",
        "PYTHONUNBUFFERED": "1",
        "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
    }
    process = launch(command, log, home(), environment)
    session = int(stat_of(process.pid)[3]) if process.alive() else 0
    ray = LocalRay(f"127.0.0.1:{ports['port']}", (process.pid,), process.start, session, temp, free_port(), str(log))
    write_whole(home() / RECORD, json.dumps(asdict(ray)).encode())
    deadline = time.monotonic() + START_SECONDS
    while process.alive() and time.monotonic() < deadline:
        if READY in log.read_text(errors="replace"):
            return ray
        time.sleep(0.1)
    _end(ray)
    last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-3:]
    raise DeclmlError(
        "E8020", "the local Ray did not start", where=str(log), why=" ".join(last)[-500:],
        next="read the log; or serve without Ray: deployment.backend=process",
    )  # fmt: skip


def _end(ray: LocalRay) -> None:
    """End by pid: the keeper ends its parts; what is left of its session is ended one by one."""
    ours = of_session(ray.session) if ray.keeper.alive() or _left(ray) else []
    ray.keeper.end(STOP_SECONDS)
    for process in {*ours, *(_left(ray))}:
        process.end(5)
    shutil.rmtree(ray.temp, ignore_errors=True)
    (home() / RECORD).unlink(missing_ok=True)


def _left(ray: LocalRay) -> list[Process]:
    """Processes of the session that work in Ray's own temporary folder: a number may have been given out again."""
    return [process for process in of_session(ray.session) if _works_in(process.pid, ray.temp)]


def _works_in(pid: int, folder: str) -> bool:
    """Whether a process was told of a folder or holds a file in it (some overwrite what they were told)."""
    place = Path(f"/proc/{pid}")
    with contextlib.suppress(OSError):
        if folder.encode() in (place / "cmdline").read_bytes() + (place / "environ").read_bytes():
            return True
        return any(str(link.readlink()).startswith(folder) for link in (place / "fd").iterdir())
    return False


def _read() -> LocalRay | None:
    try:
        record = json.loads((home() / RECORD).read_bytes())
        return LocalRay(**{**record, "pids": tuple(record["pids"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _make_token() -> None:
    """A token that only this user can read, where Ray looks for it."""
    if os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH"):
        return
    path = Path.home() / ".ray" / "auth_token"
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, secrets.token_hex(32).encode())
