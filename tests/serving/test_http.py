"""The HTTP contract of a deployment, by a plain client."""

from __future__ import annotations

import io
import json
import socket
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

ARROW = "application/vnd.apache.arrow.stream"


def problems(reply: Any) -> list[tuple[int, str, str]]:
    return [(p["row"], p["column"], p["rule"]) for p in reply["error"]["problems"]]


def stream(table: pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def test_rows_in_both_forms_get_predictions_in_order(client, releases) -> None:
    low, high = {**releases.ROW, "price": 0.0, "demand level": -5.0}, {**releases.ROW, "price": 99.0}
    status, plain = client.predict([low, high])
    assert status == 200
    assert plain["release"] == 1
    assert [p["prediction"] for p in plain["predictions"]] == ["DOWN", "UP"]
    for prediction in plain["predictions"]:
        assert sum(prediction["probability"].values()) == pytest.approx(1, abs=1e-6)
        assert set(prediction["probability"]) == {"DOWN", "UP"}
    _, wrapped = client.predict({"rows": [low, high]})
    assert [p["probability"] for p in wrapped["predictions"]] == [p["probability"] for p in plain["predictions"]]
    ids = [p["id"] for reply in (plain, wrapped) for p in reply["predictions"]]
    assert len(set(ids)) == 4


def test_a_regression_answers_values(store, releases) -> None:
    from declml.serving.replica import Replica

    releases.make_release(store, task="regression")
    replica = Replica(releases.wanted_of(store, shares=releases.alone(1)))
    try:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=20)
        connection.request("POST", "/power", json.dumps([releases.ROW]), {"content-type": "application/json"})
        reply = json.loads(connection.getresponse().read())
        connection.close()
    finally:
        replica.stop()
    assert isinstance(reply["predictions"][0]["prediction"], float)
    assert "probability" not in reply["predictions"][0]


@pytest.mark.parametrize("rows", [[], {"rows": []}])
def test_no_rows_get_no_predictions(client, rows) -> None:
    assert client.predict(rows) == (200, {"release": 1, "predictions": []})


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"price": "12"}, (1, "price", "type")),
        ({"price": None}, (1, "price", "null")),
        ({"price": -0.1}, (1, "price", "min")),
        ({"price": 100.5}, (1, "price", "max")),
        ({"price": True}, (1, "price", "type")),
        ({"demand level": 1e39}, (1, "demand level", "range")),
        ({"count": 1.5}, (1, "count", "type")),
        ({"count": 1001}, (1, "count", "max")),
        ({"holiday": 1}, (1, "holiday", "type")),
        ({"area": 1.5}, (1, "area", "type")),
        ({"area": True}, (1, "area", "type")),
        ({"customer": [1]}, (1, "customer", "type")),
        ({"prise": 1}, (1, "prise", "unknown")),
    ],
)
def test_a_cell_that_breaks_a_rule_is_named(client, releases, change, found) -> None:
    status, reply = client.predict([releases.ROW, {**releases.ROW, **change}])
    assert status == 422
    assert problems(reply) == [found]
    assert reply["error"]["code"] == "E5020"


def test_all_problems_are_told_with_a_hint(client, releases) -> None:
    row = {**releases.ROW, "prise": 1, "count": -1}
    del row["price"]
    status, reply = client.predict([row])
    assert status == 422
    assert sorted(problems(reply)) == [(0, "count", "min"), (0, "price", "missing"), (0, "prise", "unknown")]
    assert "did you mean 'price'?" in str(reply)


def test_many_problems_are_bounded(client, releases) -> None:
    status, reply = client.predict([{**releases.ROW, "price": -1.0}] * 500)
    assert status == 422
    assert len(reply["error"]["problems"]) == 20
    assert reply["error"]["more"] > 0


def test_what_a_row_may_leave_out_or_add(client, releases) -> None:
    assert client.predict([{"price": 1}])[0] == 200
    assert client.predict([{"price": 1, "demand level": None, "area": None, "count": 3.0}])[0] == 200
    assert client.predict([{"price": 1, "note": "x", "target": "UP", "customer": 77}])[0] == 200


def test_a_new_category_is_scored_and_one_that_is_refused_is_named(store, releases, client) -> None:
    assert client.predict([{**releases.ROW, "area": "moon"}])[0] == 200
    import copy

    schema = copy.deepcopy(releases.SCHEMA)
    schema["columns"]["area"]["other"] = "refuse"
    releases.make_release(store, seed=1, schema=schema)
    from declml.serving.replica import Replica

    replica = Replica(releases.wanted_of(store, shares=releases.alone(2)))
    try:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=20)
        body = json.dumps([{**releases.ROW, "area": "moon"}])
        connection.request("POST", "/power", body, {"content-type": "application/json"})
        reply = connection.getresponse()
        content = json.loads(reply.read())
        connection.close()
    finally:
        replica.stop()
    assert reply.status == 422
    assert problems(content) == [(0, "area", "values")]
    assert "north" not in str(content)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[", b"nonsense", b'[{"price": NaN}]', b'[{"price": Infinity}]', b'[{"price": 1}] x', b"\xef\xbb\xbf[]",
        b'[{"price": 1, "area": "\xff"}]', b'[{"price": 1, "note": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
    ],
)  # fmt: skip
def test_a_body_that_is_not_json_is_400(client, body) -> None:
    status, reply = client.predict(body)
    assert status == 400
    assert reply["error"]["code"] == "E5021"


@pytest.mark.parametrize("body", [{"row": []}, {"rows": {}}, 1, None, "x", {"rows": [], "more": 1}, [1], [[1.0]]])
def test_json_of_another_form_is_422(client, body) -> None:
    assert client.predict(json.dumps(body).encode())[0] == 422


def test_too_many_rows_and_too_large_bodies_are_413(client, releases) -> None:
    assert client.predict([{"price": 1}] * 10_000)[0] == 200
    status, reply = client.predict([{"price": 1}] * 10_001)
    assert (status, reply["error"]["code"]) == (413, "E5022")
    status, reply = client.predict(b"[" + b" " * 10_000_001 + b"]")
    assert (status, reply["error"]["code"]) == (413, "E5022")


def test_the_media_type_counts(client, releases) -> None:
    assert client.predict([releases.ROW], kind="application/json; charset=utf-8")[0] == 200
    assert client.predict([releases.ROW], kind=None)[0] == 200
    assert client.predict([releases.ROW], kind="text/csv")[0] == 415
    assert client.predict([releases.ROW], origin="http://evil.example")[0] == 403


def test_paths_and_methods(client) -> None:
    assert client.ask("GET", "/nowhere")[0] == 404
    assert "/power/labels" in client.ask("POST", "/power/lables", [])[1]["error"]["message"]
    assert client.ask("GET", "/power")[0] == 405
    assert client.headers["Allow"] == "POST"
    assert client.ask("DELETE", "/power/schema")[0] == 405
    assert client.ask("GET", "/power/schema/")[0] == 200
    status, reply = client.ask("POST", "/power?explain=true", [])
    assert (status, reply["error"]["code"]) == (400, "E5027")


def test_head_has_no_body(client) -> None:
    status, body = client.ask("HEAD", "/power/schema")
    assert (status, body) == (200, "")
    assert int(client.headers["content-length"]) > 100


def test_an_arrow_stream_gets_the_same_answers(client, releases) -> None:
    rows = [releases.ROW, {**releases.ROW, "area": None, "price": 88.0}]
    table = pa.Table.from_pylist(rows)
    _, plain = client.predict(rows)
    status, arrow = client.predict(stream(table), kind=ARROW)
    assert status == 200
    assert [p["probability"] for p in arrow["predictions"]] == [p["probability"] for p in plain["predictions"]]
    encoded = table.set_column(5, "area", table.column("area").dictionary_encode())
    assert client.predict(stream(encoded), kind=ARROW)[0] == 200
    dated = table.append_column("note", pa.array([0, 1], pa.timestamp("ns")))
    assert client.predict(stream(dated), kind=ARROW)[0] == 200


def test_bad_arrow_streams(client, releases) -> None:
    good = stream(pa.Table.from_pylist([releases.ROW]))
    assert client.predict(b"nonsense", kind=ARROW)[0] == 400
    assert client.predict(good[: len(good) // 2], kind=ARROW)[0] in {400, 422}
    assert client.predict(stream(pa.Table.from_pylist([releases.ROW] * 9), compression="zstd"), kind=ARROW)[0] == 415
    assert client.predict(stream(pa.table({"price": [float("nan")]})), kind=ARROW)[0] == 422
    assert client.predict(stream(pa.table({"price": ["1"]})), kind=ARROW)[0] == 422
    assert client.predict(stream(pa.table({"price": [1.0], "prise": [1.0]})), kind=ARROW)[0] == 422
    assert client.predict(stream(pa.table({"price": np.ones(10_001)})), kind=ARROW)[0] == 413


def test_flipped_bits_in_arrow_never_give_more_than_a_refusal(client, releases) -> None:
    good = stream(pa.Table.from_pylist([releases.ROW, releases.ROW]))
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(150):
        data = bytearray(good)
        for place in rng.integers(0, len(data), 3):
            data[place] ^= 1 << int(rng.integers(0, 8))
        seen.add(client.predict(bytes(data), kind=ARROW)[0])
    assert seen <= {200, 400, 413, 415, 422}
    assert client.predict([releases.ROW])[0] == 200


def tensor(name: str, kind: str, data: list[Any], shape: list[int] | None = None) -> dict[str, Any]:
    return {"name": name, "datatype": kind, "shape": shape or [len(data)], "data": data}


def test_the_open_inference_protocol(client, releases) -> None:
    assert client.ask("GET", "/power/v2/health/live")[0] == 200
    assert client.ask("GET", "/power/v2/health/ready")[1] == {"ready": True, "name": "power", "release": 1}
    assert client.ask("GET", "/power/v2")[1]["name"] == "declml"
    metadata = client.ask("GET", "/power/v2/models/power")[1]
    assert [entry["name"] for entry in metadata["inputs"]] == [f["name"] for f in releases.FEATURES]
    assert client.ask("GET", "/power/v2/models/power/ready")[0] == 200
    assert client.ask("GET", "/power/v2/models/other")[0] == 404
    columns = [
        tensor("price", "FP64", [12.5, 88.0]), tensor("area", "BYTES", ["south", None]),
        tensor("count", "INT64", [[7], [7]], [2, 1]), tensor("demand level", "FP32", [3.0, 3.0]),
        tensor("holiday", "BOOL", [False, False]), tensor("customer", "BYTES", ["c1", "c1"]),
    ]  # fmt: skip
    status, reply = client.ask("POST", "/power/v2/models/power/infer", {"id": "q", "inputs": columns})
    assert status == 200
    assert (reply["id"], reply["model_name"], reply["model_version"]) == ("q", "power", "1")
    outputs = {output["name"]: output for output in reply["outputs"]}
    _, plain = client.predict([releases.ROW, {**releases.ROW, "price": 88.0, "area": None}])
    assert outputs["prediction"]["data"] == [p["prediction"] for p in plain["predictions"]]
    assert outputs["probability"]["shape"] == [2, 2]
    flat = [cell for p in plain["predictions"] for cell in p["probability"].values()]
    assert outputs["probability"]["data"] == pytest.approx(flat, abs=1e-6)
    matrix = tensor("x", "FP32", [12.5, 3.0, 7, 0, 1], [1, 5])
    _, other = client.ask("POST", "/power/v2/models/power/infer", {"inputs": [matrix]})
    assert {o["name"]: o for o in other["outputs"]}["probability"]["data"] == pytest.approx(flat[:2], abs=1e-6)


@pytest.mark.parametrize(
    "inputs",
    [
        None, [1], [{"name": "price"}], [tensor("price", "FP8", [1.0])], [tensor("price", "FP64", [1.0], [2])],
        [tensor("price", "FP64", [1.0]), tensor("count", "INT64", [1, 2])], [tensor("x", "FP32", [1.0] * 4, [1, 4])],
        [tensor("price", "FP64", [-1.0])], [tensor("price", "FP64", ["1"])], [tensor("price", "FP64", [1.0])] * 2,
        [tensor("price", "FP64", [[1.0], 2.0], [2])],
    ],
)  # fmt: skip
def test_bad_tensors_are_422(client, inputs) -> None:
    assert client.ask("POST", "/power/v2/models/power/infer", {"inputs": inputs})[0] == 422


def test_the_schema_and_openapi_describe_a_row(client) -> None:
    schema = client.ask("GET", "/power/schema")[1]
    assert schema["required"] == ["price"]
    assert schema["properties"]["price"] == {"type": ["number"], "minimum": 0.0, "maximum": 100.0}
    assert schema["additionalProperties"] is False
    document = client.ask("GET", "/power/openapi.json")[1]
    assert document["openapi"].startswith("3.1")
    for path in document["paths"]:
        assert client.ask("PUT", path)[0] == 405


def test_metrics_count_what_happened(client, releases) -> None:
    client.predict([releases.ROW] * 3)
    client.predict([{}])
    client.ask("GET", "/nowhere")
    status, text = client.ask("GET", "/metrics")
    assert status == 200
    from prometheus_client.parser import text_string_to_metric_families

    samples = {
        (s.name, s.labels.get("status") or s.labels.get("code") or s.labels.get("role")): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }
    assert samples["declml_requests_total", "200"] == 1
    assert samples["declml_requests_total", "422"] == 1
    assert samples["declml_errors_total", "E5024"] == 1
    assert samples["declml_rows_total", "live"] == 3
    assert samples["declml_drift_rows_total", None] == 3
    assert samples["declml_release_share", "live"] == 1


def test_labels_by_id_and_key(client, releases, replica, store) -> None:
    from declml.store.predictions import read_labels

    _, reply = client.predict([releases.ROW])
    known = reply["predictions"][0]["id"]
    labels = [{"id": known, "label": "UP"}, {"key": 7, "label": "DOWN"}, {"id": "feedfeedfeed9", "label": "UP"}]
    assert client.ask("POST", "/power/labels", labels) == (200, {"kept": 2, "unknown": ["feedfeedfeed9"]})
    found = read_labels(store.folder("predictions") / "power").to_pylist()
    assert [(entry["id"], entry["key"], entry["label"]) for entry in found] == [
        (known, None, '"UP"'), (None, "7", '"DOWN"'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "label", [{"id": "a", "label": "SIDEWAYS"}, {"id": "a"}, {"label": "UP"}, {"id": 1, "label": "UP"}, 5,
              {"id": "a", "key": "b", "label": "UP"}, {"key": None, "label": "UP"}],
)  # fmt: skip
def test_bad_labels_are_422(client, label) -> None:
    assert client.ask("POST", "/power/labels", [label])[0] == 422


def raw(port: int, data: bytes, *, seconds: float = 10) -> bytes:
    """Send bytes, read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def request(body: bytes, *headers: str, line: str = "POST /power HTTP/1.1") -> bytes:
    head = "\r\n".join([line, "host: x", "content-type: application/json", *headers])
    return head.encode() + b"\r\n\r\n" + body


GOOD = b'[{"price": 1}]'


def test_pipelined_requests_are_answered_in_order(replica) -> None:
    bodies = [b'[{"price": 1}]', b"[", b'[{"price": 2}, {"price": 3}]']
    data = b"".join(request(body, f"content-length: {len(body)}") for body in bodies)
    data += b"GET /power/v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    reply = raw(replica.port, data)
    assert [part[:3] for part in reply.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400", b"200", b"200"]
    assert reply.index(b'"live"') > reply.index(b"E5021")


def test_a_request_may_come_byte_by_byte_and_in_chunks(replica) -> None:
    chunked = request(b'5\r\n[{"pr\r\n9;a=b\r\nice": 1}]\r\n0\r\n\r\n', "transfer-encoding: chunked")
    assert raw(replica.port, chunked).startswith(b"HTTP/1.1 200")
    with socket.create_connection(("127.0.0.1", replica.port), timeout=10) as connection:
        for byte in request(GOOD, f"content-length: {len(GOOD)}", "connection: close"):
            connection.sendall(bytes([byte]))
        reply = b""
        while part := connection.recv(65_536):
            reply += part
    assert reply.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in reply


def test_old_http_and_closing(replica) -> None:
    old = (
        f"POST /power HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {len(GOOD)}\r\n\r\n".encode() + GOOD
    )
    assert b"connection: close" in raw(replica.port, old)
    kept = old.replace(b"content-length", b"connection: keep-alive\r\ncontent-length", 1)
    assert b"connection: keep-alive" in raw(replica.port, kept + old)


def test_expect_continue(replica) -> None:
    with socket.create_connection(("127.0.0.1", replica.port), timeout=10) as connection:
        connection.sendall(request(b"", f"content-length: {len(GOOD)}", "expect: 100-continue", "connection: close"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(GOOD)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    assert raw(replica.port, request(GOOD, "content-length: 3", "expect: magic")).startswith(b"HTTP/1.1 417")
    large = request(b"", "content-length: 99999999", "expect: 100-continue")
    assert raw(replica.port, large).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "head",
    [
        ("content-length: 14", "content-length: 15"), ("content-length: 14", "transfer-encoding: chunked"),
        ("content-length: +14",), ("content-length: 0x0e",), ("transfer-encoding: gzip",), ("a b: c",), ("content-length : 14",),
    ],
)  # fmt: skip
def test_requests_that_could_be_read_in_two_ways_are_refused(replica, head) -> None:
    smuggled = b"GET /power/schema HTTP/1.1\r\nhost: x\r\n\r\n"
    reply = raw(replica.port, request(GOOD + smuggled, *head))
    assert reply.startswith(b"HTTP/1.1 400")
    assert reply.count(b"HTTP/1.1") == 1


def test_heads_have_bounds(replica) -> None:
    assert raw(replica.port, b"GET /power/schema HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert raw(replica.port, request(GOOD, "x: " + "y" * 20_000)).startswith(b"HTTP/1.1 431")
    assert raw(replica.port, request(GOOD, *[f"x{n}: y" for n in range(200)])).startswith(b"HTTP/1.1 431")
    assert raw(replica.port, b"GET /" + b"y" * 5_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n").startswith(b"HTTP/1.1 414")
    assert raw(replica.port, b"\x16\x03\x01\x02\x00\x01\x00").startswith(b"HTTP/1.1 400")
    unended = b"5000000\r\n" + b"y" * 11_000_000
    assert raw(replica.port, request(unended, "transfer-encoding: chunked")).startswith(b"HTTP/1.1 4")


def test_slow_clients_are_let_go(store, releases) -> None:
    from declml.serving.replica import Replica

    releases.make_release(store)
    replica = Replica(releases.wanted_of(store, shares=releases.alone(1), read=0.5, idle=0.5))
    try:
        with socket.create_connection(("127.0.0.1", replica.port), timeout=10) as connection:
            connection.sendall(b"POST /power HTTP/1.1\r\nhost: x\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 408")
        with socket.create_connection(("127.0.0.1", replica.port), timeout=10) as connection:
            assert connection.recv(100) == b""
    finally:
        replica.stop()


def test_overload_is_refused_with_a_time_to_come_back(store, releases) -> None:
    from declml.serving.replica import Replica

    releases.make_release(store)
    replica = Replica(releases.wanted_of(store, shares=releases.alone(1), queue=2))
    try:
        reply = raw(replica.port, request(GOOD, f"content-length: {len(GOOD)}") * 20)
    finally:
        replica.stop()
    replies = reply.split(b"HTTP/1.1 ")[1:]
    assert len(replies) == 20
    assert {part[:3] for part in replies} == {b"200", b"503"}
    assert b"Retry-After: 1" in reply
