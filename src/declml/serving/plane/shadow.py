"""The shadow release scores what the others answered, on a thread of its own, after the replies."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from declml.core.errors import DeclmlError
from declml.serving.log import PredictionLog
from declml.serving.plane.refusal import RefusedError
from declml.store.segments import frame_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from declml.serving.plane.batch import Batch
    from declml.serving.plane.contract import Rows
    from declml.serving.plane.counters import Counters
    from declml.serving.plane.exchange import Exchange
    from declml.serving.plane.model import Model
    from declml.serving.plane.plane import Address


class Task:
    """Rows for the shadow: their first id, moment, keys and unknown categories as in the log of the answering release."""

    __slots__ = ("X", "first", "model", "side", "time")

    def __init__(self, model: Model, first: int, time: int, X: npt.NDArray[np.float32], side: bytes) -> None:
        self.model, self.first, self.time, self.X, self.side = model, first, time, X, side


class Shadow:
    """A bounded queue and the thread that empties it. Rows that do not fit are counted, not waited for."""

    def __init__(self, address: Address, replica: str, counters: Counters) -> None:
        self._address, self._replica, self._counters = address, replica, counters
        self._log = PredictionLog(address.log, replica, [], part="s")
        self._tasks: deque[Task] = deque()
        self._rows = 0
        self._ready = threading.Condition()
        self._ending = False
        self._thread: threading.Thread | None = None

    def offer(self, batch: Batch, model: Model) -> None:
        """Take the rows of a tick (on the loop, after its replies)."""
        tasks = self._tasks_of(batch, model)
        with self._ready:
            for task in tasks:
                if self._rows + len(task.X) > self._address.limits.behind:
                    self._counters.shadow_skipped += len(task.X)
                    continue
                self._rows += len(task.X)
                self._tasks.append(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="declml-shadow", daemon=True)
                self._thread.start()
            self._ready.notify()

    def stop(self) -> None:
        """Score what waits, close the log."""
        with self._ready:
            self._ending = True
            self._ready.notify()
        if self._thread is not None:
            self._thread.join(10)
        self._log.close()

    def open_file(self) -> str:
        """The segment that may still grow."""
        return self._log.open_file()

    def _tasks_of(self, batch: Batch, model: Model) -> list[Task]:
        live = batch.lineup.live
        same = live is not None and live.contract.signature == model.contract.signature
        if not same or any(group.model.contract.signature != model.contract.signature for group in batch.groups):
            return self._decoded_again(batch, model)
        return [
            Task(model, group.first, batch.time, group.X, _side(group.keys, group.unseen)) for group in batch.groups
        ]

    def _decoded_again(self, batch: Batch, model: Model) -> list[Task]:
        """For a shadow that reads other columns: each request by the shadow's own contract, one row a frame."""
        counters = {
            place: group.first + number
            for group in batch.groups
            for number, place in enumerate(group.places if group.places is not None else range(batch.rows))
        }
        tasks: list[Task] = []
        start = 0
        for exchange, answered in batch.accepted:
            rows = self._try_decode(exchange, model, len(answered))
            if rows is not None:
                places = range(len(answered))
                tasks.extend(_single(model, counters[start + p], batch.time, rows, p) for p in places)
            start += len(answered)
        return tasks

    def _try_decode(self, exchange: Exchange, model: Model, count: int) -> Rows | None:
        from declml.serving.plane.plane import decode

        try:
            return decode(exchange, model)
        except RefusedError:
            self._counters.shadow_failures += count
            return None

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._tasks and not self._ending:
                    self._ready.wait()
                tasks = list(self._tasks)
                self._tasks.clear()
                self._rows = 0
            if not tasks:
                return
            while tasks:
                model = tasks[0].model
                mine = [task for task in tasks if task.model is model]
                tasks = [task for task in tasks if task.model is not model]
                self._score(model, mine)

    def _score(self, model: Model, tasks: list[Task]) -> None:
        rows = sum(len(task.X) for task in tasks)
        try:
            answers = model.score(np.concatenate([task.X for task in tasks]))
            self._log.change([model.slot("shadow")])
            frames, start = [], 0
            for task in tasks:
                part = answers[start : start + len(task.X)]
                start += len(task.X)
                frames.append(
                    frame_of(0, len(part), task.first, task.time, task.X.tobytes() + part.tobytes(), task.side)
                )
            self._log.append(b"".join(frames), tasks[-1].time / 1e6)
        except DeclmlError:
            self._counters.log_failures += 1
            self._counters.shadow_failures += rows
        except Exception:  # noqa: BLE001 - the runtime has its own exceptions; a shadow never harms the live release
            self._counters.shadow_failures += rows
        else:
            self._counters.rows[model.number, "shadow"] += rows


def _single(model: Model, counter: int, time: int, rows: Rows, place: int) -> Task:
    keys = [rows.keys[place]] if rows.keys is not None else None
    unseen = [(0, column, text) for row, column, text in rows.unseen or () if row == place]
    return Task(model, counter, time, np.array([rows.cells[place]], np.float32), _side(keys, unseen))


def _side(keys: list[str | None] | None, unseen: list[tuple[int, int, str]] | None) -> bytes:
    return msgspec.json.encode({"keys": keys, "unseen": unseen or []}) if keys or unseen else b""
