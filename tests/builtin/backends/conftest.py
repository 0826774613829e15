"""Real releases for these tests: `releases` is the module tests/serving/releases.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from declml.store.store import Store

if TYPE_CHECKING:
    from types import ModuleType

PATH = Path(__file__).parents[2] / "serving" / "releases.py"


def _load(path: Path) -> ModuleType:
    name = f"declml_test_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def releases() -> ModuleType:
    module = _load(PATH)
    module.Load = _load(PATH.with_name("load.py")).Load
    return module


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(".declml", tmp_path)
