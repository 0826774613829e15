"""A release with a real reference profile in a real store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from declml.core.digest import canonical
from declml.monitoring.window import Window
from declml.stats.profile import Profile
from declml.stats.table import TableProfile
from declml.store.release import Release
from declml.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 5000
LABELS = ("mon", "tue", "sun")
FEATURES = (
    {"name": "load", "categories": []},
    {"name": "fixed", "categories": []},
    {"name": "day", "categories": list(LABELS)},
)
COLUMNS = {
    "load": {"type": "float", "min": -1000.0, "max": 1000.0},
    "fixed": {"type": "float"},
    "day": {"type": "category", "values": list(LABELS)},
    "key": {"type": "text"},
    "target": {"type": "category", "values": ["no", "yes"]},
}  # fmt: skip


def rows(seed: int, n: int = ROWS, *, shift: float = 0.0, nulls: float = 0.01) -> np.ndarray:
    """float32 [n, 3]: normal, constant 0.003, three days; a share of nulls in the first column."""
    rng = np.random.default_rng(seed)
    X = np.empty((n, 3), np.float32)
    X[:, 0] = rng.normal(shift, 1.0, n)
    X[:, 1] = 0.003
    X[:, 2] = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    X[rng.random(n) < nulls, 0] = np.nan
    return X


def answers(X: np.ndarray) -> np.ndarray:
    """float32 [n, 2]: a logistic answer to the first column."""
    second = 1 / (1 + np.exp(-np.nan_to_num(X[:, 0])))
    return np.stack([1 - second, second], axis=1).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open("store", tmp_path)


def reference_of(X: np.ndarray, prediction: Profile) -> TableProfile:
    day = np.where(np.isnan(X[:, 2]), -1, X[:, 2]).astype(np.int32)
    return TableProfile(
        [
            Profile.fit_number(X[:, 0], name="load"),
            Profile.fit_number(X[:, 1], name="fixed"),
            Profile.fit_category(day, LABELS, name="day"),
            prediction,
        ]
    )


@pytest.fixture
def release(store: Store) -> Release:
    X = rows(0)
    profile = reference_of(X, Profile.fit_number(answers(X)[:, 1], name="prediction"))
    artifacts = {
        "profile": store.objects.put(profile.to_bytes()),
        "schema": store.objects.put(canonical({"columns": COLUMNS, "max_bad_rows": 0.01})),
    }
    return Release(
        project="grid", number=3, task="classification", target="target", features=FEATURES, classes=("no", "yes"),
        class_values=("no", "yes"), artifacts=artifacts, metrics={}, gates=(), lineage={}, created=0.0,
    )  # fmt: skip


@pytest.fixture
def window() -> Callable[..., Window]:
    """`window(X)`: these rows as if they had been logged."""

    def make(X: np.ndarray, y: np.ndarray | None = None) -> Window:
        return Window(X, answers(X) if y is None else y, "log", "the prediction log", 0.0, 3600.0)

    return make
