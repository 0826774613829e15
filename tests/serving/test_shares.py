"""Live, canary and shadow in one replica."""

from __future__ import annotations

import copy
import json
import threading
import time

import pytest

from declml.core.errors import DeclmlError
from declml.serving.replica import Replica
from declml.store.predictions import read


def asked(replica, releases):
    return [{**releases.ROW, "customer": f"c{n}"} for n in range(400)]


@pytest.fixture
def folder(store):
    return store.folder("predictions") / "power"


def test_a_canary_answers_its_share_and_keeps_its_keys(store, releases, replica, client, folder) -> None:
    releases.make_release(store, seed=1)
    replica.configure({"live": 1, "canary": 2, "canary_share": 0.25, "shadow": None})
    rows = asked(replica, releases)
    _, first = client.predict(rows)
    lead = first["release"]
    by_key = {row["customer"]: p.get("release", lead) for row, p in zip(rows, first["predictions"], strict=True)}
    assert 0.15 < list(by_key.values()).count(2) / 400 < 0.35
    for row in rows[:50]:
        _, again = client.predict([row])
        assert again["release"] == by_key[row["customer"]]
    logged = read(folder).to_pylist()
    assert {
        entry["id"]: entry["release"] for entry in logged if entry["id"] in {p["id"] for p in first["predictions"]}
    } == {p["id"]: p.get("release", lead) for p in first["predictions"]}
    assert {(entry["release"], entry["role"]) for entry in logged} == {(1, "live"), (2, "canary")}


def test_each_release_answers_as_it_does_alone(store, releases, replica, client) -> None:
    releases.make_release(store, seed=3)
    rows = asked(replica, releases)
    alone = {}
    for number in (1, 2):
        replica.configure(releases.alone(number))
        alone[number] = [p["probability"] for p in client.predict(rows)[1]["predictions"]]
    assert alone[1] != alone[2]
    replica.configure({"live": 1, "canary": 2, "canary_share": 0.5, "shadow": None})
    _, mixed = client.predict(rows)
    for place, prediction in enumerate(mixed["predictions"]):
        expected = alone[prediction.get("release", mixed["release"])][place]
        assert prediction["probability"] == pytest.approx(expected, abs=1e-5)


def test_a_shadow_is_logged_and_never_answers(store, releases, replica, client, folder) -> None:
    releases.make_release(store, seed=1)
    replica.configure({**releases.alone(1), "shadow": 2})
    _, reply = client.predict(asked(replica, releases))
    assert reply["release"] == 1
    replica.stop()
    shadow = read(folder, roles=("shadow",))
    assert set(shadow.column("release").to_pylist()) == {2}
    assert shadow.column("id").to_pylist() == read(folder).column("id").to_pylist()
    assert shadow.column("price").to_pylist() == read(folder).column("price").to_pylist()
    assert len(set(read(folder).column("release").to_pylist())) == 1


def test_a_release_that_cannot_be_served_changes_nothing(store, releases, replica, client) -> None:
    releases.make_release(store, seed=1, lie=True)
    with pytest.raises(DeclmlError, match="answers differently") as raised:
        replica.configure(releases.alone(2))
    assert raised.value.code == "E5004"
    with pytest.raises(DeclmlError) as raised:
        replica.configure(releases.alone(9))
    assert raised.value.code == "E4009"
    assert replica.shares == releases.alone(1)
    assert replica.facts()["problem"]["code"] == "E4009"
    assert client.predict([releases.ROW])[1]["release"] == 1
    replica.configure(releases.alone(1))
    assert replica.facts()["problem"] == {}


def test_a_damaged_artifact_is_refused(store, releases) -> None:
    release = releases.make_release(store)
    store.objects.path(release.artifacts["onnx"]).chmod(0o600)
    store.objects.path(release.artifacts["onnx"]).write_bytes(b"not a model")
    with pytest.raises(DeclmlError) as raised:
        Replica(releases.wanted_of(store, shares=releases.alone(1)))
    assert raised.value.code == "E4001"


def test_releases_with_other_columns_share_a_replica(store, releases, replica, client, folder) -> None:
    schema = copy.deepcopy(releases.SCHEMA)
    schema["columns"]["demand level"]["max"] = 10.0
    releases.make_release(store, seed=1, schema=schema, features=releases.FEATURES[:3])
    replica.configure({"live": 1, "canary": 2, "canary_share": 1.0, "shadow": None})
    assert client.predict([releases.ROW])[1]["release"] == 2
    fallen_back = client.predict([{**releases.ROW, "demand level": 11.0}])[1]
    assert fallen_back["release"] == 1
    replica.configure({**releases.alone(1), "shadow": 2})
    client.predict([releases.ROW] * 3)
    replica.stop()
    assert read(folder, roles=("shadow",)).num_rows == 3
    assert read(folder).num_rows == 5


def test_without_a_live_release_nothing_is_ready(store, releases) -> None:
    import http.client

    replica = Replica(releases.wanted_of(store))
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=10)
    try:
        for method, path in (("POST", "/power"), ("GET", "/power/v2/health/ready"), ("GET", "/power/schema")):
            connection.request(method, path, "[]" if method == "POST" else None, {"content-type": "application/json"})
            reply = connection.getresponse()
            assert reply.status == 503
            assert json.loads(reply.read())["error"]["code"] == "E5025"
    finally:
        connection.close()
        replica.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_a_host_that_others_reach_is_refused(store, releases, host) -> None:
    with pytest.raises(DeclmlError) as raised:
        Replica(releases.wanted_of(store, host=host))
    assert raised.value.code == "E5003"


def test_shares_move_back_and_forth_without_a_failed_request(store, releases, replica, folder) -> None:
    releases.make_release(store, seed=1)
    load = releases.Load(replica.port, json.dumps([releases.ROW]).encode(), clients=4)
    with load:
        for turn in range(30):
            replica.configure(releases.alone(1 + turn % 2))
            time.sleep(0.05)
    assert load.failures == []
    assert len(load.ids) > 100
    assert set(load.ids) <= set(read(folder).column("id").to_pylist())
    assert len(set(load.ids)) == len(load.ids)


def test_a_stopping_replica_answers_what_is_under_way(store, releases, replica) -> None:
    load = releases.Load(replica.port, json.dumps([releases.ROW]).encode(), clients=4, until_refused=True)
    with load:
        time.sleep(0.5)
        threading.Thread(target=replica.stop).start()
        time.sleep(0.5)
    assert load.failures == []
    assert load.ids
