"""The field types of the spec language."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, SerializeAsAny, Strict
from pydantic_core import PydanticCustomError

from declml.core.errors import SpecError
from declml.core.reference import reveal
from declml.core.units import parse_duration, parse_fraction, parse_size
from declml.plugin.component import Component
from declml.plugin.kinds.backend import Backend
from declml.plugin.kinds.channel import Channel
from declml.plugin.kinds.compressor import Compressor
from declml.plugin.kinds.executor import Executor
from declml.plugin.kinds.framework import Framework
from declml.plugin.kinds.search import Search
from declml.plugin.kinds.sink import Sink
from declml.plugin.kinds.source import Source
from declml.plugin.registry import registry

T = TypeVar("T")

Items = Annotated[tuple[T, ...], Strict(False)]
"""A YAML list, kept as a tuple."""


def _duration(value: object) -> float:
    return float(value) if isinstance(value, float) else parse_duration(value)


def _size(value: object) -> int:
    return parse_size(value)


Duration = Annotated[float, BeforeValidator(_duration)]
"""Seconds, written as `30d`, `5ms`, `6h`."""
Size = Annotated[int, BeforeValidator(_size)]
"""Bytes, written as `2MB`."""
Fraction = Annotated[float, BeforeValidator(parse_fraction)]
"""A share of 1, written as `20%` or `0.2`."""


def _with_secrets(component: type[Component], value: dict[str, Any]) -> dict[str, Any]:
    """The settings with references revealed where the field is secret: from then on the field masks itself."""
    secret = {name for name, field in component.model_fields.items() if "SecretStr" in repr(field.annotation)}
    return {name: _revealed(one) if name in secret else one for name, one in value.items()}


def _revealed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _revealed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_revealed(one) for one in value]
    return reveal(value) if isinstance(value, str) else value


def _facts(error: SpecError, kind: str, name: str) -> dict[str, Any]:
    return {"what": error.what, "code": error.code, "next": error.next, "kind": kind, "type": name}


def _build(kind: str) -> PlainValidator:
    """Find the component's class by `type` only when a spec names it: other types cost nothing."""

    def build(value: object) -> Any:
        if isinstance(value, Component):
            return value
        if not isinstance(value, str | dict):
            raise PydanticCustomError("component_shape", "a {kind} is a type or a mapping with type", {"kind": kind})
        name = value if isinstance(value, str) else value.get("type")
        if name is None:
            raise PydanticCustomError("component_untyped", "a {kind} needs a type", {"kind": kind})
        try:
            found = registry().find(kind, str(name))
        except SpecError as error:
            raise PydanticCustomError("component_unknown", "{what}", _facts(error, kind, str(name))) from None
        return found.model_validate({"type": value} if isinstance(value, str) else _with_secrets(found, value))

    return PlainValidator(build)


_dump = PlainSerializer(lambda component: component.identity(), return_type=dict)

AnySource = Annotated[SerializeAsAny[Source], _build("source"), _dump]
AnySink = Annotated[SerializeAsAny[Sink], _build("sink"), _dump]
AnyFramework = Annotated[SerializeAsAny[Framework], _build("framework"), _dump]
AnySearch = Annotated[SerializeAsAny[Search], _build("search"), _dump]
AnyChannel = Annotated[SerializeAsAny[Channel], _build("channel"), _dump]
AnyExecutor = Annotated[SerializeAsAny[Executor], _build("executor"), _dump]
AnyBackend = Annotated[SerializeAsAny[Backend], _build("backend"), _dump]
AnyCompressor = Annotated[SerializeAsAny[Compressor], _build("compressor"), _dump]
