"""Real releases for these tests: `releases` is the module releases.py beside this file."""

from __future__ import annotations

import http.client
import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from declml.serving.replica import Replica
from declml.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

PATH = Path(__file__).with_name("releases.py")


def _load(path: Path) -> ModuleType:
    name = f"declml_test_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def releases() -> ModuleType:
    module = _load(PATH)
    module.Load = _load(PATH.with_name("load.py")).Load
    return module


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(".declml", tmp_path)


class Client:
    """One keep-alive connection to a replica."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(
        self, method: str, path: str, body: Any = None, kind: str | None = "application/json", **headers: str
    ) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if kind and data is not None:
            sent["content-type"] = kind
        self.connection.request(method, path, data, sent)
        reply = self.connection.getresponse()
        content = reply.read()
        self.headers = dict(reply.getheaders())
        if "json" in self.headers.get("content-type", "") and content:
            return reply.status, json.loads(content)
        return reply.status, content.decode()

    def predict(self, body: Any, path: str = "/power", **other: Any) -> tuple[int, Any]:
        return self.ask("POST", path, body, **other)

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def replica(store: Store, releases: ModuleType) -> Iterator[Replica]:
    """A replica with release 1 live."""
    releases.make_release(store)
    found = Replica(releases.wanted_of(store, shares=releases.alone(1)))
    yield found
    found.stop()


@pytest.fixture
def client(replica: Replica) -> Iterator[Client]:
    found = Client(replica.port or 0)
    yield found
    found.close()
