"""Step `release`: the manifest that binds model, schema, profile, metrics and lineage."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

from declml.core.digest import canonical as json_text
from declml.core.digest import digest_bytes, digest_file
from declml.engine.step import Step, StepContext
from declml.engine.steps.chosen import INPUTS
from declml.engine.steps.dataset import Target
from declml.spec import canonical

if TYPE_CHECKING:
    from declml.spec.root import ProjectSpec

KEPT = ("onnx", "model", "schema", "profile", "parity")
"""Artifacts that a release carries."""
LIBRARIES = ("numpy", "onnx", "onnxruntime", "polars", "pyarrow", "scikit-learn", "skl2onnx")
MEASURED = frozenset({"latency_p99"})
"""Gates whose value differs from one measurement to the next: the manifest keeps only that they passed."""


def run(step: StepContext) -> None:
    """Write the manifest: a Release without its number and moment."""
    evaluation, choice = json.loads(step.read("evaluation")), json.loads(step.read("choice"))
    target = Target.from_review(json.loads(step.read("review")))
    review = json.loads(step.read("review"))
    manifest = {
        "project": step.spec.name,
        "task": target.task,
        "target": target.name,
        "features": choice["features"],
        "classes": target.classes,
        "class_values": target.values,
        "artifacts": {name: digest_file(step.path(name)) for name in KEPT},
        "metrics": evaluation["metrics"],
        "gates": [_lasting(gate) for gate in json.loads(step.read("gates"))["gates"]],
        "lineage": _lineage(step, choice, evaluation),
        "key": step.spec.key,
        "time": step.spec.time,
        "notes": [*evaluation["notes"], *(one["what"] for one in review["findings"] if one["level"] == "warning")],
    }
    step.put("release", json_text(manifest))


def _lasting(gate: dict[str, Any]) -> dict[str, Any]:
    """What of a gate is the same whenever this model is judged: a comparison with what is live is not, nor is a time."""
    if gate["name"] in MEASURED or "vs_live" in gate["bound"]:
        return {"name": gate["name"], "value": None, "bound": gate["bound"], "passed": gate["passed"]}
    return {key: gate[key] for key in ("name", "value", "bound", "passed")}


def _lineage(step: StepContext, choice: dict[str, Any], evaluation: dict[str, Any]) -> dict[str, Any]:
    report = json.loads(step.read("ingest_report"))
    return {
        "spec": digest_bytes(json_text(_reads(step.spec))),
        "dataset": digest_file(step.path("dataset")),
        "rows": {name: report[name] for name in ("rows", "kept", "set_aside")},
        "origins": report["origins"],
        "inputs": {name: digest_bytes(step.read(name)) for name in ("review", "split", "choice", "evaluation")},
        "choice": {key: choice[key] for key in ("framework", "weight", "metric", "value", "baseline", "trials")},
        "baselines": evaluation["baselines"],
        "test_rows": evaluation["rows"],
        "folds": evaluation["folds"],
        "libraries": _versions(),
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    from declml import __version__

    found = {"python": platform.python_version(), "declml": __version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _reads(spec: ProjectSpec) -> Any:
    return {
        "name": spec.name,
        "data": canonical.data_part(spec),
        "split": canonical.split_part(spec),
        "model": canonical.model_part(spec),
        "gates": canonical.gates_part(spec),
    }


RELEASE = Step(
    "release", run,
    inputs=(*INPUTS, "schema", "ingest_report", "model", "evaluation", "onnx", "parity", "profile", "gates"),
    outputs=("release",), reads=_reads,
)  # fmt: skip
