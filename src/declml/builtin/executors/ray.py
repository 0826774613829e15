"""Calls as Ray tasks."""

from __future__ import annotations

import os
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from declml.api import DeclmlError, Executor
from declml.builtin.executors.answers import called, died, pass_on
from declml.builtin.executors.ray_address import LOCAL, resolved, silent
from declml.builtin.executors.ray_folder import held_folder

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


class RaySlots:
    """Ray tasks of one core each. Ray is reached or started with the first call."""

    def __init__(self, settings: Ray) -> None:
        self._settings = settings
        self._mine = False
        self._ready = False
        self._call: Any = None
        self._cores = 0
        self._exits = ExitStack()
        self._under_way: set[Any] = set()

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
        self._under_way.add(reference)
        answer.add_done_callback(lambda _: self._under_way.discard(reference))
        reference.future().add_done_callback(lambda done: _answer(done, answer))
        return answer

    def stop(self) -> None:
        """End the tasks under way and leave the cluster; end it when it was started here."""
        for reference in tuple(self._under_way):
            import ray

            ray.cancel(reference, force=True)
        if self._mine:
            import ray

            ray.shutdown()
        self._exits.close()

    def _start(self) -> None:
        if self._ready:
            return
        address = resolved(self._settings.address)
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        if address != LOCAL:
            os.environ.setdefault("RAY_AUTH_MODE", _auth_mode())
        import ray  # reads its environment when it is imported

        if not ray.is_initialized():
            self._mine = True
            folder = self._exits.enter_context(held_folder()) if address == LOCAL else None
            _init(address, self._settings.num_cpus, folder)
        self._cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._call = ray.remote(num_cpus=1, max_retries=0)(called)
        self._ready = True


def _answer(done: Future[Any], answer: Future[Any]) -> None:
    """`called` catches what the call raises: an exception here is Ray's own, about a task that was lost."""
    try:
        pass_on(done, answer)
    except Exception as error:  # noqa: BLE001 - Ray raises a dozen classes for a lost worker
        answer.set_exception(died(next(iter(str(error).strip().splitlines()), type(error).__name__)))


def _init(address: str, num_cpus: int | None, folder: Path | None) -> None:
    import ray

    if address == LOCAL:
        where, verb = "a local Ray", "started"
        own: dict[str, Any] = {
            "num_cpus": num_cpus or len(os.sched_getaffinity(0)),
            "include_dashboard": False,
            "_temp_dir": str(folder),
            "_node_ip_address": "127.0.0.1",
        }
    else:
        where, verb = f"Ray at {address}", "reached"
        own = {"_node_ip_address": "127.0.0.1"} if address.startswith("127.0.0.1:") else {}
        if why := silent(address):
            raise _unavailable(where, verb, why)
    try:
        ray.init(address=address, namespace="declml", log_to_driver=False, logging_level="ERROR", **own)
    except Exception as error:
        raise _unavailable(where, verb, next(iter(str(error).strip().splitlines()), type(error).__name__)) from error


def _unavailable(where: str, verb: str, why: str) -> DeclmlError:
    return DeclmlError(
        "E8010",
        f"{where} could not be {verb}",
        where="engine",
        why=why,
        next="run without Ray: engine=processes or engine=inline",
    )


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
