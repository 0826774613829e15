"""Real releases in a real store: scikit-learn models as ONNX."""

from __future__ import annotations

import io
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from declml.stats import Profile, TableProfile
from declml.store.release import Release

if TYPE_CHECKING:
    from declml.store.store import Store

LIVE_ONLY: dict[str, Any] = {"canary": None, "canary_share": 0.0, "shadow": None}

FEATURES = (
    {"name": "price", "categories": []},
    {"name": "demand level", "categories": []},
    {"name": "count", "categories": []},
    {"name": "holiday", "categories": []},
    {"name": "area", "categories": ["north", "south", "west"]},
)
SCHEMA: dict[str, Any] = {
    "columns": {
        "customer": {"type": "text"},
        "price": {"type": "float", "min": 0.0, "max": 100.0, "nullable": False},
        "demand level": {"type": "float"},
        "count": {"type": "int", "min": 0, "max": 1000},
        "holiday": {"type": "bool"},
        "area": {"type": "category", "values": ["north", "south", "west"]},
        "note": {"type": "text"},
        "target": {"type": "category", "values": ["DOWN", "UP"]},
    }
}
ROW: dict[str, Any] = {
    "customer": "c1", "price": 12.5, "demand level": 3.0, "count": 7, "holiday": False, "area": "south",
}  # fmt: skip


def rows(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack(
        [
            rng.uniform(0, 100, count), rng.normal(0, 1, count), rng.integers(0, 1000, count),
            rng.integers(0, 2, count), rng.integers(0, 3, count),
        ],
        axis=1,
    ).astype(np.float32)  # fmt: skip


def onnx_of(model: Any, columns: int) -> bytes:
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    types = [("x", FloatTensorType([None, columns]))]
    graph = convert_sklearn(model, initial_types=types, options=options, target_opset=18)
    wanted = graph.graph.output[-1].name
    for node in graph.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == wanted:
                    names[place] = "y"
    graph.graph.output[-1].name = "y"
    return graph.SerializeToString()


@lru_cache(maxsize=64)
def fitted(seed: int, task: str, columns: int) -> tuple[bytes, np.ndarray]:
    """The ONNX of a fitted model, and what it answers on its first 50 rows."""
    import onnxruntime
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X = rows(300, seed)[:, :columns]
    signal = X[:, 0] / 100 + X[:, 1] + seed
    last = LogisticRegression() if task == "classification" else LinearRegression()
    target = (signal > np.median(signal)).astype(int) if task == "classification" else signal
    content = onnx_of(make_pipeline(SimpleImputer(), StandardScaler(), last).fit(X, target), columns)
    y = onnxruntime.InferenceSession(content).run(["y"], {"x": X[:50]})[0].reshape(50, -1)
    return content, y


def make_release(
    store: Store,
    *,
    seed: int = 0,
    project: str = "power",
    task: str = "classification",
    schema: dict[str, Any] | None = None,
    features: tuple[dict[str, Any], ...] = FEATURES,
    lie: bool = False,
) -> Release:
    """A small release of another model for each seed. With `lie` its reference answers are wrong."""
    X = rows(300, seed)[:, : len(features)]
    content, y = fitted(seed, task, len(features))
    columns = {f"f{c}": X[:50, c] for c in range(X.shape[1])} | {
        f"y{c}": y[:, c] + 0.5 * lie for c in range(y.shape[1])
    }
    buffer = io.BytesIO()
    table = pa.table(columns)
    with pa.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    profiles = [
        Profile.fit_category(X[:, place].astype(np.int64), f["categories"], name=f["name"])
        if f["categories"]
        else Profile.fit_number(X[:, place], name=f["name"])
        for place, f in enumerate(features)
    ]
    artifacts = {
        "onnx": content,
        "schema": json.dumps(schema or SCHEMA).encode(),
        "profile": TableProfile(profiles).to_bytes(),
        "parity": buffer.getvalue(),
    }
    classes = ("DOWN", "UP") if task == "classification" else ()
    return store.releases.add(
        Release(
            project=project, number=0, task=task, target="target", features=features, classes=classes,
            class_values=classes, artifacts={name: store.objects.put(data) for name, data in artifacts.items()},
            metrics={}, gates=(), lineage={"seed": seed}, created=0.0, key="customer", time=None,
        )
    )  # fmt: skip


def wanted_of(store: Store, **other: Any) -> dict[str, Any]:
    return {
        "store": str(store.root), "project": "power", "route": "/power", "host": "127.0.0.1", "port": 0,
        "prediction_log": str(store.folder("predictions") / "power"), "drain": 1.0, **other,
    }  # fmt: skip


def alone(live: int | None) -> dict[str, Any]:
    return {"live": live, **LIVE_ONLY}
