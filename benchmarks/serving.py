"""One row of JSON: the data plane with validation, drift counting and the log on, beside FastAPI + pydantic + onnxruntime.

Same release, same request, same machine, one process each; windows of both are interleaved. Trust the ratio and the CPU
per request, not the requests per second: those depend on what else the machine does.

    python benchmarks/serving.py [--seconds 2] [--rounds 3] [--connections 16]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

FEATURES = 30
PEER = """
import sys
import numpy as np, onnxruntime, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field, create_model
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options)
fields = {f"f{n}": (float | None, Field(None, ge=-1000.0, le=1000.0)) for n in range(FEATURES)}
Row = create_model("Row", __config__={"extra": "forbid"}, customer=(str | None, None), **fields)
names = list(fields)
app = FastAPI()

@app.post("/bench")
async def predict(rows: list[Row]):
    X = np.array([[getattr(row, name) for name in names] for row in rows], np.float32)
    y = session.run(["y"], {"x": X})[0]
    best = y.argmax(axis=1)
    return {"release": 1, "predictions": [
        {"id": "x", "prediction": "no" if c == 0 else "yes", "probability": {"no": float(p[0]), "yes": float(p[1])}}
        for c, p in zip(best, y)]}

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
""".replace("FEATURES", str(FEATURES))


def make_store(folder: Path) -> Any:
    """A store with one release: breast-cancer data, boosted trees behind a scaler."""
    import pyarrow as pa
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from declml.stats import Profile, TableProfile
    from declml.store.release import Release
    from declml.store.store import Store

    X, target = load_breast_cancer(return_X_y=True)
    X = np.clip(X, -1000, 1000).astype(np.float32)
    model = make_pipeline(StandardScaler(), GradientBoostingClassifier(random_state=0)).fit(X, target)
    types = [("x", FloatTensorType([None, FEATURES]))]
    graph = convert_sklearn(model, initial_types=types, options={id(model): {"zipmap": False}}, target_opset=18)
    old = graph.graph.output[-1].name
    for part in graph.graph.node:
        for names in (part.input, part.output):
            for place, name in enumerate(names):
                if name == old:
                    names[place] = "y"
    graph.graph.output[-1].name = "y"
    content = graph.SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    import onnxruntime

    y = onnxruntime.InferenceSession(content).run(["y"], {"x": X[:100]})[0]
    buffer = io.BytesIO()
    table = pa.table({f"f{c}": X[:100, c] for c in range(FEATURES)} | {f"y{c}": y[:, c] for c in range(2)})
    with pa.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    columns = {f"f{n}": {"type": "float", "min": -1000.0, "max": 1000.0} for n in range(FEATURES)}
    profile = TableProfile([Profile.fit_number(X[:, n], name=f"f{n}") for n in range(FEATURES)])
    store = Store.open(".declml", folder)
    artifacts = {
        "onnx": content, "parity": buffer.getvalue(), "profile": profile.to_bytes(),
        "schema": json.dumps({"columns": columns | {"customer": {"type": "text"}}}).encode(),
    }  # fmt: skip
    store.releases.add(
        Release(
            project="bench", number=0, task="classification", target="target", key="customer", time=None,
            features=tuple({"name": name, "categories": []} for name in columns), classes=("no", "yes"),
            class_values=("no", "yes"), metrics={}, gates=(), lineage={}, created=0.0,
            artifacts={name: store.objects.put(data) for name, data in artifacts.items()},
        )
    )  # fmt: skip
    row = {name: round(float(X[0, n]), 4) for n, name in enumerate(columns)}
    return store, row


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(command: list[str], url: str, body: bytes) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            request = urllib.request.Request(url, body, {"content-type": "application/json"})
            with urllib.request.urlopen(request, timeout=5):
                return process
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{command} did not answer")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def with_wrk(url: str, script: Path, connections: int, seconds: float) -> tuple[int, float]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    count, unit = re.search(r"(\d+) requests in ([\d.]+)s", told).groups()  # type: ignore[union-attr] # wrk always says so
    if "Non-2xx" in told:
        raise SystemExit(told)
    return int(count), float(unit)


def with_asyncio(url: str, body: bytes, connections: int, seconds: float) -> tuple[int, float]:
    host, port = url.split("/")[2].split(":")
    path = "/" + url.split("/", 3)[3]
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    data = head.encode() + body

    async def client(until: float) -> int:
        reader, writer = await asyncio.open_connection(host, int(port))
        count = 0
        while time.monotonic() < until:
            writer.write(data)
            reply = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in reply.split(b"\r\n", 1)[0]
            await reader.readexactly(int(re.search(rb"content-length: (\d+)", reply.lower())[1]))  # type: ignore[index] # always sent
            count += 1
        writer.close()
        return count

    async def all_of_them() -> int:
        until = time.monotonic() + seconds
        return sum(await asyncio.gather(*(client(until) for _ in range(connections))))

    began = time.monotonic()
    return asyncio.run(all_of_them()), time.monotonic() - began


def measure(servers: dict[str, tuple[str, int]], body: bytes, connections: int, options: argparse.Namespace) -> None:
    script = Path(tempfile.mkdtemp()) / "post.lua"
    text = body.decode().replace("'", "\\'")
    script.write_text(f"wrk.method='POST'\nwrk.body='{text}'\nwrk.headers['content-type']='application/json'\n")
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
    order = list(servers)
    for turn in range(options.rounds):
        for name in order if turn % 2 == 0 else order[::-1]:
            url, pid = servers[name]
            before = cpu_seconds(pid)
            wrk = shutil.which("wrk")
            count, seconds = (
                with_wrk(url, script, connections, options.seconds)
                if wrk
                else with_asyncio(url, body, connections, options.seconds)
            )
            found[name].append((count / seconds, (cpu_seconds(pid) - before) / count * 1e6))
    rates = {name: statistics.median(rate for rate, _ in windows) for name, windows in found.items()}
    for name, windows in found.items():
        cpu = statistics.median(cost for _, cost in windows)
        print(f"{name:28} {rates[name]:10,.0f} requests/s {cpu:8.1f} CPU µs/request")
    print(f"{'ratio':28} {rates['declml'] / rates['FastAPI + pydantic + ORT']:10.1f}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="declml-bench-"))
    processes = []
    try:
        store, row = make_store(folder)
        port, peer = free_port(), free_port()
        replica = {
            "store": str(store.root), "project": "bench", "route": "/bench", "host": "127.0.0.1", "port": port,
            "prediction_log": str(folder / "log"), "shares": {"live": 1},
        }  # fmt: skip
        order = folder / "replica.json"
        order.write_text(json.dumps({"factory": "declml.serving.replica:Replica", "replica": replica}))
        (folder / "peer.py").write_text(PEER)
        one = json.dumps([{**row, "customer": "c1"}]).encode()
        hundred = json.dumps([{**row, "customer": f"c{n}"} for n in range(100)]).encode()
        commands = {
            "declml": ([sys.executable, "-m", "declml.builtin.backends.child", str(order)], port),
            "FastAPI + pydantic + ORT": (
                [sys.executable, str(folder / "peer.py"), str(folder / "model.onnx"), str(peer)],
                peer,
            ),
        }
        servers = {}
        for name, (command, number) in commands.items():
            url = f"http://127.0.0.1:{number}/bench"
            processes.append(start(command, url, one))
            servers[name] = (url, processes[-1].pid)
        client = "wrk" if shutil.which("wrk") else "an asyncio client (slower than the server: the ratio is too small)"
        print(f"{FEATURES} features, boosted trees, client: {client}")
        for words, body, connections in (
            ("1 row, 16 connections", one, 16),
            ("1 row, 1 connection", one, 1),
            ("100 rows, 8 connections", hundred, 8),
        ):
            print(f"\n{words}")
            measure(servers, body, connections, options)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
