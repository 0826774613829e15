"""The live side by hand, with replicas as processes."""

from __future__ import annotations

import json
import socket
import time

import pytest

from declml.builtin.backends.ports import free_port
from declml.builtin.backends.process import Process
from declml.core.errors import DeclmlError, SpecError
from declml.serving.deploy import bring_up, deploy, home_of, promote, rollback, take_down, wanted
from declml.serving.status import status
from declml.spec.live import Deployment, RolloutStep
from declml.spec.root import ProjectSpec


def spec_of(port: int, *steps: dict[str, object], **other: object) -> ProjectSpec:
    rollout = tuple(RolloutStep.model_validate(step) for step in steps)
    deployment = Deployment(route="/power", backend=Process(), port=port, rollout=rollout, **other)
    return ProjectSpec.model_construct(name="power", deployment=deployment)


@pytest.fixture
def port(store):
    number = free_port()
    yield number
    take_down(spec_of(number), store, everything=True)


def conditions(spec, store, base):
    return {found.type: (found.status, found.reason) for found in status(spec, store, base)}


def aliases(store):
    return store.ledger.aliases("power")


def test_from_the_first_release_to_the_next_and_back_under_load(store, releases, port, tmp_path) -> None:
    first, second = releases.make_release(store), releases.make_release(store, seed=1)
    spec = spec_of(port)
    assert conditions(spec, store, tmp_path)["Released"] == ("false", "NothingLive")
    facts = deploy(spec, store, tmp_path, first)
    assert facts == {"url": f"http://127.0.0.1:{port}/power", "route": "/power", "shares": releases.alone(1)}
    assert aliases(store) == {"live": 1}
    load = releases.Load(port, json.dumps([releases.ROW]).encode(), clients=4)
    with load:
        for _ in range(5):
            deploy(spec, store, tmp_path, second)
            time.sleep(0.1)
            rollback(spec, store, tmp_path)
            time.sleep(0.1)
    assert load.failures == []
    assert load.releases == {1, 2}
    assert aliases(store) == {"live": 1, "previous": 2}
    assert conditions(spec, store, tmp_path) == {
        "Released": ("true", "Live"), "Serving": ("true", "Running"), "InSync": ("true", "AsDeclared"),
        "RolledOut": ("true", "NothingOnTrial"),
    }  # fmt: skip
    store.ledger.verify()


def test_a_declared_rollout_is_walked_by_hand(store, releases, port, tmp_path) -> None:
    spec = spec_of(port, {"shadow": "1h"}, {"canary": "10%", "for": "1h"}, {"canary": "50%"})
    deploy(spec, store, tmp_path, releases.make_release(store))
    assert aliases(store) == {"live": 1}
    facts = deploy(spec, store, tmp_path, releases.make_release(store, seed=1))
    assert facts["shares"] == {**releases.alone(1), "shadow": 2}
    assert conditions(spec, store, tmp_path)["RolledOut"] == ("false", "OnTrial")
    shares = [promote(spec, store, tmp_path)["shares"] for _ in range(2)]
    assert [(s["live"], s["canary"], s["canary_share"]) for s in shares] == [(1, 2, 0.1), (1, 2, 0.5)]
    assert wanted(spec, store, tmp_path).shares == shares[1]
    assert promote(spec, store, tmp_path)["shares"] == releases.alone(2)
    assert aliases(store) == {"live": 2, "previous": 1}
    with pytest.raises(DeclmlError) as raised:
        promote(spec, store, tmp_path)
    assert raised.value.code == "E5007"


def test_rollback_ends_a_trial_first(store, releases, port, tmp_path) -> None:
    spec = spec_of(port, {"canary": "10%"})
    with pytest.raises(DeclmlError) as raised:
        rollback(spec, store, tmp_path)
    assert raised.value.code == "E5007"
    deploy(spec, store, tmp_path, releases.make_release(store))
    deploy(spec, store, tmp_path, releases.make_release(store, seed=1))
    assert aliases(store) == {"live": 1, "canary": 2}
    assert rollback(spec, store, tmp_path)["shares"] == releases.alone(1)
    assert aliases(store) == {"live": 1}
    assert rollback(spec, store, tmp_path, to=2)["shares"] == releases.alone(2)
    with pytest.raises(DeclmlError) as raised:
        rollback(spec, store, tmp_path, to=7)
    assert raised.value.code == "E4009"


def test_a_bad_release_moves_nothing(store, releases, port, tmp_path) -> None:
    spec = spec_of(port)
    deploy(spec, store, tmp_path, releases.make_release(store))
    bad = releases.make_release(store, seed=1, lie=True)
    load = releases.Load(port, json.dumps([releases.ROW]).encode(), clients=2)
    with load, pytest.raises(DeclmlError) as raised:
        deploy(spec, store, tmp_path, bad)
    assert raised.value.code == "E5005"
    assert "answers differently" in raised.value.what
    assert load.failures == []
    assert load.releases <= {1}
    assert aliases(store) == {"live": 1}
    assert conditions(spec, store, tmp_path)["InSync"] == ("true", "AsDeclared")


def test_down_and_up_again(store, releases, port, tmp_path) -> None:
    spec = spec_of(port)
    deploy(spec, store, tmp_path, releases.make_release(store))
    assert take_down(spec, store)
    assert not take_down(spec, store)
    found = conditions(spec, store, tmp_path)
    assert found["Serving"] == ("false", "NotStarted")
    assert found["InSync"][0] == "unknown"
    facts = bring_up(spec, store, tmp_path)
    assert [action["kind"] for action in facts["actions"]] == ["start"]
    assert bring_up(spec, store, tmp_path)["actions"] == []
    assert conditions(spec, store, tmp_path)["Serving"] == ("true", "Running")


def test_a_port_in_use_is_named_before_anything_moves(store, releases, port, tmp_path) -> None:
    spec = spec_of(port)
    release = releases.make_release(store)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(DeclmlError) as raised:
            deploy(spec, store, tmp_path, release)
    assert raised.value.code == "E5001"
    assert str(port) in raised.value.what
    assert aliases(store) == {}
    assert deploy(spec, store, tmp_path, release)["shares"]["live"] == 1


def test_a_host_that_others_reach_is_refused(store, releases, port, tmp_path) -> None:
    with pytest.raises(DeclmlError) as raised:
        deploy(spec_of(port, host="0.0.0.0"), store, tmp_path, releases.make_release(store))
    assert raised.value.code == "E5003"


def test_no_deployment_declared(store, releases, tmp_path) -> None:
    spec = ProjectSpec.model_construct(name="power", deployment=None)
    with pytest.raises(SpecError) as raised:
        status(spec, store, tmp_path)
    assert raised.value.code == "E1903"


def test_a_command_that_died_before_the_alias_moved_is_put_right(store, releases, port, tmp_path) -> None:
    spec = spec_of(port)
    deploy(spec, store, tmp_path, releases.make_release(store))
    releases.make_release(store, seed=1)
    spec.deployment.backend.apply(home_of(store), wanted(spec, store, tmp_path, releases.alone(2)))
    assert conditions(spec, store, tmp_path)["InSync"] == ("false", "Change")
    bring_up(spec, store, tmp_path)
    assert conditions(spec, store, tmp_path)["InSync"] == ("true", "AsDeclared")
    assert aliases(store) == {"live": 1}
