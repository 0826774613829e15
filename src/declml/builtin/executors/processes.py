"""Calls in processes of this machine."""

from __future__ import annotations

import os
import threading
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from declml.api import Executor
from declml.builtin.executors.answers import called, died, pass_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection


def _begin(life: Connection) -> None:
    """In a new worker: leave Ctrl-C to the driver, and end when the driver lets go of the other end of `life`, or dies."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        life.poll(None)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class ProcessSlots:
    """A pool of fresh Python processes, started with the first call. A broken pool is replaced."""

    def __init__(self, parallel: int) -> None:
        self.parallel = parallel
        self._pool: ProcessPoolExecutor | None = None
        self._lives: tuple[Connection, ...] = ()

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Run `call(*args)` in a process."""
        answer: Future[Any] = Future()
        try:
            inner = self._started().submit(called, call, *args)
        except BrokenProcessPool:
            self.stop()
            inner = self._started().submit(called, call, *args)
        inner.add_done_callback(lambda done: self._answer(done, answer))
        return answer

    def stop(self) -> None:
        """End the processes at once, and what they are doing."""
        if self._pool is None:
            return
        for life in self._lives:
            life.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            import multiprocessing

            fresh = multiprocessing.get_context("spawn")
            theirs, ours = fresh.Pipe(duplex=False)
            self._lives = (ours, theirs)
            self._pool = ProcessPoolExecutor(self.parallel, mp_context=fresh, initializer=_begin, initargs=(theirs,))
        return self._pool

    def _answer(self, done: Future[Any], answer: Future[Any]) -> None:
        try:
            pass_on(done, answer)
        except (BrokenProcessPool, CancelledError):
            answer.set_exception(died("it was killed, or ended on its own"))
        except Exception as error:  # noqa: BLE001 - arguments or an answer that do not pickle
            answer.set_exception(error)


class Processes(Executor):
    """Runs calls in `workers` processes of this machine; default: one for each core this process may use."""

    type: Literal["processes"] = "processes"
    workers: Annotated[int, Field(ge=1)] | None = None

    @contextmanager
    def start(self) -> Iterator[ProcessSlots]:
        """The pool; its processes start with the first call and end with the block."""
        slots = ProcessSlots(self.workers or len(os.sched_getaffinity(0)))
        try:
            yield slots
        finally:
            slots.stop()
