"""What every executor must keep to."""

from __future__ import annotations

import os
import pickle
import signal
import time
from abc import abstractmethod
from concurrent.futures import wait
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn

from declml.core.errors import DeclmlError, SpecError

if TYPE_CHECKING:
    from declml.plugin.kinds.executor import Executor

PATIENCE = 120.0


class Awkward(Exception):  # noqa: N818 - a guest names its exceptions as it likes
    """An exception that pickles, but not back again."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right}")


def add(left: int, right: int) -> int:
    """A call that answers."""
    return left + right


def where() -> int:
    """A call that tells its process."""
    return os.getpid()


def fail(error: Exception) -> NoReturn:
    """A call that raises."""
    raise error


def fail_awkwardly() -> NoReturn:
    """A call whose exception does not travel."""
    raise Awkward("this", "that")


def size(content: bytes) -> tuple[int, bytes]:
    """A call with much to carry, both ways."""
    return len(content), content[::-1]


def be_killed() -> NoReturn:
    """A call whose process dies."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def children() -> set[int]:
    """The processes started by this one that still run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.add(int(stat.parent.name))
    return found


class ExecutorSuite:
    """Conformance of an executor.

    A guest's test says how to make one:

    class TestMine(ExecutorSuite):
        def make(self) -> Executor:
            return Mine()
    """

    in_process: ClassVar[bool] = False
    """Whether calls run in the process that submits them: then a call cannot die alone."""

    @abstractmethod
    def make(self) -> Executor:
        """The executor."""

    def test_each_future_has_its_own_answer(self) -> None:
        """More calls than slots, each with the answer to its own arguments."""
        with self.make().start() as slots:
            assert slots.parallel >= 1
            futures = [slots.submit(add, i, 1) for i in range(3 * slots.parallel + 2)]
            assert [future.result(PATIENCE) for future in futures] == [i + 1 for i in range(len(futures))]

    def test_calls_run_where_the_executor_says(self) -> None:
        """In this process, or never in it."""
        with self.make().start() as slots:
            assert (slots.submit(where).result(PATIENCE) == os.getpid()) == self.in_process

    def test_large_values_travel(self) -> None:
        """16 MiB there and back."""
        content = bytes(range(256)) * 65536
        with self.make().start() as slots:
            assert slots.submit(size, content).result(PATIENCE) == (len(content), content[::-1])

    def test_an_exception_is_the_answer(self) -> None:
        """The future raises what the call raised, of the same class and with its words."""
        with self.make().start() as slots:
            error = slots.submit(fail, ZeroDivisionError("by nought")).exception(PATIENCE)
            assert type(error) is ZeroDivisionError
            assert error.args == ("by nought",)
            assert slots.submit(add, 1, 2).result(PATIENCE) == 3

    def test_an_expected_failure_arrives_whole(self) -> None:
        """The four answers of a DeclmlError, and its class."""
        sent = SpecError("E1005", "what", where="here", why="because", next="this")
        with self.make().start() as slots:
            error = slots.submit(fail, sent).exception(PATIENCE)
        assert isinstance(error, SpecError)
        assert error.as_dict() == sent.as_dict()

    def test_an_exception_that_does_not_pickle_breaks_nothing(self) -> None:
        """Its text arrives, and the next call runs."""
        with self.make().start() as slots:
            error = slots.submit(fail_awkwardly).exception(PATIENCE)
            assert error is not None
            assert not isinstance(error, DeclmlError)
            assert "this and that" in str(error)
            assert slots.submit(add, 1, 2).result(PATIENCE) == 3

    def test_a_killed_call_is_told_and_the_next_one_runs(self) -> None:
        """E3002 for the call whose process died; the executor goes on."""
        if self.in_process:
            return
        with self.make().start() as slots:
            error = slots.submit(be_killed).exception(PATIENCE)
            assert isinstance(error, DeclmlError)
            assert error.code == "E3002"
            assert error.next
            assert slots.submit(add, 1, 2).result(PATIENCE) == 3

    def test_leaving_ends_what_it_started(self) -> None:
        """No process is left and every slot is free again, even when the block is left with calls under way."""
        before = children()
        with self.make().start() as slots:
            calls = [] if self.in_process else [slots.submit(time.sleep, 600) for _ in range(slots.parallel + 1)]
            wait([slots.submit(add, 1, 2), *calls], 2)
        with self.make().start() as slots:
            assert slots.submit(add, 1, 2).result(PATIENCE) == 3
        deadline = time.monotonic() + 20
        while (left := _but_the_tracker(children() - before)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left == set()

    def test_nothing_starts_before_the_first_call(self) -> None:
        """Taking the slots costs nothing."""
        before = children()
        with self.make().start():
            assert children() == before

    def test_it_is_its_settings(self) -> None:
        """It pickles, and is equal afterwards."""
        executor = self.make()
        assert pickle.loads(pickle.dumps(executor)) == executor  # noqa: S301 - our own bytes


def _but_the_tracker(pids: set[int]) -> set[int]:
    """Without Python's own tracker of shared resources, which ends with this process."""
    left = set()
    for pid in pids:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if command and b"resource_tracker" not in command:
            left.add(pid)
    return left
