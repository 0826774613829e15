"""The data plane of a replica: one loop on one thread, one listener, one pass over the rows of each tick."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import threading
import time
import zlib
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import uvloop

from declml.core.errors import DeclmlError
from declml.serving.log import LabelLog, PredictionLog
from declml.serving.plane import routes
from declml.serving.plane.batch import Batch
from declml.serving.plane.connection import Connection
from declml.serving.plane.counters import Counters
from declml.serving.plane.limits import Limits
from declml.serving.plane.lineup import Lineup
from declml.serving.plane.refusal import RefusedError
from declml.serving.plane.shadow import Shadow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from declml.serving.plane.contract import Rows
    from declml.serving.plane.exchange import Exchange
    from declml.serving.plane.model import Model

LOG = logging.getLogger("declml.serving")
BACKLOG = 1024
SECOND = 1.0


@dataclass(frozen=True, slots=True)
class Address:
    """What a plane is for and where it listens. Port 0 takes a free one; None opens no listener."""

    project: str
    route: str
    host: str
    port: int | None
    log: Path
    limits: Limits = field(default_factory=Limits)

    @property
    def prefix(self) -> str:
        """The route without a slash at the end."""
        return self.route.rstrip("/")


class Plane:
    """Answers requests with the releases of its line-up.

    All methods without an underscore that are called from elsewhere say so; the rest belongs to the loop.
    """

    def __init__(self, address: Address, replica: str) -> None:
        self.address, self.replica, self.limits = address, replica, address.limits
        self.lineup = Lineup()
        self.counters = Counters()
        self.connections: set[Connection] = set()
        self.draining = False
        self.date = b""
        self.beat = time.monotonic()
        self.counter = 1
        self.port = address.port
        self.labels = LabelLog(address.log, replica)
        self.routes = routes.table(self)
        self._rows_path = address.prefix or "/"
        self._log = PredictionLog(address.log, replica, [])
        self._shadow = Shadow(address, replica, self.counters)
        self._waiting: list[Exchange] = []
        self._scheduled = False
        self._salt = zlib.crc32(address.project.encode())
        self._loop = uvloop.new_event_loop()
        self._synced: object = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.AbstractServer | None = None
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="declml-plane", daemon=True)

    # called from other threads

    def start(self) -> None:
        """Listen. Returns when requests are taken.

        Raises:
            DeclmlError: E5001, the port is in use.
        """
        self._thread.start()
        self._wait(self._open())

    def swap(self, lineup: Lineup) -> None:
        """Let other releases answer, from one tick to the next."""
        self._wait(self._swap(lineup))

    def stop(self) -> None:
        """Take no new connection, answer what is under way, close the log. The thread ends."""
        if not self._thread.is_alive():
            return
        self._wait(self._drain())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._shadow.stop()

    def submit(self, exchange: Exchange) -> None:
        """Take a request that came by another way in; its `future` gets the reply."""
        self._loop.call_soon_threadsafe(self.take, exchange)

    def alive(self) -> bool:
        """Whether the loop turned within the last five seconds."""
        return self._thread.is_alive() and time.monotonic() - self.beat < 5

    def under_way(self) -> int:
        """Requests without a reply."""
        return len(self._waiting) + sum(len(connection.turns) for connection in tuple(self.connections))

    def open_files(self) -> set[str]:
        """Segments that may still grow."""
        return {self._log.open_file(), self._shadow.open_file()} - {""}

    # requests

    def take(self, exchange: Exchange) -> None:
        """A request came: rows of JSON wait for the tick, everything else goes by the table of routes."""
        plain = exchange.headers.get(b"content-type") == b"application/json" and b"origin" not in exchange.headers
        if plain and exchange.method == "POST" and exchange.path == self._rows_path and not exchange.query:
            self.enqueue(exchange)
            return
        try:
            routes.dispatch(self, exchange)
        except RefusedError as error:
            self.refuse(exchange, error)
        except Exception as error:  # noqa: BLE001 - every request gets a reply, also one that hits a bug
            self.refuse(exchange, unexpected(error))

    def enqueue(self, exchange: Exchange) -> None:
        """Let a request with rows wait for the tick."""
        if len(self._waiting) >= self.limits.queue:
            busy = RefusedError(503, "E5023", "too many requests are waiting", headers={"Retry-After": "1"})
            self.refuse(exchange, busy)
            return
        self._waiting.append(exchange)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._tick)

    def refuse(self, exchange: Exchange, error: RefusedError) -> None:
        """Tell a client why not, and count it."""
        self.counters.refusals[error.code] += 1
        exchange.refuse(error)
        if exchange.connection is None:
            self.answered(exchange)

    def answered(self, exchange: Exchange) -> None:
        """A reply left."""
        self.counters.replies[exchange.status] += 1
        self.counters.took(time.perf_counter() - exchange.began)

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something on the loop after a while."""
        self._loop.call_later(seconds, act)

    def off_loop(self, work: Callable[[], bytes], exchange: Exchange) -> None:
        """Answer with what `work` gives; it runs on another thread."""

        async def run() -> None:
            try:
                exchange.answer(200, await self._loop.run_in_executor(None, work))
            except RefusedError as error:
                self.refuse(exchange, error)
            except DeclmlError as error:
                self.refuse(exchange, RefusedError(503, error.code, error.what, headers={"Retry-After": "5"}))

        self._tasks.add(task := self._loop.create_task(run()))
        task.add_done_callback(self._tasks.discard)

    def _tick(self) -> None:
        self._scheduled = False
        waiting, self._waiting = self._waiting, []
        if self.lineup.live is None:
            for exchange in waiting:
                self.refuse(exchange, RefusedError(503, "E5025", "no release is live", headers={"Retry-After": "5"}))
            return
        batch = self._decoded(waiting, self.lineup.live)
        if batch.accepted:
            self._finish(batch)

    def _decoded(self, waiting: list[Exchange], live: Model) -> Batch:
        batch = Batch(self.lineup, self.counter, self._salt)
        for place, exchange in enumerate(waiting):
            if batch.rows >= self.limits.tick_rows:
                self._waiting = waiting[place:] + self._waiting
                self._scheduled = True
                self._loop.call_soon(self._tick)
                break
            try:
                batch.add(exchange, decode(exchange, live))
            except RefusedError as error:
                self.refuse(exchange, error)
            except Exception as error:  # noqa: BLE001 - one request that hits a bug must not take the others along
                self.refuse(exchange, unexpected(error))
        return batch

    def _finish(self, batch: Batch) -> None:
        try:
            batch.score(decode)
        except Exception as error:  # noqa: BLE001 - the runtime has its own exceptions, without a common base
            self._refuse_all(batch, unexpected(error))
            return
        if batch.groups and not self._logged(batch):
            return
        self.counter += batch.rows
        try:
            batch.reply()
        except Exception as error:  # noqa: BLE001 - the same
            self._refuse_all(batch, unexpected(error))
            return
        self._count(batch)
        if self.lineup.shadow is not None:
            self._shadow.offer(batch, self.lineup.shadow)

    def _logged(self, batch: Batch) -> bool:
        try:
            self._log.append(batch.frames(), batch.time / 1e6)
        except DeclmlError as error:
            self.counters.log_failures += 1
            self._refuse_all(batch, RefusedError(503, error.code, error.what, headers={"Retry-After": "5"}))
            return False
        self.counters.log_writes += 1
        return True

    def _refuse_all(self, batch: Batch, error: RefusedError) -> None:
        for exchange, _ in batch.accepted:
            self.refuse(exchange, error)

    def _count(self, batch: Batch) -> None:
        counters = self.counters
        counters.ticks += 1
        counters.canary_fallbacks += batch.fallbacks
        for group in batch.groups:
            counters.rows[group.model.number, "canary" if group.slot else "live"] += len(group.X)
            counters.unseen += len(group.unseen or ())
            if group.model.drift is not None:
                group.model.drift.add(group.X)
        for exchange, _ in batch.accepted:
            if exchange.connection is None:
                self.answered(exchange)

    # the loop

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _wait(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    async def _open(self) -> None:
        self._second()
        if self.address.port is None:
            return
        self._socket = listener(self.address.host, self.address.port)
        self.port = self._socket.getsockname()[1]
        self._server = await self._loop.create_server(
            lambda: Connection(self), sock=self._socket, backlog=BACKLOG, start_serving=True
        )

    async def _swap(self, lineup: Lineup) -> None:
        self._log.change(lineup.slots())
        self.lineup = lineup

    async def _drain(self) -> None:
        if self._server is not None and self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.listen(0)
            await asyncio.sleep(0.02)
            self._server.close()
        self.draining = True
        deadline = time.monotonic() + self.limits.drain
        while self.connections and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for connection in tuple(self.connections):
            if not connection.turns:
                connection.transport.close()
        while self.under_way() and time.monotonic() < deadline + self.limits.drain:
            await asyncio.sleep(0.02)
        for connection in tuple(self.connections):
            connection.transport.close()
        self._log.close()

    def _second(self) -> None:
        now = self.beat = time.monotonic()
        self.date = formatdate(usegmt=True).encode()
        for connection in tuple(self.connections):
            connection.sweep(now)
        descriptor = self._log.unsynced()
        if descriptor >= 0:
            self._synced = self._loop.run_in_executor(None, _sync, descriptor)
        self._loop.call_later(SECOND, self._second)


def unexpected(error: Exception) -> RefusedError:
    """The reply to a request that met a bug; its traceback goes to the log of the replica."""
    LOG.error("a request could not be answered", exc_info=error)
    return RefusedError(500, "E5028", f"this request could not be answered: {type(error).__name__}")


def decode(exchange: Exchange, model: Model) -> Rows:
    """A request's rows as this release reads them."""
    if exchange.form is not None:
        return exchange.form.decode(model.contract)
    return model.contract.decode_json(exchange.body)


def listener(host: str, port: int) -> socket.socket:
    """A listening socket that shares its port with the other replicas of this user.

    Raises:
        DeclmlError: E5001, something else has the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise DeclmlError(
            "E5001", f"port {port} on {host} cannot be used", why=error.strerror or str(error),
            next="name another port under deployment.port",
        ) from error  # fmt: skip
    return sock


def _sync(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
