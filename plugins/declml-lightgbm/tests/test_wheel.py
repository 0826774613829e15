"""The guest works from its own wheel, in an environment layered on this one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from declml.plugin.registry import registry
found = registry().find("framework", "lightgbm")
[provider] = [p for p in registry().providers if p.name == "declml-lightgbm"]
print(found.__module__, provider.version, provider.failure or "fine", found.model_validate({"leaves": 7}).leaves)
"""


def test_the_wheel_brings_the_framework(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(
        Path(__file__).parent.parent, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    )
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheels, site = tmp_path / "wheels", tmp_path / "site"
    offline = ["--no-deps", "--no-index"]
    subprocess.run([*pip, "wheel", *offline, "--no-build-isolation", "-w", str(wheels), str(source)], check=True)
    [wheel] = wheels.glob("*.whl")
    subprocess.run([*pip, "install", *offline, "--target", str(site), str(wheel)], check=True)
    assert sorted(path.name for path in site.glob("*.py")) == ["declml_lightgbm.py"]

    told = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "declml_lightgbm 0.1.0 fine 7\n"
