"""A bounded load: clients that send one request after another and keep every reply."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any

MOST_SECONDS = 60.0


class Load:
    """A context: inside it the clients run. Afterwards `ids` are those of acknowledged predictions.

    A connection that the server closed between two requests is opened again, as every HTTP client does; anything else is
    a failure. until_refused: a refused connection ends a client without being a failure (the replica is to end).
    """

    def __init__(
        self,
        port: int,
        body: bytes,
        *,
        clients: int,
        path: str = "/power",
        until_refused: bool = False,
        retries: int = 0,
    ) -> None:
        self.port, self.body, self.path = port, body, path
        self.until_refused, self.retries = until_refused, retries
        self.ids: list[str] = []
        self.releases: set[int] = set()
        self.failures: list[str] = []
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self) -> None:
        deadline = time.monotonic() + MOST_SECONDS
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        left = self.retries
        while not self._ending.is_set() and time.monotonic() < deadline:
            fresh = connection.sock is None
            try:
                connection.request("POST", self.path, self.body, {"content-type": "application/json"})
                reply = connection.getresponse()
                content: Any = json.loads(reply.read())
            except ConnectionRefusedError as error:
                if self.until_refused:
                    break
                left = self._failed(error, left)
                connection.close()
                time.sleep(0.05)
                continue
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if fresh or not isinstance(
                    error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError
                ):
                    left = self._failed(error, left)
                continue
            if reply.status != 200:
                self.failures.append(f"{reply.status} {content}")
                continue
            self.ids.extend(prediction["id"] for prediction in content["predictions"])
            self.releases.add(content["release"])
        connection.close()

    def _failed(self, error: Exception, left: int) -> int:
        if left <= 0:
            self.failures.append(f"{type(error).__name__}: {error}")
        return left - 1
