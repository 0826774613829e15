"""The whole line on real data: YAML to release to server to monitor, without Ray. The tests build on one another."""

import contextlib
import csv
import gzip
import http.client
import json
import threading
import time

import pytest
from tests.project.conftest import QUICK

from declml.config.load import load
from declml.store.store import Store

FEATURES = ("period", "nswprice", "nswdemand", "vicprice", "vicdemand", "transfer")
STEPS = ["schema", "ingest", "review", "split", "search", "fit", "evaluate", "export", "profile", "gates", "release"]


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DECLML_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module", autouse=True)
def stopped(elec2, home):
    yield
    from declml.cli.main import main

    main(["-q", "down", str(elec2), *QUICK])


@pytest.fixture(scope="module")
def rows(elec2):
    with gzip.open(elec2.parent / "elec2-later.csv.gz", "rt") as file:
        return [
            {name: float(row[name]) for name in FEATURES}
            for _, row in zip(range(300), csv.DictReader(file), strict=False)
        ]


def url(elec2):
    deployment = load(elec2, list(QUICK)).spec.deployment
    return deployment.host, deployment.port, deployment.route


def connect(elec2):
    host, port, _ = url(elec2)
    return contextlib.closing(http.client.HTTPConnection(host, port, timeout=20))


def ask(connection, route, rows):
    connection.request("POST", route, json.dumps({"rows": rows}), {"content-type": "application/json"})
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def post(elec2, rows):
    with connect(elec2) as connection:
        return ask(connection, url(elec2)[2], rows)


def states(document):
    return {step["name"]: step["state"] for step in document["steps"]}


def test_check_and_plan_before_anything(elec2, declml, declml_json):
    assert declml("check", elec2, "--data", *QUICK)[0] == 0
    code, document = declml_json("plan", elec2, "--detailed-exitcode", *QUICK)
    assert code == 5
    assert [step["name"] for step in document["steps"]] == STEPS
    assert not (elec2.parent / ".declml").exists()


def test_the_first_run_makes_and_serves_a_release(elec2, declml_json, rows):
    code, document = declml_json("run", elec2, *QUICK)
    assert code == 0
    assert set(document) >= {
        "project", "run", "status", "release", "digest", "steps", "metrics", "gates", "deployment",
    }  # fmt: skip
    assert [(step["name"], step["state"]) for step in document["steps"]] == [(name, "ran") for name in STEPS]
    assert all(set(step) >= {"name", "state", "seconds", "key", "reason"} for step in document["steps"])
    assert document["release"] == "elec2@1"
    assert 0.8 < document["metrics"]["roc_auc"]["low"] < document["metrics"]["roc_auc"]["high"] < 1
    assert all(gate["passed"] for gate in document["gates"])
    assert document["deployment"]["shares"]["live"] == 1
    assert (elec2.parent / "elec2.schema.yaml").exists()
    assert "roc\\_auc" in (elec2.parent / ".declml" / "cards" / "elec2@1.md").read_text()
    status, answer = post(elec2, rows[:3])
    assert status == 200
    assert answer["release"] == 1
    assert len({one["id"] for one in answer["predictions"]}) == 3


def test_the_second_run_has_nothing_to_do(elec2, declml_json):
    code, document = declml_json("run", elec2, *QUICK)
    assert (code, document["status"], document["release"]) == (0, "nothing to do", "elec2@1")
    assert set(states(document).values()) == {"cached"}


def test_a_late_parameter_reruns_only_what_depends_on_it(elec2, declml_json):
    _, planned = declml_json("plan", elec2, "gates.roc_auc.min=0.81", *QUICK)
    todo = {step["name"]: step["reason"] for step in planned["steps"] if step["state"] == "run"}
    assert set(todo) == {"gates", "release"}
    assert "0.8 -> 0.81" in todo["gates"]


def test_a_gate_refuses_and_what_is_live_stays(elec2, declml_json, rows):
    code, document = declml_json("run", elec2, "gates.roc_auc.min=0.99", *QUICK)
    assert (code, document["status"], document["release"]) == (3, "refused", None)
    assert states(document)["release"] == "skipped"
    assert [gate["name"] for gate in document["gates"] if not gate["passed"]] == ["roc_auc"]
    assert post(elec2, rows[:1])[0] == 200


def test_a_file_is_scored_as_the_server_does(elec2, declml, rows, tmp_path):
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:50]))
    code, _, err = declml(
        "predict", elec2, "--input", tmp_path / "in.jsonl", "--output", tmp_path / "out.jsonl", *QUICK
    )
    assert code == 0, err
    scored = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    _, answer = post(elec2, rows[:50])
    assert [row["prediction"] for row in scored] == [one["prediction"] for one in answer["predictions"]]
    served = [one["probability"]["1"] for one in answer["predictions"]]
    assert [row["probability_1"] for row in scored] == pytest.approx(served, abs=1e-6)


def test_the_monitor_sees_the_market_change(elec2, declml_json):
    code, report = declml_json("monitor", elec2, "--input", elec2.parent / "elec2-later.csv.gz", *QUICK)
    assert code == 4
    moved = {column["column"]: column for column in report["columns"] if column["status"] == "moved"}
    assert {"vicprice", "vicdemand", "transfer"} <= set(moved)
    assert "period" not in moved
    assert "was constant" in moved["vicprice"]["sentence"]


def test_the_monitor_reads_the_prediction_log(elec2, declml_json, rows):
    assert post(elec2, rows)[0] == 200
    code, report = declml_json("monitor", elec2, *QUICK)
    assert code == 4
    assert report["window"]["rows"] >= len(rows)


def test_forward_and_back_under_load_fails_no_request(elec2, declml, declml_json, rows):
    found, stop = [], threading.Event()

    def keep_asking():
        route = url(elec2)[2]
        with connect(elec2) as connection:
            for _ in range(200_000):
                if stop.is_set():
                    return
                try:
                    status, answer = ask(connection, route, rows[:1])
                    found.append((status, answer.get("release")))
                except Exception as error:
                    found.append((0, repr(error)))

    clients = [threading.Thread(target=keep_asking) for _ in range(3)]
    for client in clients:
        client.start()
    try:
        forward = declml_json("run", elec2, "gates.roc_auc.vs_live=-0.5", *QUICK, "model.try=[hist_gbm]")
        back = declml("rollback", elec2, *QUICK)
        time.sleep(0.5)
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert forward[0] == back[0] == 0
    assert {status for status, _ in found} == {200}
    answered = [release for _, release in found]
    assert len(set(answered)) == 2
    assert answered[0] == answered[-1]


def test_the_ledger_tells_what_was_live(elec2, declml_json):
    _, history = declml_json("history", elec2, *QUICK)
    live = [(entry["old"], entry["new"], entry["reason"]) for entry in history if entry["alias"] == "live"]
    assert live == [(None, 1, "run"), (1, 2, "run"), (2, 1, "rollback")]
    _, releases = declml_json("releases", elec2, *QUICK)
    assert [release["number"] for release in releases] == [1, 2]


def test_status_then_down_then_up_serves_the_same(elec2, declml_json, rows):
    def serving():
        _, found = declml_json("status", elec2, *QUICK)
        return next(one["status"] for one in found["conditions"] if one["type"] == "Serving")

    assert serving() == "true"
    assert declml_json("down", elec2, *QUICK)[0] == 0
    assert serving() == "false"
    with pytest.raises(ConnectionRefusedError):
        post(elec2, rows[:1])
    assert declml_json("up", elec2, *QUICK)[0] == 0
    assert post(elec2, rows[:1])[0] == 200


def test_a_sweep_is_one_run_for_each_choice(elec2, declml_json):
    code, documents = declml_json(
        "run", elec2, "-m", "gates.roc_auc.min=0.82,0.83", "deployment=null", "store=sweep", *QUICK
    )
    assert code == 0
    assert [document["status"] for document in documents] == ["done", "done"]
    assert states(documents[1])["fit"] == "cached"


def test_the_store_verifies(elec2):
    store = Store.open(".declml", elec2.parent)
    assert store.verify() > 10
    store.close()
