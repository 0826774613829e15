"""What every statistic must keep to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from declml.stats.profile import Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from declml.plugin.kinds.statistic import Statistic

LABELS = ("a", "b", "c", "d")
SHARES = ((0.4, 0.3, 0.2, 0.1), (0.3, 0.3, 0.2, 0.2), (0.2, 0.2, 0.3, 0.3), (0.1, 0.1, 0.3, 0.5))


class StatisticSuite:
    """Conformance of a statistic. A guest's test is three lines.

        from declml.testing.statistic import StatisticSuite
        class TestGap(StatisticSuite):
            component = Gap()

    symmetric: whether swapping reference and current gives the same number.
    shift: whether a larger shift of all values must give a larger number.
    """

    component: ClassVar[Statistic]
    symmetric: ClassVar[bool] = True
    shift: ClassVar[bool] = True

    def kinds(self) -> list[str]:
        """The kinds of column that the statistic takes."""
        return sorted(self.component.columns)

    def test_it_is_a_component(self) -> None:
        """It has a type, a definition, and settings that survive writing and reading."""
        kind = type(self.component)
        assert self.component.type == kind.type_name()
        assert kind.__doc__
        assert kind.model_validate(self.component.model_dump()) == self.component
        assert self.component.columns

    def test_nothing_changed_is_zero(self) -> None:
        """A profile compared with itself, and with a profile of the same shares."""
        for kind in self.kinds():
            reference = _reference(kind)
            assert self.component.compare(reference, reference) == 0.0
            twice = reference.merge(reference.of(_values(kind, 0)))
            assert self.component.compare(reference, twice) == pytest.approx(0.0, abs=1e-9)

    def test_a_change_is_positive(self) -> None:
        """Numbers, finite and above 0."""
        for kind in self.kinds():
            reference = _reference(kind)
            value = self.component.compare(reference, reference.of(_values(kind, 2)))
            assert isinstance(value, float)
            assert 0.0 < value < math.inf

    def test_a_larger_shift_is_larger(self) -> None:
        """Three steps of the same kind of change, in rising order."""
        if not self.shift:
            pytest.skip("this statistic does not measure shifts")
        for kind in self.kinds():
            reference = _reference(kind)
            values = [self.component.compare(reference, reference.of(_values(kind, step))) for step in range(4)]
            assert values == sorted(values)
            assert len(set(values)) == 4

    def test_symmetry(self) -> None:
        """Reference and current may be swapped, where that is claimed."""
        if not self.symmetric:
            pytest.skip("this statistic is directed")
        for kind in self.kinds():
            reference = _reference(kind)
            current = reference.of(_values(kind, 2))
            forth, back = self.component.compare(reference, current), self.component.compare(current, reference)
            assert forth == pytest.approx(back, rel=1e-6)

    def test_an_empty_side_is_not_a_number(self) -> None:
        """Not 0: nothing is known."""
        for kind in self.kinds():
            reference = _reference(kind)
            assert math.isnan(self.component.compare(reference, reference.empty()))
            assert math.isnan(self.component.compare(reference.empty(), reference))

    def test_odd_columns_do_not_break_it(self) -> None:
        """Constant, all null, one row, infinite, unseen categories: a float comes back, never an exception."""
        for kind in self.kinds():
            for reference in (_reference(kind), _fit(kind, _odd(kind)[0]), _fit(kind, _odd(kind)[1])):
                for values in _odd(kind):
                    assert isinstance(self.component.compare(reference, reference.of(values)), float)

    def test_the_profiles_stay_as_they_are(self) -> None:
        """Comparing changes nothing."""
        for kind in self.kinds():
            reference = _reference(kind)
            current = reference.of(_values(kind, 1))
            before = reference.of(_values(kind, 1))
            self.component.compare(reference, current)
            assert current == before


def _values(kind: str, step: int, rows: int = 3000) -> NDArray[np.float32] | NDArray[np.int32]:
    """Evenly spread values without chance; each `step` moves them further."""
    if kind == "category":
        codes: NDArray[np.int32] = np.repeat(np.arange(4, dtype=np.int32), [round(s * rows) for s in SHARES[step]])
        return codes
    line = (np.arange(rows) + 0.5) / rows
    numbers: NDArray[np.float32] = (np.log(line / (1.0 - line)) + 0.3 * step).astype(np.float32)
    return numbers


def _odd(kind: str) -> list[NDArray[np.float32]] | list[NDArray[np.int32]]:
    if kind == "category":
        return [np.array(codes, np.int32) for codes in ([1] * 50, [-1] * 50, [2], [4] * 50, [])]
    numbers: tuple[list[float], ...] = (
        [3.5] * 50,
        [math.nan] * 50,
        [1.0],
        [math.inf, -math.inf, 1.0],
        [1e38, -1e38] * 20,
        [],
    )
    return [np.array(values, np.float32) for values in numbers]


def _fit(kind: str, values: NDArray[np.float32] | NDArray[np.int32]) -> Profile:
    if kind == "category":
        return Profile.fit_category(values, LABELS, name="column")
    return Profile.fit_number(values, name="column")


def _reference(kind: str) -> Profile:
    return _fit(kind, _values(kind, 0))
