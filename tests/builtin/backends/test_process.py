"""Replicas as plain processes."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from declml.api import ConflictError, DeclmlError, Wanted
from declml.builtin.backends.ports import free_port, reserve
from declml.builtin.backends.process import Process
from declml.builtin.backends.processes import Process as Pid
from declml.builtin.backends.processes import start_of
from declml.store.predictions import read

FACTORY = "declml.serving.replica:Replica"


@pytest.fixture
def home(store):
    folder = store.folder("service")
    yield folder
    Process().down(folder)


def wish(store, releases, port: int, live: int = 1, replicas: int = 1, project: str = "power", **other) -> Wanted:
    argument = releases.wanted_of(store, port=port, project=project, **other)
    return Wanted(project, "/power", FACTORY, argument, releases.alone(live), replicas, replicas, port=port)


def pids(home, project: str = "power") -> list[int]:
    state = json.loads((home / "process" / project / "state.json").read_bytes())
    return [child["pid"] for child in state["children"] if start_of(child["pid"]) == child["start"]]


def test_replicas_outlive_their_starter_and_end_by_pid(store, releases, home) -> None:
    releases.make_release(store)
    backend, port = Process(), free_port()
    assert backend.observe(home, "power").state == "absent"
    backend.apply(home, wish(store, releases, port, replicas=2))
    observed = backend.observe(home, "power")
    assert (observed.state, observed.replicas, observed.shares) == ("running", 2, releases.alone(1))
    running = pids(home)
    assert all(os.getsid(pid) != os.getsid(0) for pid in running)
    assert backend.projects(home) == ["power"]
    backend.apply(home, wish(store, releases, port, replicas=1))
    assert backend.observe(home, "power").replicas == 1
    assert backend.down(home)
    assert not any(start_of(pid) for pid in running)
    assert not backend.down(home)
    assert backend.observe(home, "power").state == "absent"


def test_new_settings_come_up_beside_the_old_ones_without_a_failed_request(store, releases, home) -> None:
    releases.make_release(store)
    backend, port = Process(), free_port()
    backend.apply(home, wish(store, releases, port))
    load = releases.Load(port, json.dumps([releases.ROW]).encode(), clients=4)
    with load:
        for rows in (5_000, 6_000, 7_000):
            before = pids(home)
            backend.apply(home, wish(store, releases, port, rows=rows))
            assert not set(before) & set(pids(home))
            time.sleep(0.2)
    assert load.failures == []
    assert set(load.ids) <= set(read(store.folder("predictions") / "power").column("id").to_pylist())


def test_new_settings_that_fail_leave_the_old_ones(store, releases, home) -> None:
    releases.make_release(store)
    releases.make_release(store, seed=1, lie=True)
    backend, port = Process(), free_port()
    backend.apply(home, wish(store, releases, port))
    before = pids(home)
    with pytest.raises(DeclmlError, match="answers differently"):
        backend.apply(home, wish(store, releases, port, live=2, rows=77))
    assert pids(home) == before
    assert backend.observe(home, "power").shares == releases.alone(1)
    broken = wish(store, releases, port)
    with pytest.raises(DeclmlError) as raised:
        backend.apply(home, Wanted(**{**_fields(broken), "factory": "declml.nowhere:Replica"}))
    assert raised.value.code == "E5006"
    assert "nowhere" in raised.value.what
    assert pids(home) == before


def test_one_replica_that_refuses_sends_all_back(store, releases, home) -> None:
    releases.make_release(store)
    backend, port = Process(), free_port()
    backend.apply(home, wish(store, releases, port, replicas=2))
    with pytest.raises(DeclmlError) as raised:
        backend.apply(home, wish(store, releases, port, live=9, replicas=2))
    assert raised.value.code == "E5005"
    observed = backend.observe(home, "power")
    assert (observed.state, observed.shares) == ("running", releases.alone(1))


def test_kill_9_loses_no_acknowledged_prediction_and_apply_mends(store, releases, home) -> None:
    releases.make_release(store)
    backend, port = Process(), free_port()
    folder = store.folder("predictions") / "power"
    acknowledged: set[str] = set()
    for _ in range(3):
        backend.apply(home, wish(store, releases, port))
        load = releases.Load(port, json.dumps([releases.ROW] * 3).encode(), clients=4, until_refused=True)
        with load:
            time.sleep(0.5)
            (pid,) = pids(home)
            os.kill(pid, signal.SIGKILL)
            Pid(pid, start_of(pid) or 0).wait(5)
            time.sleep(0.2)
        assert load.ids
        acknowledged |= set(load.ids)
        observed = backend.observe(home, "power")
        assert (observed.state, observed.replicas) == ("failed", 0)
    logged = read(folder).column("id").to_pylist()
    assert acknowledged <= set(logged)
    assert len(logged) == len(set(logged))
    backend.apply(home, wish(store, releases, port))
    assert backend.observe(home, "power").state == "running"


def test_one_dead_replica_of_two_is_told_and_replaced(store, releases, home) -> None:
    releases.make_release(store)
    backend, port = Process(), free_port()
    backend.apply(home, wish(store, releases, port, replicas=2))
    first = pids(home)[0]
    os.kill(first, signal.SIGKILL)
    Pid(first, start_of(first) or 0).wait(5)
    observed = backend.observe(home, "power")
    assert (observed.state, observed.replicas) == ("unhealthy", 1)
    backend.apply(home, wish(store, releases, port, replicas=2))
    assert backend.observe(home, "power").state == "running"
    assert len(pids(home)) == 2


def test_two_projects_cannot_name_the_same_port(store, releases, home) -> None:
    releases.make_release(store)
    releases.make_release(store, project="heat")
    backend, port = Process(), free_port()
    backend.apply(home, wish(store, releases, port))
    with pytest.raises(ConflictError) as raised:
        backend.apply(home, wish(store, releases, port, project="heat"))
    assert raised.value.code == "E5002"
    assert "power" in raised.value.what
    assert backend.observe(home, "heat").state == "absent"
    other = store.folder("other")
    with pytest.raises(ConflictError) as raised:
        reserve(other, "heat", "127.0.0.1", port, listening=False)
    assert raised.value.code == "E5001"
    backend.remove(home, "power")
    backend.apply(home, wish(store, releases, port, project="heat"))
    assert backend.observe(home, "heat").state == "running"


def test_a_store_in_a_very_deep_folder(tmp_path, releases) -> None:
    from declml.store.store import Store

    deep = tmp_path / ("a" * 100) / ("b" * 100)
    deep.mkdir(parents=True)
    store = Store.open(".declml", deep)
    releases.make_release(store)
    backend, home = Process(), store.folder("service")
    try:
        backend.apply(home, wish(store, releases, free_port()))
        assert backend.observe(home, "power").state == "running"
    finally:
        backend.down(home)


def _fields(wanted: Wanted) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in wanted.__dataclass_fields__}
