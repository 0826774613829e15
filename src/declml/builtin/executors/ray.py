"""Calls as Ray tasks."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from declml.api import DeclmlError, Executor
from declml.builtin.executors.processes import died

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUIET = {
    "RAY_task_oom_retries": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}
"""Without a limit Ray retries a task that ran out of memory without end. No usage statistics leave the machine."""


def home() -> Path:
    """Where the local service of this user is recorded."""
    return Path(os.environ.get("DECLML_HOME") or Path.home() / ".declml")


def recorded_address() -> str | None:
    """The address of the local Ray that `declml up` started, if its processes are alive."""
    try:
        record = json.loads((home() / "local-ray.json").read_text(encoding="utf-8"))
        pids = [int(pid) for pid in record["pids"]]
        alive = bool(pids) and all(Path(f"/proc/{pid}").exists() for pid in pids)
        return str(record["address"]) if alive else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


class RaySlots:
    """Ray tasks of one core each. Ray is reached or started with the first call."""

    def __init__(self, settings: Ray) -> None:
        self._settings = settings
        self._mine = False
        self._ready = False
        self._call: Any = None
        self._cores = 0
        self._folder = ""

    @property
    def parallel(self) -> int:
        """Cores of the cluster."""
        self._start()
        return self._cores

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Run `call(*args)` as a task."""
        self._start()
        answer: Future[Any] = Future()
        reference = self._call.remote(call, *args)
        reference.future().add_done_callback(lambda done: _pass_on(done, answer))
        return answer

    def stop(self) -> None:
        """Leave the cluster; end it when it was started here."""
        if self._mine:
            import ray

            ray.shutdown()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        if self._ready:
            return
        import ray

        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        if not ray.is_initialized():
            self._mine = True
            self._folder = tempfile.mkdtemp(prefix="declml-ray-")
            _init(self._settings, self._folder)
        self._cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._call = ray.remote(num_cpus=1, max_retries=0)(_called)
        self._ready = True


def _called(call: Callable[..., Any], *args: Any) -> tuple[Any, BaseException | None]:
    """Errors travel as values: Ray would wrap them in classes of its own."""
    try:
        return call(*args), None
    except Exception as error:  # noqa: BLE001 - the future carries whatever the call raised
        return None, error


def _pass_on(done: Future[Any], answer: Future[Any]) -> None:
    error = done.exception()
    if error is not None:
        answer.set_exception(died(str(error).strip().splitlines()[0] or type(error).__name__))
        return
    value, raised = done.result()
    if raised is not None:
        answer.set_exception(raised)
    else:
        answer.set_result(value)


def _init(settings: Ray, folder: str) -> None:
    import ray

    address = settings.address
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or recorded_address() or "local"
    own: dict[str, Any] = {"address": address}
    if address == "local":
        own |= {
            "num_cpus": settings.num_cpus or len(os.sched_getaffinity(0)),
            "include_dashboard": False,
            "_temp_dir": folder,
        }
    else:
        os.environ.setdefault("RAY_AUTH_MODE", _auth_mode())
    try:
        ray.init(
            **own,
            namespace="declml",
            log_to_driver=False,
            configure_logging=True,
            logging_level="ERROR",
        )
    except Exception as error:
        where = "a local Ray" if address == "local" else f"Ray at {address}"
        raise DeclmlError(
            "E8010",
            f"{where} could not be {'started' if address == 'local' else 'reached'}",
            where="engine",
            why=str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__,
            next="run without Ray: engine=processes or engine=inline",
        ) from error


def _auth_mode() -> str:
    """Token mode when there is a token to show."""
    token = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    return "token" if token or (Path.home() / ".ray" / "auth_token").exists() else "disabled"


class Ray(Executor):
    """Runs calls as Ray tasks.

    address: `auto` = the cluster of RAY_ADDRESS, else the local one that `declml up` started, else a private Ray for the
    time of the run; or an address such as `ray://head:10001`. num_cpus: cores of a private Ray (default: all).
    """

    type: Literal["ray"] = "ray"
    address: str = "auto"
    num_cpus: Annotated[int, Field(ge=1)] | None = None

    @contextmanager
    def start(self) -> Iterator[RaySlots]:
        """Ray is reached or started with the first call."""
        slots = RaySlots(self)
        try:
            yield slots
        finally:
            slots.stop()
