"""From files and overrides to a spec."""

import os
from pathlib import Path

import pytest

from declml.config.load import Loaded, load
from declml.config.show import show
from declml.config.sweep import sweep
from declml.core.errors import SpecError

MINIMAL = """\
name: churn
owner: growth-ml
data: customers/*.parquet        # sugar for data.train.path
target: churned
key: customer_id
time: snapshot_date
gates:
  roc_auc: {min: 0.80}
deployment: true
monitor: true
"""

FULL = """\
name: churn
owner: growth-ml
description: who leaves next month
task: auto
data:
  sources: {customers: {path: customers/*.parquet}, calls: {path: calls.csv}}
  train: {type: sql, query: "select * from customers join calls using (customer_id)"}
  labels: {path: outcomes/*.parquet, delay: 30d}
  weight: auto
  protected: [gender, age_band]
  pii: [email, phone]
target: churned
key: customer_id
time: snapshot_date
schema: infer
features:
  drop: [internal_note]
  columns: {plan_text: {as: text}, photo: {as: image}}
split: {by: time, test: 20%}
model:
  try: [logistic, hist_gbm, lightgbm]
  tune: {search: bayes, trials: 40, metric: roc_auc, time: 10m}
gates:
  roc_auc: {min: 0.80, vs_live: -0.005}
  parity_gap: {max: 0.05}
  latency_p99: {max: 5ms}
  tests: [behaviour.yaml]
  approve: [risk-team]
compression: {edge: {size: 2MB, latency: 1ms, loss: 0.2%, target: onnx}}
deployment:
  route: /churn
  replicas: {min: 1, max: 8}
  rollout: [{shadow: 24h}, {canary: 10%, for: 6h}]
  explain: true
  sinks: [{type: parquet, path: scores/}]
monitor:
  every: 1h
  drift: auto
  performance: auto
  alerts: [{type: webhook, url: "${oc.env:HOOK}"}]
  heal: {retrain: propose, rollback: auto}
engine: {type: ray}
store: .declml
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "churn.yaml").write_text(MINIMAL)
    return tmp_path


def loaded(folder: Path, *overrides: str) -> Loaded:
    return load(folder / "churn.yaml", overrides)


def test_the_minimal_spec_of_the_design(folder: Path) -> None:
    spec = loaded(folder).spec
    assert (spec.name, spec.target, spec.key, spec.time) == ("churn", "churned", "customer_id", "snapshot_date")
    assert spec.data.train.type == "parquet"
    assert spec.data.train.model_dump()["path"] == "customers/*.parquet"
    assert [one.type for one in spec.model.try_] == ["logistic", "ridge", "hist_gbm", "forest"]
    assert (spec.model.tune.search.type, spec.model.tune.trials, spec.model.tune.time) == ("bayes", 20, 600.0)
    assert spec.gates.metrics["roc_auc"].min == 0.8
    assert spec.deployment is not None
    assert (spec.deployment.route, spec.deployment.backend.type) == ("/churn", "ray")
    assert spec.monitor is not None
    assert spec.engine.type == "ray"


def test_the_full_spec_of_the_design_lacks_only_what_comes_later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", "https://hooks.example/x")
    (folder / "churn.yaml").write_text(FULL)
    refused = {"sql": "E1008", "lightgbm": "E1006", "parquet": "E1008"}
    try:
        loaded(folder)
    except SpecError as error:
        for found in error.diagnostics:
            name = found.what.split("'")[1]
            assert refused[name] == found.code, found
            assert "later declml" in found.what or "pip install" in found.hint


def test_the_full_spec_without_what_comes_later_says_what_it_does_not_act_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "https://hooks.example/x")
    text = FULL.replace(
        '{type: sql, query: "select * from customers join calls using (customer_id)"}', "{path: a.parquet}"
    )
    text = text.replace("lightgbm", "forest").replace("  sinks: [{type: parquet, path: scores/}]\n", "")
    (folder / "churn.yaml").write_text(text)
    result = loaded(folder)
    assert result.spec.compression["edge"].size == 2_000_000
    assert result.spec.deployment is not None
    assert [(s.shadow, s.canary, s.for_) for s in result.spec.deployment.rollout] == [
        (86400.0, None, None),
        (None, 0.1, 21600.0),
    ]
    for word in (
        "compression",
        "deployment.explain",
        "gates.approve",
        "gates.tests",
        "features.columns.photo",
        "data.labels",
    ):
        assert any(note.startswith(f"not acted on yet: {word} ") for note in result.notes), word


def test_the_minimal_spec_promises_nothing_that_is_not_acted_on(folder: Path) -> None:
    assert loaded(folder).notes == ()


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("model.tune.trials=7", lambda s: s.model.tune.trials == 7),
        ("deployment.replicas.max=3", lambda s: s.deployment.replicas.max == 3 and s.deployment.route == "/churn"),
        (
            "data.protected=[gender]",
            lambda s: s.data.protected == ("gender",) and s.data.train.path == "customers/*.parquet",
        ),
        ("data.train.path=other.csv", lambda s: s.data.train.type == "csv" and s.data.train.path == "other.csv"),
        ("data=other.tsv", lambda s: s.data.train.separator == "\t"),
        ("engine=inline", lambda s: s.engine.type == "inline" and s.deployment.backend.type == "process"),
        ("engine.type=processes", lambda s: s.engine.type == "processes"),
        ("deployment=false", lambda s: s.deployment is None),
        ("~monitor", lambda s: s.monitor is None),
        ("gates.roc_auc.min=0.9", lambda s: s.gates.metrics["roc_auc"].min == 0.9),
        ("gates={roc_auc:{min:0.7}}", lambda s: s.gates.metrics["roc_auc"].min == 0.7),
        ("+gates.f1.min=0.5", lambda s: s.gates.metrics["f1"].min == 0.5),
        ("model=boosting", lambda s: [one.type for one in s.model.try_] == ["hist_gbm"]),
        ("env=prod", lambda s: s.deployment.replicas.max == 8 and s.deployment.rollout[0].shadow == 86400.0),
        ("+env=dev", lambda s: s.engine.type == "inline" and s.model.tune.trials == 5),
        ("+experiment=quick", lambda s: s.model.tune.trials == 3),
        ("model.try=[{type:hist_gbm,rounds:50}]", lambda s: s.model.try_[0].rounds == 50),
        ("description='who leaves, and why'", lambda s: s.description == "who leaves, and why"),
        ("owner=${name}-team", lambda s: s.owner == "churn-team"),
        ("split.test=10%", lambda s: s.split.test == 0.1),
        ("split=group:household", lambda s: (s.split.by, s.split.group) == ("group", "household")),
        ("compression={size:2MB}", lambda s: s.compression["default"].size == 2_000_000),
        (
            "schema={churned:bool,customer_id:int,snapshot_date:date}",
            lambda s: s.schema_.columns["churned"].type == "bool",
        ),
    ],
)
def test_known_paths_are_overridden_without_a_plus(folder: Path, override: str, read) -> None:
    assert read(loaded(folder, override).spec)


def test_a_component_chosen_on_the_command_line_replaces_one_of_another_type(folder: Path) -> None:
    (folder / "churn.yaml").write_text(MINIMAL + "engine: {type: ray, address: auto}\n")
    assert loaded(folder, "engine=inline").spec.engine.type == "inline"
    assert loaded(folder, "engine=ray").spec.engine.model_dump()["address"] == "auto"


def test_defaults_lists_and_the_users_own_groups(folder: Path) -> None:
    (folder / "conf/gates").mkdir(parents=True)
    (folder / "conf/gates/strict.yaml").write_text("f1: {min: 0.6}\n")
    (folder / "churn.yaml").write_text("defaults:\n  - model: linear\n  - gates: strict\n  - _self_\n" + MINIMAL)
    result = loaded(folder)
    assert [one.type for one in result.spec.model.try_] == ["logistic", "ridge"]
    assert {name: bound.min for name, bound in result.spec.gates.metrics.items()} == {"f1": 0.6, "roc_auc": 0.8}
    assert result.files == ("churn.yaml", "pkg://declml.conf/model/linear.yaml", "conf/gates/strict.yaml")
    assert str(result.place("gates.f1.min")) == "conf/gates/strict.yaml:1:11"
    assert [one.type for one in loaded(folder, "model=boosting").spec.model.try_] == ["hist_gbm"]


def test_a_folder_beside_the_spec_does_not_turn_a_key_into_a_group(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "notes.yaml").write_text("x: 1\n")
    assert loaded(folder, "data=rows.csv").spec.data.train.type == "csv"


def test_places_of_values_overrides_and_defaults(folder: Path) -> None:
    result = loaded(folder, "model.tune.trials=7")
    assert str(result.place("gates.roc_auc.min")) == "churn.yaml:8:18"
    assert str(result.place("model.tune.trials")) == "command line: model.tune.trials=7"
    assert result.place("split.test") is None


def test_config_dir_and_config_name(folder: Path, tmp_path: Path) -> None:
    assert load(None, config_dir=folder, config_name="churn").spec == loaded(folder).spec
    groups = tmp_path / "groups" / "env"
    groups.mkdir(parents=True)
    (groups / "ours.yaml").write_text("# @package _global_\nowner: us\n")
    assert load(folder / "churn.yaml", ["env=ours"], config_dir=tmp_path / "groups").spec.owner == "us"


@pytest.mark.parametrize("name", ["nothing.yaml", "chrun.yaml", "."])
def test_a_spec_that_is_not_there(folder: Path, name: str) -> None:
    with pytest.raises(SpecError) as caught:
        load(folder / name)
    assert caught.value.code == "E1001"
    assert caught.value.next


def test_a_schema_file_is_read_through_the_same_guard(folder: Path) -> None:
    (folder / "cols.yaml").write_text("columns:\n  churned: {type: bool}\n  customer_id: {typ: int}\n")
    (folder / "churn.yaml").write_text("name: churn\ndata: a.csv\ntarget: churned\nschema: cols.yaml\n")
    with pytest.raises(SpecError) as caught:
        loaded(folder)
    assert {str(one.place) for one in caught.value.diagnostics} == {"cols.yaml:3:3", "cols.yaml:3:17"}
    (folder / "cols.yaml").write_text("churned: bool\ncustomer_id: int\n")
    schema = loaded(folder).spec.schema_
    assert schema != "infer"
    assert list(schema.columns) == ["churned", "customer_id"]


def test_a_plugin_beside_the_spec_offers_components_and_groups(folder: Path) -> None:
    (folder / "their_conf/gates").mkdir(parents=True)
    (folder / "their_conf/gates/theirs.yaml").write_text("f1: {min: 0.25}\n")
    (folder / "plugins.py").write_text(
        "from typing import Literal\nfrom pathlib import Path\nfrom declml.api import *\n"
        "class Rows(Source):\n    type: Literal['rows_of_a_test'] = 'rows_of_a_test'\n    table: str\n"
        "    def fingerprint(self, base, cached): return {}\n    def batches(self, base): return iter(())\n"
        "@plugin\ndef declml_components(): return [Rows]\n"
        "@plugin\ndef declml_conf(): return [f'file://{Path(__file__).parent}/their_conf']\n"
    )
    spec = loaded(folder, "data={type:rows_of_a_test,table:t}", "gates=theirs").spec
    assert spec.data.train.type == "rows_of_a_test"
    assert spec.gates.metrics["f1"].min == 0.25


def test_a_sweep_is_enumerated_and_every_run_validated_first(folder: Path) -> None:
    runs = sweep(folder / "churn.yaml", ["engine=inline,processes", "model.tune.trials=range(3,5)"])
    assert [(run.spec.engine.type, run.spec.model.tune.trials) for run in runs] == [
        ("inline", 3), ("inline", 4), ("processes", 3), ("processes", 4),
    ]  # fmt: skip
    assert runs[1].overrides == ("engine=inline", "model.tune.trials=4")
    with pytest.raises(SpecError) as caught:
        sweep(folder / "churn.yaml", ["engine=inline,inlin", "model.tune.trials=choice(3,many)"])
    assert [one.code for one in caught.value.diagnostics] == ["E1005", "E1006"]


def test_the_composed_spec_is_shown_with_and_without_interpolations(folder: Path) -> None:
    overrides = ["owner=${name}", "store=${oc.env:HOME}"]
    assert "owner: ${name}\n" in show(folder / "churn.yaml", overrides)
    resolved = show(folder / "churn.yaml", overrides, resolve=True)
    assert "owner: churn\n" in resolved
    assert "store: ${oc.env:HOME}\n" in resolved


def test_nothing_is_written_and_hydra_is_left_as_it_was(folder: Path) -> None:
    from hydra.core.global_hydra import GlobalHydra

    before = sorted(folder.rglob("*"))
    loaded(folder)
    sweep(folder / "churn.yaml", ["model.tune.trials=3,4"])
    show(folder / "churn.yaml")
    assert sorted(folder.rglob("*")) == before
    assert not GlobalHydra.instance().is_initialized()
    assert Path.cwd() == folder
    assert os.environ.get("HYDRA_FULL_ERROR") is None
