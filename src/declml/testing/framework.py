"""What every framework must keep to."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from declml.plugin.kinds.framework import Feature, Training
from declml.plugin.tuning import space, with_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from declml.plugin.kinds.framework import Framework

ROWS = 1200
FEATURES = (
    Feature("number"),
    Feature("rounded"),
    Feature("day", ("mon", "tue", "sun")),
    Feature("never"),
    Feature("large"),
)
CASES = {"two classes": 2, "three classes": 3, "values": 0}
TOLERANCE = 1e-5


class FrameworkSuite:
    """Conformance of a framework. A guest's test is three lines.

    from declml.testing.framework import FrameworkSuite
    class TestLightGbm(FrameworkSuite):
        component = LightGbm()
    """

    component: ClassVar[Framework]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each test that trains runs for the tasks of the framework."""
        if "training" in metafunc.fixturenames:
            tasks = {name: "classification" if classes else "regression" for name, classes in CASES.items()}
            metafunc.parametrize("training", [n for n, t in tasks.items() if t in self.component.tasks], indirect=True)

    @pytest.fixture
    def training(self, request: pytest.FixtureRequest) -> Training:
        """Real kinds of columns: numbers, ties, categories, one that is always null, one far from zero; a tenth null."""
        return example(CASES[request.param])

    def test_it_is_a_component(self) -> None:
        """It has a type, a definition, and settings that survive writing and reading."""
        kind = type(self.component)
        assert self.component.type == kind.type_name()
        assert kind.__doc__
        assert kind.model_validate(self.component.model_dump()) == self.component

    def test_it_answers_every_row(self, training: Training) -> None:
        """Finite answers of the right shape, for null and unseen categories too; probabilities sum to 1."""
        answer = self.component.predict(self.component.fit(training), odd(training.X))
        assert answer.shape == (ROWS, max(len(training.classes), 1))
        assert answer.dtype == np.float64
        assert np.isfinite(answer).all()
        if training.task == "classification":
            assert answer.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
            assert (answer >= 0).all()

    def test_it_learns(self, training: Training) -> None:
        """Better than one answer for every row."""
        answer = self.component.predict(self.component.fit(training), training.X)
        if training.task == "classification":
            common = np.bincount(training.y.astype(np.int64)).max() / ROWS
            assert (answer.argmax(axis=1) == training.y).mean() > common + 0.05
        else:
            assert ((answer[:, 0] - training.y) ** 2).mean() < 0.8 * np.var(training.y)

    def test_the_same_training_gives_the_same_model(self, training: Training) -> None:
        """Answers are equal to the last bit, also after pickling; the training stays as it is."""
        before = training.X.copy()
        first, second = self.component.fit(training), self.component.fit(training)
        restored = pickle.loads(pickle.dumps(first))  # noqa: S301 - made here
        expected = self.component.predict(first, odd(training.X))
        assert np.array_equal(expected, self.component.predict(second, odd(training.X)))
        assert np.array_equal(expected, self.component.predict(restored, odd(training.X)))
        assert np.array_equal(before, training.X, equal_nan=True)

    def test_weights_count(self, training: Training) -> None:
        """Weight on the rows of the lowest third moves the answers."""
        weight = np.where(training.y <= np.quantile(training.y, 0.34), 20.0, 1.0)
        heavy = Training(training.X, training.y, training.features, training.task, training.classes, weight)
        plain = self.component.predict(self.component.fit(training), training.X)
        moved = self.component.predict(self.component.fit(heavy), training.X)
        assert (moved[:, 0] - plain[:, 0]).mean() * (1 if training.task == "classification" else -1) > 0

    def test_onnx_answers_the_same(self, training: Training) -> None:
        """Input x, output y, and every answer within 1e-5 of the scale: null, unseen and one row at a time too."""
        import onnxruntime as ort

        model = self.component.fit(training)
        content = self.component.to_onnx(model, training.features, training.task)
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        assert [one.name for one in session.get_inputs()] == ["x"]
        X = np.concatenate([training.X, odd(training.X)])
        expected = self.component.predict(model, X)
        answered = session.run(["y"], {"x": X})[0]
        assert answered.dtype == np.float32
        assert answered.shape == expected.shape
        scale = max(1.0, float(np.abs(expected).max()))
        assert np.abs(answered - expected).max() <= TOLERANCE * scale
        assert session.run(["y"], {"x": X[:1]})[0] == pytest.approx(expected[:1], abs=TOLERANCE * scale)

    def test_the_ends_of_every_range_fit(self) -> None:
        """A search may ask for any of them."""
        training = example(2 if "classification" in self.component.tasks else 0)
        for name, axis in space(self.component).items():
            options = getattr(axis.dimension, "options", None) or (axis.dimension.low, axis.dimension.high)  # type: ignore[union-attr] # one of both
            for value in options:
                setting = int(value) if axis.integer else value
                component = with_settings(self.component, {name: setting})
                answer = component.predict(component.fit(training), training.X)
                assert np.isfinite(answer).all(), f"{name}={setting}"


def example(classes: int) -> Training:
    """A training with `classes` classes, or with values when it is 0."""
    generator = np.random.default_rng(0)
    X = np.empty((ROWS, len(FEATURES)), np.float32)
    X[:, 0] = generator.normal(size=ROWS)
    X[:, 1] = generator.integers(0, 6, ROWS) / 10
    X[:, 2] = generator.integers(0, 3, ROWS)
    X[:, 4] = generator.normal(1e6, 1.0, ROWS)
    X[generator.random(X.shape) < 0.1] = np.nan
    X[:, 3] = np.nan
    base = np.nan_to_num(X[:, 0]) + 2.0 * (X[:, 2] == 1) - np.nan_to_num(X[:, 1]) + generator.normal(0, 0.3, ROWS)
    if not classes:
        return Training(X, 50.0 + 10.0 * base, FEATURES, "regression")
    y = np.digitize(base, np.quantile(base, np.arange(1, classes) / classes)).astype(np.int64)
    return Training(X, y, FEATURES, "classification", ("a", "b", "c")[:classes])


def odd(X: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same rows with more null and with categories that no training row has."""
    other = X.copy()
    other[::3, 2] = 3
    other[::5, 0] = np.nan
    other[::7] = np.nan
    other[::11, 3] = 1.0
    return other
