"""Which keys are known where: read from the models, following what a spec says, so that a typo finds its neighbour."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from declml.core.errors import SpecError
from declml.plugin.component import Component
from declml.plugin.registry import registry
from declml.spec.root import ProjectSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]


def model_at(path: Path, data: Any) -> type[BaseModel] | None:
    """The model whose keys are written at `path` of an expanded spec."""
    here: Any = ProjectSpec
    for word in path:
        here = _field(here, str(word)) if _is_model(here) else _inner(here)
        data = step(data, word)
        here = _narrowed(here, data)
        if here is None:
            return None
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _is_model(here: Any) -> bool:
    return isinstance(here, type) and issubclass(here, BaseModel)


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys a user may write in a model."""
    return [field.alias or name for name, field in model.model_fields.items()]


def elsewhere(key: str) -> list[str]:
    """Paths of the spec language that end in `key`: a key in the wrong place."""
    return sorted({".".join(path) for path in _paths(ProjectSpec, ()) if path[-1] == key})[:3]


def _paths(model: type[BaseModel], at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        path = (*at, field.alias or name)
        yield path
        inner = _narrowed(field.annotation, None)
        if isinstance(inner, type) and issubclass(inner, BaseModel) and not issubclass(inner, Component):
            yield from _paths(inner, path)


def step(data: Any, word: str | int) -> Any:
    """One step down into data; None where there is nothing."""
    try:
        return data[word]
    except (KeyError, IndexError, TypeError):
        return None


def _field(model: type[BaseModel], word: str) -> Any:
    for name, field in model.model_fields.items():
        if word in {name, field.alias}:
            return field.annotation
    extra = model.__annotations__.get("__pydantic_extra__")
    if extra is None:
        return None
    from declml.spec.gates import Bound

    return Bound


def _inner(annotation: Any) -> Any:
    """The type of the values of a list or mapping."""
    for one in _options(annotation):
        arguments = [argument for argument in get_args(one) if argument is not Ellipsis]
        if get_origin(one) in {tuple, list, dict} and arguments:
            return arguments[-1]
    return None


def _options(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return [one for argument in get_args(annotation) for one in _options(argument)]
    return [annotation]


def _narrowed(annotation: Any, data: Any) -> Any:
    """The one model among the options of an annotation; for a component, the class that its `type` names."""
    for one in _options(annotation):
        if isinstance(one, type) and issubclass(one, Component):
            name = data.get("type") if isinstance(data, dict) else data
            try:
                return registry().find(one.kind, str(name))
            except SpecError:
                return one
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    literal = [one for one in _options(annotation) if get_origin(one) is Literal]
    return annotation if annotation is not None or literal else None
