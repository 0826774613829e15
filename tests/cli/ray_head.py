"""A real head for the tests, started the way people start one: `ray start --head`."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

RAY = Path(sys.executable).parent / "ray"
FLAGS = (
    "port", "dashboard-port", "dashboard-agent-listen-port", "dashboard-agent-grpc-port", "runtime-env-agent-port",
    "metrics-export-port", "node-manager-port", "object-manager-port", "ray-client-server-port",
)  # fmt: skip


@dataclass(frozen=True)
class Head:
    """Where the head is, and the file with its token (None: it takes everybody)."""

    address: str
    token: Path | None
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the head, as `finally` would."""
        end(self.process)


@contextlib.contextmanager
def started_head(token: str | None) -> Iterator[Head]:
    """A head of its own: loopback, own ports, own folder; ended by its pid."""
    folder = Path(tempfile.mkdtemp(prefix="dh-"))  # short: Ray's sockets live below it, and their paths are limited
    ports = free_ports(len(FLAGS))
    token_file = folder / "token" if token else None
    if token_file:
        token_file.write_text(token or "")
    words = [f"--{flag}={port}" for flag, port in zip(FLAGS, ports, strict=True)]
    words += ["--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1", f"--temp-dir={folder / 'r'}", "--num-cpus=2"]
    words += [f"--min-worker-port={(low := free_range(60))}", f"--max-worker-port={low + 59}", "--disable-usage-stats"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [RAY, "start", "--head", "--block", *words],
            env=environment(token_file),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{ports[1]}"
        wait_for(process, address, token, folder / "log")
        yield Head(address, token_file, process)
    finally:
        end(process)
        shutil.rmtree(folder, ignore_errors=True)


def environment(token_file: Path | None) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    auth = (
        {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token_file)}
        if token_file
        else {"RAY_AUTH_MODE": "disabled"}
    )
    return {**plain, **auth, "RAY_USAGE_STATS_ENABLED": "0"}


def wait_for(process: subprocess.Popen[bytes], address: str, token: str | None, log: Path) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    ends = time.monotonic() + 90
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            if requests.get(f"{address}/api/version", headers=headers, timeout=5).status_code == 200 and has_agent(
                address, headers
            ):
                return
        time.sleep(0.2)
    raise AssertionError(f"the head did not start:\n{log.read_text()[-3000:]}")


def has_agent(address: str, headers: dict[str, str]) -> bool:
    """Whether jobs can be taken: listing them needs all parts of the head."""
    return requests.get(f"{address}/api/jobs/", headers=headers, timeout=5).status_code == 200


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # its own session: only what this head started


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def free_range(width: int) -> int:
    """The first port of a range of free ones, below those the kernel gives out."""
    start = 12000 + os.getpid() % 100 * 150
    for low in range(start, start + 15000, width):
        if all(is_free(port) for port in range(low, low + width)):
            return low
    raise AssertionError("no range of free ports")


def is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
