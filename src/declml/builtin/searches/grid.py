"""Settings from a lattice, in order."""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Literal

from pydantic import Field

from declml.api import Asker, Axis, Choose, Search


class Grid(Search):
    """Every combination of `points` values for each range and of all options, then the same again.

    The first combinations differ in the last axis. `trials` of the spec says how many are tried.
    """

    type: Literal["grid"] = "grid"
    points: Annotated[int, Field(ge=1, le=100)] = 3

    def start(self, axes: dict[str, Axis], seed: int) -> Asker:  # noqa: ARG002 - a lattice needs no chance
        """Begin at the first corner."""
        return _Walk({name: lattice(axis, self.points) for name, axis in axes.items()})


class _Walk:
    def __init__(self, values: dict[str, list[object]]) -> None:
        self._names, self._corners = list(values), itertools.cycle(itertools.product(*values.values()))

    def ask(self) -> dict[str, object]:
        return dict(zip(self._names, next(self._corners), strict=True))

    def tell(self, settings: dict[str, object], value: float | None) -> None:
        """Nothing is learnt."""


def lattice(axis: Axis, points: int) -> list[object]:
    """Evenly spaced values of an axis, ends included; the middle when there is one point."""
    dimension = axis.dimension
    if isinstance(dimension, Choose):
        return list(dimension.options)
    low, high = (
        (math.log(dimension.low), math.log(dimension.high)) if dimension.log else (dimension.low, dimension.high)
    )
    places = [0.5] if points == 1 else [i / (points - 1) for i in range(points)]
    raw = [low + (high - low) * place for place in places]
    values = [min(max(math.exp(v) if dimension.log else v, dimension.low), dimension.high) for v in raw]
    return list(dict.fromkeys(round(v) if axis.integer else v for v in values))
