"""Checking a spec is cheap: it brings none of the heavy libraries."""

import subprocess
import sys
from pathlib import Path

HEAVY = (
    "numpy",
    "ray",
    "sklearn",
    "numba",
    "onnx",
    "onnxruntime",
    "pandas",
    "pandera",
    "polars",
    "pyarrow",
    "duckdb",
    "optuna",
    "scipy",
)


def test_loading_a_spec_brings_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "churn.yaml").write_text(
        "name: churn\ndata: a.csv\ntarget: churned\ngates: {roc_auc: {min: 0.8}}\ndeployment: true\nmonitor: true\n"
    )
    code = (
        "import sys; from pathlib import Path;"
        "from declml.config.load import load; load(Path('churn.yaml'), ['env=prod']);"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_loader_does_not_bring_hydra() -> None:
    code = "import sys, declml.config.load; print('hydra' in sys.modules, 'omegaconf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
