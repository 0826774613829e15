"""Calls in processes of this machine."""

from __future__ import annotations

import os
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from declml.api import DeclmlError, Executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def died(why: str) -> DeclmlError:
    """The error of a call whose process died."""
    return DeclmlError(
        "E3002",
        "the process of a step died",
        why=why,
        next="if memory ran out, use less data at once or fewer workers; then run again: finished steps are kept",
    )


class ProcessSlots:
    """A pool of fresh Python processes, started with the first call. A broken pool is replaced."""

    def __init__(self, parallel: int) -> None:
        self.parallel = parallel
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Run `call(*args)` in a process."""
        answer: Future[Any] = Future()
        try:
            inner = self._started().submit(call, *args)
        except BrokenProcessPool:
            self.stop()
            inner = self._started().submit(call, *args)
        inner.add_done_callback(lambda done: self._pass_on(done, answer))
        return answer

    def stop(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            import multiprocessing

            self._pool = ProcessPoolExecutor(self.parallel, mp_context=multiprocessing.get_context("spawn"))
        return self._pool

    def _pass_on(self, done: Future[Any], answer: Future[Any]) -> None:
        error = done.exception()
        if isinstance(error, BrokenProcessPool):
            answer.set_exception(died("it was killed, or ended on its own"))
        elif error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(done.result())


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
