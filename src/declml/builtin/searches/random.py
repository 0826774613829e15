"""Settings drawn at random."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from declml.api import Asker, Axis, Choose, Search

if TYPE_CHECKING:
    import numpy as np


class Random(Search):
    """Every setting is drawn on its own, evenly over its range (over its logarithm where the range says so)."""

    type: Literal["random"] = "random"

    def start(self, axes: dict[str, Axis], seed: int) -> Asker:
        """Begin to draw."""
        return _Draws(axes, seed)


class _Draws:
    def __init__(self, axes: dict[str, Axis], seed: int) -> None:
        import numpy as np

        self._axes, self._generator = axes, np.random.default_rng(seed)

    def ask(self) -> dict[str, object]:
        return {name: draw(axis, self._generator) for name, axis in self._axes.items()}

    def tell(self, settings: dict[str, object], value: float | None) -> None:
        """Nothing is learnt."""


def draw(axis: Axis, generator: np.random.Generator) -> object:
    """One value of an axis."""
    dimension = axis.dimension
    if isinstance(dimension, Choose):
        return dimension.options[int(generator.integers(len(dimension.options)))]
    low, high = dimension.low, dimension.high
    if axis.integer and not dimension.log:
        return int(generator.integers(int(low), int(high) + 1))
    if dimension.log:
        value = math.exp(generator.uniform(math.log(low), math.log(high)))
    else:
        value = float(generator.uniform(low, high))
    value = min(max(value, low), high)
    return round(value) if axis.integer else value
