"""Guests for tests: tiny installed packages on a path of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from declml.plugin.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

Install = Callable[..., None]

GOOD = """
from typing import Literal
from declml.api import Statistic, plugin

class Gap(Statistic):
    '''Difference of the null rates.'''
    type: Literal["{type}"] = "{type}"
    def compare(self, reference, current):
        return abs(reference.null_rate - current.null_rate)

@plugin
def declml_components():
    return [Gap]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`install(name, source)` puts a package with one module and an entry point in group `declml` on the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def put(name: str, source: str = GOOD, *, named: str = "gap", version: str = "1.0") -> None:
        (site / f"{name}.py").write_text(source.replace("{type}", named), encoding="utf-8")
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[declml]\n{name} = {name}\n")

    yield put
    for name in set(sys.modules) - before:
        if str(site) in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


@pytest.fixture
def registry() -> Registry:
    """A registry of its own."""
    return Registry()
