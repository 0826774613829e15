"""Step `gates`: whether the model may become a release. A declared gate that is not evaluated never passes."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, cast

from declml.core.digest import canonical as json_text
from declml.core.digest import digest_file
from declml.core.errors import DeclmlError
from declml.engine.step import Step, StepContext
from declml.engine.steps.chosen import INPUTS, Chosen, rows_of, side, truth_of
from declml.engine.steps.measuring import metric_named
from declml.spec import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from declml.plugin.kinds.exporter import Exporter
    from declml.plugin.kinds.source import FileDigests
    from declml.spec.root import ProjectSpec
    from declml.store.release import Release

CALLS = 500
"""Single rows scored to measure latency, after a tenth of them to warm up."""
NOTHING_ELSE = "nothing else is live"


def run(step: StepContext) -> None:
    """Judge every declared gate."""
    gates = step.spec.gates
    if gates.tests or gates.approve:
        name = "tests" if gates.tests else "approve"
        raise DeclmlError(
            "E3106", f"the gate '{name}' cannot be evaluated in this version", where=f"gates.{name}",
            why="a declared gate that is not evaluated must not pass", next=f"take gates.{name} out of the spec",
        )  # fmt: skip
    evaluation = json.loads(step.read("evaluation"))
    results: list[dict[str, Any]] = []
    for name, bound in gates.metrics.items():
        value = evaluation["metrics"].get(name, {}).get("value")
        results += _within(name, value, bound.min, bound.max)
        if bound.vs_live is not None:
            results.append(_against_live(step, name, value, bound.vs_live))
    if gates.parity_gap is not None:
        gap = _parity_gap(step, evaluation)
        results += _within("parity_gap", gap, gates.parity_gap.min, gates.parity_gap.max)
    if gates.latency_p99 is not None:
        results += _within("latency_p99", _latency(step), None, gates.latency_p99.max)
    step.fact("refused", not all(one["passed"] for one in results))
    step.put("gates", json_text({"gates": results}))


def _within(name: str, value: float | None, low: float | None, high: float | None) -> list[dict[str, Any]]:
    """One result for each bound. A value that is not defined passes nothing."""
    found = []
    for word, bound, passed in (
        ("min", low, value is not None and low is not None and value >= low),
        ("max", high, value is not None and high is not None and value <= high),
    ):
        if bound is None:
            continue
        shown = "is not defined on the test rows" if value is None else f"is {value:.6g}"
        relation = {"min": "at least", "max": "at most"}[word]
        reason = f"{name} {shown}, it must be {relation} {bound:g}"
        found.append({"name": name, "value": value, "bound": {word: bound}, "passed": passed, "reason": reason})
    return found


def _against_live(step: StepContext, name: str, value: float | None, allowed: float) -> dict[str, Any]:
    """The value less that of the live release, on the same test rows."""
    result: dict[str, Any] = {"name": f"{name} vs live", "value": None, "bound": {"vs_live": allowed}}
    live, exported = to_beat(step.spec, step.base, digest_file(step.path("onnx")))
    if live is None or exported is None:
        return {**result, "passed": True, "reason": NOTHING_ELSE}
    chosen = Chosen.of(step)
    if live.target != chosen.target.name or live.classes != chosen.target.classes:
        return {**result, "passed": False, "reason": f"{live.name} predicts another target or other classes"}
    theirs = _score_live(step, chosen, name, live, exported)
    if value is None or theirs is None:
        return {**result, "passed": False, "reason": f"{name} is not defined on the test rows"}
    metric = metric_named(name, chosen.target)
    gain = value - theirs if metric.higher_is_better else theirs - value
    reason = f"{name} is {value:.6g}, of {live.name} {theirs:.6g} on the same rows"
    return {**result, "value": gain, "passed": gain >= allowed, "reason": reason}


def _score_live(step: StepContext, chosen: Chosen, name: str, live: Release, exported: bytes) -> float | None:
    """The metric of the live release; null where this data set lacks one of its columns."""
    from declml.engine.steps.dataset import TEST, matrix
    from declml.plugin.kinds.framework import Feature

    features = tuple(Feature(one["name"], tuple(one["categories"])) for one in live.features)
    keep = side(step, TEST)
    known = _names(step)
    missing = [feature.name for feature in features if feature.name not in known]
    if missing:
        raise DeclmlError(
            "E3106", f"{live.name} needs the column '{missing[0]}', which this data set does not have", where=f"gates.{name}.vs_live",
            next=f"take gates.{name}.vs_live out for this release, or bring the column back",
        )  # fmt: skip
    X = matrix(step.path("dataset"), features, keep)
    answer = _exporter().predict(exported, X)
    weight = chosen.weight_of(step, keep)
    value = metric_named(name, chosen.target).score(truth_of(step, chosen, keep), answer, weight)
    return value if value == value else None  # noqa: PLR0124 - NaN is the only value unequal to itself


def _parity_gap(step: StepContext, evaluation: dict[str, Any]) -> float | None:
    """How far the metric of the exported model is from that of the fitted one, on the test rows."""
    from declml.engine.steps.dataset import TEST

    chosen, name = Chosen.of(step), evaluation["metric"]
    if name not in evaluation["metrics"]:
        return None
    keep = side(step, TEST)
    answer = _exporter().predict(step.read("onnx"), rows_of(step, chosen, keep))
    value = metric_named(name, chosen.target).score(truth_of(step, chosen, keep), answer, chosen.weight_of(step, keep))
    return abs(value - float(evaluation["metrics"][name]["value"]))


def _latency(step: StepContext) -> float:
    """Seconds within which 99 of 100 single rows are scored."""
    import numpy as np
    import pyarrow as pa

    table = pa.ipc.open_file(pa.py_buffer(step.read("parity"))).read_all()
    columns = [name for name in table.schema.names if name.startswith("f")]
    X: npt.NDArray[np.float32] = np.stack([table[name].to_numpy() for name in columns], axis=1)
    exporter, content = _exporter(), step.read("onnx")
    seconds = []
    for call in range(-CALLS // 10, CALLS):
        row = X[call % len(X)][None, :]
        began = time.perf_counter()
        exporter.predict(content, row)
        if call >= 0:
            seconds.append(time.perf_counter() - began)
    return float(np.quantile(seconds, 0.99))


def _exporter() -> Exporter:
    from declml.plugin.registry import registry

    return cast("Exporter", registry().build("exporter", "onnx"))


def _names(step: StepContext) -> set[str]:
    import pyarrow.parquet as pq

    return set(pq.read_schema(step.path("dataset")).names)


def to_beat(spec: ProjectSpec, base: Path, model: str) -> tuple[Release | None, bytes | None]:
    """The release that the model with this digest must not fall behind, and its ONNX model.

    It is the live one; when the model itself is live already, the one that was live before it. So judging a model again
    after it went live is the same judgement.
    """
    from declml.store.store import Store

    store = Store.open(spec.store, base, create=False)
    try:
        aliases = store.ledger.aliases(spec.name)
        for alias in ("live", "previous"):
            if alias in aliases:
                release = store.releases.get(spec.name, aliases[alias])
                if release.artifacts["onnx"] != model:
                    return release, store.objects.read(release.artifacts["onnx"])
        return None, None
    finally:
        store.close()


def model_to_beat(spec: ProjectSpec, base: Path, _digests: FileDigests, inputs: Mapping[str, str]) -> Any:
    """The digest of the model that a gate compares with."""
    if all(bound.vs_live is None for bound in spec.gates.metrics.values()):
        return None
    release, _ = to_beat(spec, base, inputs.get("onnx", ""))
    return {"live model": release.artifacts["onnx"] if release else None}


def _reads(spec: ProjectSpec) -> Any:
    return canonical.gates_part(spec)


GATES = Step(
    "gates",
    run,
    inputs=(*INPUTS, "evaluation", "onnx", "parity"),
    outputs=("gates",),
    reads=_reads,
    outside=model_to_beat,
    where="driver",
)
