"""The config groups that come with declml."""

from importlib import resources
from pathlib import Path

import pytest

from declml.config.load import load, search_path
from declml.config.session import Session

OPTIONS = [
    f"{folder.name}={file.name.removesuffix('.yaml')}"
    for folder in sorted(resources.files("declml.conf").iterdir(), key=lambda one: one.name)
    if folder.is_dir() and not folder.name.startswith("_")
    for file in sorted(folder.iterdir(), key=lambda one: one.name)
    if file.name.endswith(".yaml")
]


def test_the_groups_are_reachable_as_a_package(tmp_path: Path) -> None:
    groups = Session(tmp_path, search_path(tmp_path, [])).groups()
    assert {"engine", "env", "model", "deployment", "monitor", "experiment"} <= set(groups)
    assert groups["engine"] == ["inline", "processes", "ray"]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_makes_a_valid_spec(option: str, tmp_path: Path) -> None:
    (tmp_path / "churn.yaml").write_text("name: churn\ndata: a.csv\ntarget: churned\n")
    assert load(tmp_path / "churn.yaml", [option]).files[-1].startswith("pkg://declml.conf/")


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_says_what_it_is_for(option: str) -> None:
    group, name = option.split("=")
    text = resources.files("declml.conf").joinpath(group, f"{name}.yaml").read_text(encoding="utf-8")
    assert any(line.startswith("# ") and not line.startswith("# @") for line in text.splitlines()[:2])
