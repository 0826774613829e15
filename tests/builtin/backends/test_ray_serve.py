"""Replicas on Ray Serve, on a local Ray of the test's own."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from declml.api import DeclmlError, Wanted
from declml.builtin.backends import local_ray
from declml.builtin.backends.ports import free_port
from declml.builtin.backends.processes import of_session
from declml.builtin.backends.ray_serve import RayServe
from declml.store.predictions import read
from declml.store.store import Store

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]

FACTORY = "declml.serving.replica:Replica"


@pytest.fixture(scope="module")
def module_home(tmp_path_factory):
    """One local Ray for all tests of this module."""
    return tmp_path_factory.mktemp("ray-home")


@pytest.fixture(autouse=True)
def own_home(module_home, monkeypatch):
    monkeypatch.setenv("DECLML_HOME", str(module_home))
    return module_home


@pytest.fixture(scope="module")
def served(tmp_path_factory, releases, module_home):
    """A store with two good releases and a bad one, and a Ray that ends with the module."""
    store = Store.open(".declml", tmp_path_factory.mktemp("ray"))
    for seed in range(2):
        releases.make_release(store, seed=seed)
    releases.make_release(store, seed=2, lie=True)
    home = store.folder("service")
    yield store, home, free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DECLML_HOME", str(module_home))
        RayServe().down(home)


def wish(served, releases, live: int, replicas: int = 1, **other) -> Wanted:
    store, _, port = served
    argument = releases.wanted_of(store, port=port, **other)
    return Wanted("power", "/power", FACTORY, argument, releases.alone(live), replicas, replicas, port=port)


def post(port: int, releases) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/power", json.dumps([releases.ROW]).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as reply:
        return json.loads(reply.read())


def pids(home: Path) -> set[int]:
    """The replicas that gave a sign of life in the last three seconds."""
    beats = [json.loads(path.read_bytes()) for path in (home / "heartbeats" / "power").glob("*.json")]
    return {beat["pid"] for beat in beats if time.time() - beat["at"] < 3}


def commands(session: int) -> list[bytes]:
    """What runs in a session."""
    return [Path(f"/proc/{process.pid}/cmdline").read_bytes()[:200] for process in of_session(session)]


def test_releases_move_on_running_replicas_without_a_failed_request(served, releases) -> None:
    store, home, port = served
    backend = RayServe()
    backend.apply(home, wish(served, releases, 1))
    load = releases.Load(port, json.dumps([releases.ROW]).encode(), clients=4)
    with load:
        before = pids(home)
        backend.apply(home, wish(served, releases, 2))
        assert backend.observe(home, "power").shares == releases.alone(2)
        backend.apply(home, wish(served, releases, 1))
        assert pids(home) == before
        with pytest.raises(DeclmlError) as raised:
            backend.apply(home, wish(served, releases, 3))
    assert raised.value.code == "E5005"
    assert "answers differently" in raised.value.what
    assert load.failures == []
    assert load.releases == {1, 2}
    assert backend.observe(home, "power").shares == releases.alone(1)
    assert set(load.ids) <= set(read(store.folder("predictions") / "power").column("id").to_pylist())


def test_serves_own_way_in_answers_too(served, releases) -> None:
    ray = local_ray.find()
    assert ray is not None
    RayServe().apply(served[1], wish(served, releases, 1))
    slow = post(ray.serve_port, releases)
    fast = post(served[2], releases)
    assert slow["predictions"][0]["probability"] == fast["predictions"][0]["probability"]
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(f"http://127.0.0.1:{ray.serve_port}/power/nowhere", timeout=20)
    assert raised.value.code == 404
    raised.value.close()


@pytest.mark.slow
def test_new_settings_come_up_beside_the_old_ones(served, releases) -> None:
    _, home, port = served
    backend = RayServe()
    backend.apply(home, wish(served, releases, 1))
    before = pids(home)
    load = releases.Load(port, json.dumps([releases.ROW]).encode(), clients=4)
    with load:
        with pytest.raises(DeclmlError) as raised:
            backend.apply(home, wish(served, releases, 3, rows=70))
        assert pids(home) == before
        backend.apply(home, wish(served, releases, 2, rows=80))
    assert raised.value.code == "E5004"
    assert load.failures == []
    assert load.releases == {1, 2}
    assert not before & pids(home)
    assert post(local_ray.find().serve_port, releases)["release"] == 2


def test_a_killed_replica_comes_back_by_itself_and_nothing_acknowledged_is_lost(served, releases) -> None:
    store, home, port = served
    backend = RayServe()
    backend.apply(home, wish(served, releases, 1))
    load = releases.Load(port, json.dumps([releases.ROW]).encode(), clients=2, until_refused=True)
    with load:
        time.sleep(1)
        (killed,) = pids(home)
        os.kill(killed, signal.SIGKILL)
        time.sleep(0.5)
    assert backend.observe(home, "power").state == "failed"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if backend.observe(home, "power").state == "running":
            break
        time.sleep(0.5)
    assert backend.observe(home, "power").shares == releases.alone(1)
    assert post(port, releases)["release"] == 1
    assert set(load.ids) <= set(read(store.folder("predictions") / "power").column("id").to_pylist())


def test_down_ends_every_process_and_a_stale_record_is_seen(served, releases) -> None:
    _, home, _ = served
    backend = RayServe()
    backend.apply(home, wish(served, releases, 1))
    assert backend.projects(home) == ["power"]
    ray = local_ray.find()
    os.kill(ray.pids[0], signal.SIGKILL)
    ray.keeper.wait(10)
    assert local_ray.find() is None
    assert backend.observe(home, "power").state == "failed"
    backend.apply(home, wish(served, releases, 1))
    assert backend.observe(home, "power").state == "running"
    again = local_ray.find()
    assert again.address != ray.address
    assert commands(ray.session) == []
    assert backend.down(home)
    assert commands(again.session) == []
    assert local_ray.find() is None
    assert not Path(again.temp).exists()
    assert backend.observe(home, "power").state == "absent"
    assert not backend.down(home)
