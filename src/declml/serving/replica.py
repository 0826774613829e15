"""One serving process: a data plane, the releases it answers with, and its heartbeat."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.core.files import write_whole
from declml.serving.compaction import Compaction
from declml.serving.hosts import must_be_loopback
from declml.serving.plane.exchange import Exchange
from declml.serving.plane.limits import Limits
from declml.serving.plane.lineup import make_lineup
from declml.serving.plane.model import load_model
from declml.serving.plane.plane import Address, Plane
from declml.store.store import Store

if TYPE_CHECKING:
    from declml.serving.plane.lineup import Lineup
    from declml.serving.plane.model import Model

BEAT = 1.0
NAME_BYTES = 6  # twelve hex characters


class Replica:
    """Satisfies `plugin.kinds.backend.Replica`. Listening, proven and warm when its constructor returns.

    Args:
        wanted: `store` (absolute folder), `project`, `route`, `host`, `port` (null: no listener of its own),
            `prediction_log` (absolute folder). A backend adds `shares`, as for `configure` (nothing is live without),
            `heartbeats` (absolute folder, for a file that is rewritten every second) and `generation` (a text that the
            heartbeat repeats, so that a backend knows which wish a replica belongs to). Names of `plane.limits` too.

    Raises:
        DeclmlError: E5001 the port is in use, E5003 the host is not loopback, E5004 a release cannot be served.
    """

    def __init__(self, wanted: dict[str, Any]) -> None:
        must_be_loopback(wanted["host"])
        self.name = secrets.token_hex(NAME_BYTES)
        self.generation = str(wanted.get("generation", ""))
        self._address = Address(
            wanted["project"],
            wanted["route"],
            wanted["host"],
            wanted["port"],
            Path(wanted["prediction_log"]),
            Limits.of(wanted),
        )
        self._store = Store.open(wanted["store"], Path("/"), create=False)
        self._changing = threading.Lock()
        self._problem: dict[str, str] = {}
        self._asked: dict[str, Any] = {}
        self._beats = Path(wanted["heartbeats"]) if wanted.get("heartbeats") else None
        self._spent = (0.0, time.monotonic())
        self._stopped = threading.Event()
        self._plane = Plane(self._address, self.name)
        self._compaction = Compaction(self._address.log, self._plane.open_files)
        first = self._lineup(wanted.get("shares") or {})
        self._plane.start()
        self._plane.swap(first)
        self._asked = dict(wanted.get("shares") or {})
        self._compaction.start()
        self._beat()
        threading.Thread(target=self._beating, name="declml-heartbeat", daemon=True).start()

    @property
    def port(self) -> int | None:
        """Where it listens."""
        return self._plane.port

    @property
    def shares(self) -> dict[str, Any]:
        """What answers now."""
        return self._plane.lineup.shares()

    def configure(self, shares: dict[str, Any]) -> None:
        """Load, prove and warm what is new beside what answers now, then change over between two ticks.

        Raises:
            DeclmlError: E5004 or E4, a release cannot be served; what answered goes on.
        """
        with self._changing:
            self._asked = dict(shares)
            try:
                self._plane.swap(self._lineup(shares))
                self._problem = {}
            except DeclmlError as error:
                self._problem = error.as_dict()
                raise
            finally:
                self._beat()

    def healthy(self) -> None:
        """Return when the loop turns and the live release scores a real row.

        Raises:
            DeclmlError: E5025 nothing is live or the loop stands still, E5004 the answer is wrong.
        """
        if not self._plane.alive():
            raise DeclmlError("E5025", "the data plane of this replica stands still")
        if self._plane.lineup.live is not None:
            self._plane.lineup.live.alive()

    def load(self) -> float:
        """Requests under way, on average since the last call (Little's law: seconds spent answering ÷ seconds gone by)."""
        spent, now = self._plane.counters.seconds, time.monotonic()
        before, then = self._spent
        self._spent = (spent, now)
        return (spent - before) / max(now - then, 1e-3)

    async def answer(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """One request that came by another way in. The path includes the route."""
        limit = self._address.limits.body
        coded = {name.lower().encode("latin-1"): value.encode("latin-1") for name, value in headers.items()}
        exchange = Exchange(method.upper(), path, query, coded, body)
        if exchange.future is None:
            raise LookupError("an exchange without a connection has a future")
        if len(body) > limit:
            error = {"error": {"code": "E5022", "message": f"a body may have {limit} bytes"}}
            return 413, {"content-type": "application/json"}, json.dumps(error).encode()
        self._plane.submit(exchange)
        return await asyncio.wrap_future(exchange.future)

    def facts(self) -> dict[str, Any]:
        """The replica as its heartbeat tells it."""
        return {
            "replica": self.name,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "project": self._address.project,
            "generation": self.generation,
            "port": self.port,
            "asked": self._asked,
            "shares": self.shares,
            "problem": self._problem,
            "alive": self._plane.alive(),
            "under_way": self._plane.under_way(),
            "at": time.time(),
        }

    def stop(self) -> None:
        """Take no new connection, answer what is under way, put the log away."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._plane.stop()
        self._compaction.stop(self.name)
        self._store.close()
        if self._beats is not None:
            (self._beats / f"{self.name}.json").unlink(missing_ok=True)

    def _lineup(self, shares: dict[str, Any]) -> Lineup:
        def load(number: int) -> Model:
            return load_model(self._store, self._address.project, number, self.name, self._address.limits.rows)

        return make_lineup(shares, self._plane.lineup, load)

    def _beating(self) -> None:
        while not self._stopped.wait(BEAT):
            self._beat()

    def _beat(self) -> None:
        if self._beats is None or self._stopped.is_set():
            return
        try:
            write_whole(self._beats / f"{self.name}.json", json.dumps(self.facts()).encode(), durable=False)
        except OSError:
            return
