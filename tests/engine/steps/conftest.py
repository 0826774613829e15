"""A project in a folder: rows, a spec, a store, and the real engine in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from declml.config.load import load
from declml.engine.run import RunResult, run_plan
from declml.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from declml.spec.root import ProjectSpec

QUICK = "model: {try: [%s], tune: {trials: 2, folds: 2}}\nengine: {type: inline}\n"


@dataclass
class Project:
    """One spec file and its store."""

    base: Path
    name: str = "toy"
    family: str = "hist_gbm"

    def write(self, rows: str, spec: str, file: str = "rows.csv") -> None:
        (self.base / file).write_text(rows)
        self.respec(spec, file)

    def respec(self, spec: str, file: str = "rows.csv") -> None:
        text = f"name: {self.name}\ndata: {file}\n" + spec
        quick = "" if "model:" in spec else QUICK % self.family
        (self.base / f"{self.name}.yaml").write_text(text + "\n" + (quick if "engine:" not in text else ""))

    @property
    def spec(self) -> ProjectSpec:
        return load(self.base / f"{self.name}.yaml").spec

    @property
    def store(self) -> Store:
        return Store.open(".declml", self.base)

    def run(self, until: str | None = None) -> RunResult:
        return run_plan(self.spec, self.store, self.base, until=until)

    def read(self, result: RunResult, artifact: str) -> bytes:
        return self.store.objects.read(result.artifacts[artifact])

    def json(self, result: RunResult, artifact: str) -> Any:
        return json.loads(self.read(result, artifact))

    def facts(self, step: str) -> dict[str, Any]:
        record = self.store.records.last_step(self.name, step)
        assert record is not None
        return record.facts


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def customers() -> Callable[..., str]:
    """CSV of customers: numbers with null, a category, a date, an id, and whether they left."""

    def make(n: int = 400, *, seed: int = 0, noise: float = 0.5, last: str = "") -> str:
        import numpy as np

        rng = np.random.default_rng(seed)
        age, plan = rng.integers(18, 90, n), rng.choice(["basic", "gold", "pro"], n)
        spend = rng.gamma(2.0, 20.0, n)
        left = (spend / 40 + (plan == "gold") * 1.5 + rng.normal(0, noise, n)) > 1.6
        days = [f"2024-{1 + i * 12 // n:02d}-{1 + i % 28:02d}" for i in range(n)]
        lines = [
            f"c{i},{age[i]},{plan[i]},{'' if i % 17 == 0 else f'{spend[i]:.2f}'},{days[i]},{'yes' if left[i] else 'no'}"
            for i in range(n)
        ]
        return "id,age,plan,spend,day,left\n" + "\n".join(lines) + "\n" + last

    return make
