"""The whole line of steps, on real data and on a small table."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from declml.config.load import load
from declml.engine.run import run_plan
from declml.engine.steps import STEPS
from declml.stats.table import TableProfile
from declml.store.store import Store

EXAMPLES = Path(__file__).parents[3] / "examples"
LINE = ["schema", "ingest", "review", "split", "search", "fit", "evaluate", "export", "profile", "gates", "release"]
SPEC = "target: left\nkey: id\ntime: day\ngates: {roc_auc: {min: 0.6, vs_live: -0.5}, latency_p99: {max: 1s}, parity_gap: {max: 0.001}}"


def ran(result):
    return [step.name for step in result.steps if step.state == "ran"]


def test_the_steps_are_these_in_this_order():
    assert [step.name for step in STEPS] == LINE
    made = set()
    for step in STEPS:
        assert set(step.inputs) <= made
        made |= set(step.outputs)


def test_from_rows_to_a_release_and_nothing_the_second_time(project, customers):
    project.write(customers(), SPEC)
    first = project.run()
    assert first.status == "done"
    assert ran(first) == LINE
    release = first.release
    assert release is not None
    assert (release.task, release.classes, release.class_values) == ("classification", ("no", "yes"), ("no", "yes"))
    assert [one["name"] for one in release.features] == ["age", "plan", "spend"]
    assert release.features[1]["categories"] == ["basic", "gold", "pro"]
    assert set(release.artifacts) == {"onnx", "model", "schema", "profile", "parity"}
    assert release.metrics["roc_auc"]["low"] < release.metrics["roc_auc"]["value"] < release.metrics["roc_auc"]["high"]
    assert release.metrics["roc_auc"]["value"] > 0.7
    assert all(gate["passed"] for gate in release.gates)
    second = project.run()
    assert second.status == "nothing to do"
    assert second.release == release


def test_what_a_replica_reads_fits_together(project, customers):
    project.write(customers(), SPEC)
    result = project.run()
    import onnxruntime as ort

    table = pa.ipc.open_file(pa.py_buffer(project.read(result, "parity"))).read_all()
    X = np.stack([table[f"f{place}"].to_numpy() for place in range(3)], axis=1)
    y = np.stack([table[f"y{place}"].to_numpy() for place in range(2)], axis=1)
    assert X.dtype == y.dtype == np.float32
    assert np.isnan(X).any()
    assert (X[:, 1] == 3).any(), "a category that the training has not seen"
    session = ort.InferenceSession(project.read(result, "onnx"), providers=["CPUExecutionProvider"])
    assert session.run(["y"], {"x": X})[0] == pytest.approx(y, abs=1e-6)
    profile = TableProfile.from_bytes(project.read(result, "profile"))
    assert profile.names == ("age", "plan", "spend", "prediction")
    assert profile["age"].rows == 320
    assert profile["prediction"].rows == 80
    assert profile["spend"].nulls > 0


def test_a_changed_bound_reruns_only_what_depends_on_it(project, customers):
    project.write(customers(), SPEC)
    project.run()
    project.respec(SPEC.replace("min: 0.6", "min: 0.65"))
    assert ran(project.run()) == ["gates", "release"]


def test_metadata_reruns_nothing(project, customers):
    project.write(customers(), SPEC)
    project.run()
    project.respec(SPEC + "\nowner: somebody\ndescription: else\nmonitor: true")
    assert project.run().status == "nothing to do"


def test_the_schema_file_takes_over_without_a_change(project, customers):
    from declml.spec.schema_file import schema_path, write

    project.write(customers(), SPEC)
    first = project.run()
    write(schema_path(project.spec, project.base), project.read(first, "schema"), project.facts("schema")["columns"])
    second = project.run()
    assert second.status == "nothing to do"
    assert second.steps[0].reason == "written in the spec or beside it"


def test_the_same_project_elsewhere_makes_the_same_release(project, customers, tmp_path_factory):
    project.write(customers(), SPEC)
    first = project.run()
    other = type(project)(tmp_path_factory.mktemp("other"))
    other.write(customers(), SPEC)
    assert other.run().release.digest == first.release.digest


@pytest.mark.parametrize("family", ["ridge", "forest", "hist_gbm"])
def test_values(project, customers, family):
    project.family = family
    project.write(customers(), "target: spend\ntime: day\nkey: id\ngates: {r2: {min: -1}}")
    result = project.run()
    release = result.release
    assert release.task == "regression"
    assert release.classes == ()
    assert {"rmse", "mae", "r2", "mape"} == set(release.metrics)
    assert release.lineage["rows"] == {"rows": 400, "kept": 400, "set_aside": 0}
    assert project.facts("review")["findings"][0].startswith("warning: 24 of 400 rows have no 'spend'")
    assert project.facts("split")["unused"] == 24


def test_more_than_two_classes(project, customers):
    project.family = "logistic"
    project.write(customers(), "target: plan\nsplit: random\nfeatures: {drop: [id, day]}")
    release = project.run().release
    assert release.classes == ("basic", "gold", "pro")
    assert release.lineage["choice"]["metric"] == "log_loss"


@pytest.mark.parametrize(("name", "metric", "least"), [("elec2", "roc_auc", 0.83), ("bikes", "r2", 0.6)])
def test_the_examples(tmp_path, name, metric, least):
    folder = shutil.copytree(
        EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns(".declml", "*.schema.yaml")
    )
    loaded = load(folder / f"{name}.yaml", ["engine=inline", "model.tune.trials=3", "model.tune.folds=2"])
    result = run_plan(loaded.spec, Store.open(loaded.spec.store, folder), folder)
    assert result.status == "done"
    assert result.release.metrics[metric]["value"] > least
    if name == "elec2":
        said = " ".join(result.release.notes)
        assert "does not beat 'same as before'" in said
        assert "'vicprice' has the same value in every row" in said
