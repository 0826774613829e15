"""A value of the environment is in no error, no saved spec, no key."""

import json
import pickle
from pathlib import Path

import pytest

from declml.config.load import load
from declml.config.resolve import keeps_reference
from declml.config.show import show
from declml.core.errors import DeclmlError, SpecError
from declml.core.reference import has_reference, masked, reveal
from declml.spec.canonical import spec_part

CANARY = "canary-5e1f"
BASE = "name: churn\ndata: a.csv\ntarget: churned\ndeployment: true\nmonitor:\n  alerts:\n"


def write(folder: Path, text: str) -> Path:
    file = folder / "churn.yaml"
    file.write_text(text)
    return file


@pytest.fixture(autouse=True)
def _canary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECLML_CANARY", CANARY)
    monkeypatch.setenv("DECLML_CANARY_URL", f"https://hooks.example/{CANARY}")


def test_a_secret_is_used_and_never_shown(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        BASE
        + "    - {type: webhook, url: '${oc.env:DECLML_CANARY_URL}', headers: {Authorization: 'Bearer ${oc.env:DECLML_CANARY}'}}\n"
        "store: folder-${oc.env:DECLML_CANARY}\n",
    )
    result = load(file)
    for text in (
        repr(result), repr(result.spec), json.dumps(result.data), json.dumps(spec_part(result.spec)),
        result.spec.model_dump_json(), show(file), show(file, resolve=True),
    ):  # fmt: skip
        assert CANARY not in text
    assert result.spec.monitor is not None
    channel = result.spec.monitor.alerts[0]
    assert channel.url.get_secret_value() == f"https://hooks.example/{CANARY}"  # type: ignore[attr-defined]
    assert channel.headers["Authorization"].get_secret_value() == f"Bearer {CANARY}"  # type: ignore[attr-defined]
    assert reveal(result.spec.store) == f"folder-{CANARY}"


@pytest.mark.parametrize(
    "text",
    [
        BASE + "    - {type: webhook, url: '${oc.env:DECLML_CANARY}'}\n",
        BASE + "    - {type: webhook, url: 'x', tries: '${oc.env:DECLML_CANARY}'}\n",
        BASE + "    - {type: '${oc.env:DECLML_CANARY}'}\n",
        BASE + "    - {type: webhook, urll: '${oc.env:DECLML_CANARY}'}\n",
        BASE + "    - '${oc.env:DECLML_CANARY}'\n",
        "name: ${oc.env:DECLML_CANARY}X!\ndata: a.csv\ntarget: churned\n",
        "name: churn\ndata: ${oc.env:DECLML_CANARY}\ntarget: churned\n",
        "name: churn\ndata: a.csv\ntarget: churned\nmodel: {tune: {trials: '${oc.env:DECLML_CANARY}'}}\n",
        "name: churn\ndata: a.csv\ntarget: churned\nmodel: {tune: {time: '${oc.env:DECLML_CANARY}'}}\n",
        "name: churn\ndata: a.csv\ntarget: churned\nmodel: {tune: {trials: '${oc.decode:${oc.env:DECLML_CANARY}}'}}\n",
        "name: churn\ndata: a.csv\ntarget: churned\nmodel: {try: ['${oc.env:DECLML_CANARY}']}\n",
        "name: churn\ndata: a.csv\ntarget: churned\ntask: ${oc.env:DECLML_CANARY}\n",
        "name: churn\ndata: a.csv\ntarget: churned\nschema: ${oc.env:DECLML_CANARY}\n",
        "name: churn\ndata: a.csv\ntarget: churned\nengine: ${oc.env:DECLML_CANARY}\n",
        "name: churn\ndata: a.csv\ntarget: churned\nstore: s3://${oc.env:DECLML_CANARY}/x\n",
        "name: churn\ndata: a.csv\ntarget: churned\nkey: ${target}\nmodel: {tune: {metric: '${oc.env:DECLML_CANARY}'}}\n",
        "name: churn\ndata: a.csv\ntarget: churned\nsplit: {by: '${oc.env:DECLML_CANARY}'}\n",
        "name: churn\ndata: a.csv\ntarget: churned\ndeployment: {host: '${oc.env:DECLML_CANARY}'}\n",
        "name: churn\ndata: a.csv\ntarget: churned\nfeatures: {drop: ['${oc.env:DECLML_CANARY}', '${oc.env:DECLML_CANARY}']}\n",
    ],
)
def test_a_wrong_value_of_the_environment_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        load(write(tmp_path, text))
    error = caught.value
    shown = [
        str(error),
        repr(error),
        json.dumps([one.as_dict() for one in error.diagnostics]),
        str(error.__context__ or ""),
    ]
    assert all(CANARY not in text for text in shown), shown
    assert error.diagnostics


def test_a_number_from_the_environment_is_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECLML_TRIALS", "7")
    text = "name: churn\ndata: a.csv\ntarget: churned\nmodel: {tune: {trials: '${oc.env:DECLML_TRIALS}', seed: '${oc.env:DECLML_SEED,3}'}}\n"
    tune = load(write(tmp_path, text)).spec.model.tune
    assert (tune.trials, tune.seed) == (7, 3)


def test_a_path_from_the_environment_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECLML_FOLDER", "rows")
    spec = load(write(tmp_path, "name: churn\ndata: ${oc.env:DECLML_FOLDER}/a.csv\ntarget: churned\n")).spec
    assert spec.data.train.model_dump()["path"] == "rows/a.csv"


def test_where_references_are_kept() -> None:
    assert keeps_reference(("store",))
    assert keeps_reference(("monitor", "alerts", 0, "url"))
    assert keeps_reference(("data", "sources", "db", "url"))
    assert not keeps_reference(("data", "train", "path"))
    assert not keeps_reference(("name",))


def test_a_reference_is_revealed_at_use_and_missing_ones_are_named() -> None:
    assert has_reference("a-${oc.env:DECLML_CANARY}")
    assert reveal("a-${oc.env:DECLML_CANARY}-b") == f"a-{CANARY}-b"
    with pytest.raises(DeclmlError, match="DECLML_NOT_SET") as caught:
        reveal("${oc.env:DECLML_NOT_SET}")
    assert caught.value.code == "E1015"


def test_literal_credentials_are_masked_in_errors(tmp_path: Path) -> None:
    text = f"name: churn\ndata: a.csv\ntarget: churned\nstore: postgresql://me:{CANARY}@db/x\n"
    with pytest.raises(SpecError) as caught:
        load(write(tmp_path, text), [f"+engine.password={CANARY}"])
    assert CANARY not in str(caught.value)
    assert CANARY not in json.dumps([one.as_dict() for one in caught.value.diagnostics])
    assert CANARY not in str(pickle.loads(pickle.dumps(caught.value)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pw@host/x", "https://***@host/x"),
        ("password: hunter2", "password: ***"),
        ("{api_key: 'abc', region: eu}", "{api_key: ***, region: eu}"),
        ("token=abc", "token=***"),
        ("token: ${oc.env:T}", "token: ${oc.env:T}"),
        ("key: customer_id", "key: customer_id"),
        ("https://host/x@y", "https://host/x@y"),
    ],
)
def test_masking(text: str, shown: str) -> None:
    assert masked(text) == shown
