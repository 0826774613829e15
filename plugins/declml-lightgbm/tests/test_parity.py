"""The ONNX model answers what LightGBM answers, on every row that float32 can hold."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import onnxruntime
import pytest
from declml_lightgbm import LightGbm, _at_most

from declml.api import Feature, Training

ROWS = 3000
CODES = 12
FEATURES = (Feature("a"), Feature("b", tuple("abcdefghijkl")), Feature("c"), Feature("never_null"), Feature("e"))
CASES = {"two classes": 2, "four classes": 4, "values": 0}


def rows(seed: int = 0) -> np.ndarray:
    """Normal, category, rounded, without null, normal; a tenth null."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(ROWS, 5)).astype(np.float32)
    X[:, 1] = rng.integers(0, CODES, ROWS)
    X[:, 2] = X[:, 2].round(1)
    X[rng.random(X.shape) < 0.1] = np.nan
    X[:, 3] = rng.normal(size=ROWS)
    return X


def training(classes: int, *, weight: np.ndarray | None = None) -> Training:
    X = rows()
    base = np.nan_to_num(X[:, 0]) + np.isin(X[:, 1], [1, 4, 7]) * 2.0 - np.isnan(X[:, 2]) + X[:, 3] ** 2
    if not classes:
        return Training(X, base * 100 + 5000, FEATURES, "regression", weight=weight)
    y = np.digitize(base, np.quantile(base, np.arange(1, classes) / classes)).astype(np.int64)
    return Training(X, y, FEATURES, "classification", tuple("abcd"[:classes]), weight)


@pytest.fixture(scope="module", params=CASES)
def fitted(request: pytest.FixtureRequest) -> tuple[LightGbm, Any, Training, onnxruntime.InferenceSession]:
    component, given = LightGbm(leaves=63, min_rows=5), training(CASES[request.param])
    model = component.fit(given)
    exported = component.to_onnx(model, FEATURES, given.task)
    return component, model, given, onnxruntime.InferenceSession(exported)


def worst(fitted: Any, X: np.ndarray) -> float:
    """Largest difference, as a share of the answers' scale."""
    component, model, _, session = fitted
    expected = component.predict(model, X)
    [answers] = session.run(["y"], {"x": X})
    assert answers.dtype == np.float32
    assert answers.shape == expected.shape
    return float(np.abs(answers - expected).max() / max(1.0, np.abs(expected).max()))


def test_training_rows(fitted: Any) -> None:
    assert worst(fitted, fitted[2].X) <= 1e-5


def test_unseen_categories_nulls_everywhere_and_infinities(fitted: Any) -> None:
    X = rows(1)
    X[: ROWS // 2, 1] = CODES
    X[np.random.default_rng(2).random(X.shape) < 0.3] = np.nan
    X[0, [0, 2, 3, 4]], X[1, [0, 2, 3, 4]], X[2] = np.inf, -np.inf, np.nan
    assert worst(fitted, X) <= 1e-5


@pytest.mark.parametrize("towards", [0.0, 1.0, -1.0])
def test_rows_on_the_thresholds_and_one_float_beside(fitted: Any, towards: float) -> None:
    """A double threshold lies between two float32 numbers; rounded wrongly it sends rows down the wrong branch."""
    found: set[float] = set()

    def collect(node: dict[str, Any]) -> None:
        if "split_feature" in node:
            if node["decision_type"] == "<=":
                found.add(float(np.clip(node["threshold"], -1e30, 1e30)))
            collect(node["left_child"])
            collect(node["right_child"])

    for tree in fitted[1].dump_model()["tree_info"]:
        collect(tree["tree_structure"])
    assert len(found) > 100
    line = np.array(sorted(found)).astype(np.float32)
    X = np.repeat((np.nextafter(line, np.float32(towards * 1e38)) if towards else line)[:, None], 5, axis=1)
    X[:, 1] = np.arange(len(X)) % CODES
    assert worst(fitted, X) <= 1e-5


def test_probabilities_add_up(fitted: Any) -> None:
    component, model, given, _ = fitted
    answers = component.predict(model, given.X)
    if given.task == "classification":
        assert answers.shape == (ROWS, len(given.classes))
        np.testing.assert_allclose(answers.sum(axis=1), 1.0, atol=1e-12)
        assert (answers.argmax(axis=1) == given.y).mean() > 0.8
    else:
        assert answers.shape == (ROWS, 1)
        assert np.corrcoef(answers[:, 0], given.y)[0, 1] > 0.95


def test_no_rows(fitted: Any) -> None:
    component, model, given, session = fitted
    nothing = given.X[:0]
    assert component.predict(model, nothing).shape == session.run(["y"], {"x": nothing})[0].shape


def test_the_same_training_gives_the_same_model_on_any_number_of_threads() -> None:
    component, given = LightGbm(columns=0.6), training(2)
    exported = [
        component.to_onnx(component.fit(Training(given.X, given.y, FEATURES, given.task, given.classes, threads=n)),
                          FEATURES, given.task)
        for n in (1, 2, 1)
    ]  # fmt: skip
    assert exported[0] == exported[1] == exported[2]


def test_weights_count() -> None:
    """Labels without any relation to the rows: the answer is the weighted share of the second class."""
    component, X = LightGbm(rounds=5, leaves=4), rows()
    y = (np.random.default_rng(5).random(ROWS) < 0.5).astype(np.int64)
    weight = np.where(y == 1, 9.0, 1.0)
    plain, weighted = (
        component.predict(component.fit(Training(X, y, FEATURES, "classification", ("a", "b"), w)), X)[:, 1].mean()
        for w in (None, weight)
    )
    assert plain == pytest.approx(0.5, abs=0.05)
    assert weighted == pytest.approx(0.9, abs=0.05)


def test_a_fitted_model_pickles(fitted: Any) -> None:
    component, model, given, _ = fitted
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(component.predict(again, given.X[:50]), component.predict(model, given.X[:50]))


@pytest.mark.parametrize("classes", [2, 4, 0])
def test_a_handful_of_rows_and_columns_without_information(classes: int) -> None:
    X = np.zeros((8, 2), np.float32)
    X[:, 1] = np.nan
    features = (Feature("constant"), Feature("empty"))
    y = np.zeros(8, np.int64) if classes else np.full(8, 3.0)
    task = "classification" if classes else "regression"
    component = LightGbm()
    model = component.fit(Training(X, y, features, task, tuple("abcd"[:classes])))
    session = onnxruntime.InferenceSession(component.to_onnx(model, features, task))
    np.testing.assert_allclose(session.run(["y"], {"x": X})[0], component.predict(model, X), atol=1e-6)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e300, -1e300, 16777217.0, -2e-35, 2e-35])
def test_thresholds_are_rounded_down(value: float) -> None:
    kept = np.float32(_at_most(value))
    assert float(kept) <= value
    if kept < np.finfo(np.float32).max:
        assert float(np.nextafter(kept, np.float32(np.inf))) > value
