"""What every metric must keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from declml.plugin.kinds.framework import Task
    from declml.plugin.kinds.metric import Metric

ROWS = 400


class MetricSuite:
    """Conformance of a metric. A guest's test is three lines.

    from declml.testing.metric import MetricSuite
    class TestMcc(MetricSuite):
        component = Mcc()
    """

    component: ClassVar[Metric]

    def cases(self) -> list[tuple[NDArray[np.int64] | NDArray[np.float64], NDArray[np.float64]]]:
        """Truth and middling answers of every task of the metric."""
        found = []
        for task in sorted(self.component.tasks):
            found += [case(task, classes) for classes in ((2,) if self.component.binary_only else (2, 3))]
        return found

    def test_it_is_a_component(self) -> None:
        """It has a type, a definition, tasks, and settings that survive writing and reading."""
        kind = type(self.component)
        assert self.component.type == kind.type_name()
        assert kind.__doc__
        assert self.component.tasks
        assert kind.model_validate(self.component.model_dump()) == self.component

    def test_better_answers_have_better_values(self) -> None:
        """From noise to the truth, in the direction of `higher_is_better`."""
        for truth, answer in self.cases():
            right = perfect(truth, answer)
            values = [self.component.score(truth, (1 - share) * answer + share * right) for share in (0.0, 0.5, 1.0)]
            assert values == sorted(values, reverse=not self.component.higher_is_better)
            assert values[0] != values[2]

    def test_values_are_within_the_bounds(self) -> None:
        """A float between the two ends that the metric states."""
        low, high = self.component.bounds
        for truth, answer in self.cases():
            for predicted in (answer, perfect(truth, answer)):
                value = self.component.score(truth, predicted)
                assert isinstance(value, float)
                assert low - 1e-12 <= value <= high + 1e-12

    def test_a_weight_of_two_is_the_row_twice(self) -> None:
        """And a weight of nought is no row."""
        for truth, answer in self.cases():
            weight = (np.arange(ROWS) % 3).astype(np.float64)
            rows = np.repeat(np.arange(ROWS), weight.astype(np.int64))
            expected = self.component.score(truth[rows], answer[rows])
            assert self.component.score(truth, answer, weight) == pytest.approx(expected, rel=1e-9)

    def test_order_does_not_count(self) -> None:
        """Rows may come in any order, and are not changed."""
        for truth, answer in self.cases():
            order = np.random.default_rng(1).permutation(ROWS)
            before = answer.copy()
            assert self.component.score(truth[order], answer[order]) == pytest.approx(
                self.component.score(truth, answer)
            )
            assert np.array_equal(before, answer)

    def test_odd_rows_do_not_break_it(self) -> None:
        """One row, one class, equal answers: a float comes back, NaN where it is not defined."""
        for truth, answer in self.cases():
            for rows in (slice(0, 1), truth == truth[0]):
                assert isinstance(self.component.score(truth[rows], answer[rows]), float)
            assert isinstance(self.component.score(truth, np.tile(answer[:1], (ROWS, 1))), float)


def case(task: Task, classes: int) -> tuple[NDArray[np.int64] | NDArray[np.float64], NDArray[np.float64]]:
    """Truth [n] and middling answers [n, k], with ties."""
    generator = np.random.default_rng(0)
    if task == "regression":
        truth = generator.normal(10.0, 3.0, ROWS).round(1)
        return truth, (truth + generator.normal(0.5, 2.0, ROWS)).round(1).reshape(-1, 1)
    codes = generator.integers(0, classes, ROWS)
    raw = (generator.random((ROWS, classes)) + 0.6 * np.eye(classes)[codes]).round(1) + 0.05
    return codes.astype(np.int64), raw / raw.sum(axis=1, keepdims=True)


def perfect(truth: NDArray[np.int64] | NDArray[np.float64], answer: NDArray[np.float64]) -> NDArray[np.float64]:
    """The truth as an answer."""
    if answer.shape[1] == 1:
        return truth.astype(np.float64).reshape(-1, 1)
    whole: NDArray[np.float64] = np.eye(answer.shape[1])[truth.astype(np.int64)]
    return whole
