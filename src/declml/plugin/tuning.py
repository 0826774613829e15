"""What may be tuned: ranges written on the fields of a framework."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, TypeVar, get_args

if TYPE_CHECKING:
    from declml.plugin.component import Component


@dataclass(frozen=True, slots=True)
class Tune:
    """The range a search may try for a number: `learning_rate: Annotated[float, Tune(0.01, 0.3, log=True)] = 0.1`.

    Bounds are included. The range of an `int` field is a range of integers.
    """

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """The values a search may try for a setting: `depth: Annotated[int | None, Choose(3, 6, None)] = None`."""

    options: tuple[object, ...]

    def __init__(self, *options: object) -> None:
        """Options in the order a grid would try them."""
        object.__setattr__(self, "options", options)


Dimension = Tune | Choose
C = TypeVar("C", bound="Component")


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a search: the range, and whether it holds integers."""

    dimension: Dimension
    integer: bool = False


def space(component: Component) -> dict[str, Axis]:
    """The tunable settings of a component that the user left open.

    A setting written in the spec is fixed: the user's word counts more than a search.
    """
    found: dict[str, Axis] = {}
    for name, field in type(component).model_fields.items():
        ranges = [meta for meta in field.metadata if isinstance(meta, Tune | Choose)]
        if ranges and name not in component.model_fields_set:
            found[name] = Axis(ranges[0], integer=_whole(field.annotation))
    return found


def _whole(annotation: object) -> bool:
    return annotation is int or set(get_args(annotation)) == {int, NoneType}


def with_settings(component: C, settings: dict[str, object]) -> C:
    """A copy of `component` with other settings, validated."""
    return type(component).model_validate({**component.model_dump(exclude_unset=True), **settings})
