"""A toy project: a small spec, a store of its own, and steps that leave a trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from declml.config.load import load
from declml.engine.plan import Plan, make_plan
from declml.engine.run import RunResult, run_plan
from declml.engine.task import steps_at
from declml.store.store import Store

if TYPE_CHECKING:
    from declml.core.events import Event
    from declml.spec.root import ProjectSpec

HERE = Path(__file__).parent
SPEC = """\
name: toy
data: data.csv
target: y
task: regression
split: {by: random}
model: {try: [ridge], tune: {trials: 2}}
engine: inline
"""
RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from declml.config.load import load
from declml.engine.run import run_plan
from declml.store.store import Store
if __name__ == "__main__":
    loaded = load(Path(sys.argv[1]), sys.argv[3:])
    run_plan(loaded.spec, Store.open(".declml", loaded.base), loaded.base, steps="toy:STEPS")
"""


class Toy:
    """The toy project in a folder."""

    def __init__(self, base: Path, spec: ProjectSpec) -> None:
        self.base, self.spec = base, spec
        self.store = Store.open(".declml", base)
        self.events: list[Event] = []
        self._told = 0

    def run(self, spec: ProjectSpec | None = None, *, steps: str = "toy:STEPS", until: str | None = None) -> RunResult:
        return run_plan(
            spec or self.spec, self.store, self.base, steps=steps, until=until, on_event=self.events.append
        )

    def plan(self, spec: ProjectSpec | None = None, *, steps: str = "toy:STEPS", until: str | None = None) -> Plan:
        return make_plan(spec or self.spec, self.store, self.base, steps=steps_at(steps), until=until)

    def ran(self) -> list[str]:
        """What ran since the last time of asking."""
        file = self.base / "ran.txt"
        lines = file.read_text().splitlines() if file.exists() else []
        new, self._told = lines[self._told :], len(lines)
        return new

    def trap(self, step: str, kind: str = "") -> None:
        """Set a trap, or take it away."""
        file = self.base / f"trap-{step}"
        if kind:
            file.write_text(kind)
        else:
            file.unlink()

    def start(self, *overrides: str) -> subprocess.Popen[str]:
        """The run in a process of its own."""
        (self.base / "toy.yaml").write_text(SPEC)
        return subprocess.Popen(
            [sys.executable, "-c", RUN, str(self.base / "toy.yaml"), str(HERE), *overrides],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def with_(self, **changes: Any) -> ProjectSpec:
        """The spec with other values: trials, test, or a field of the spec itself."""
        spec = self.spec
        if "trials" in changes:
            tune = spec.model.tune.model_copy(update={"trials": changes.pop("trials")})
            spec = spec.model_copy(update={"model": spec.model.model_copy(update={"tune": tune})})
        if "test" in changes:
            split = spec.split.model_copy(update={"test": changes.pop("test")})
            spec = spec.model_copy(update={"split": split})
        if "drop" in changes:
            features = spec.features.model_copy(update={"drop": changes.pop("drop")})
            spec = spec.model_copy(update={"features": features})
        return spec.model_copy(update=changes)


@pytest.fixture(scope="session")
def toy_spec(tmp_path_factory: pytest.TempPathFactory) -> ProjectSpec:
    folder = tmp_path_factory.mktemp("spec")
    (folder / "toy.yaml").write_text(SPEC)
    (folder / "data.csv").write_text("x,y\n1,2\n")
    return load(folder / "toy.yaml").spec


@pytest.fixture
def toy(tmp_path: Path, toy_spec: ProjectSpec, monkeypatch: pytest.MonkeyPatch) -> Toy:
    monkeypatch.syspath_prepend(str(HERE))
    (tmp_path / "data.csv").write_text("x,y\n1,2\n")
    return Toy(tmp_path, toy_spec)
