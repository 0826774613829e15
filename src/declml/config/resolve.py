"""Interpolations, one value at a time, so that every broken one is found at once; the environment stays a reference."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import (
    GrammarParseError,
    InterpolationKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    UnsupportedInterpolationType,
)

from declml.core.reference import REFERENCE, decoded, reveal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from omegaconf.base import Container

Path = tuple[str | int, ...]
_OPEN, _CLOSE = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that cannot be resolved."""

    path: Path
    code: str
    what: str
    hint: str = ""


@dataclass(slots=True)
class Resolved:
    """The data with every interpolation resolved but those to the environment, and what could not be."""

    data: dict[str, Any]
    broken: list[Broken] = field(default_factory=list)


def resolve(config: DictConfig) -> Resolved:
    """Resolve everything below `config` but Hydra's own part."""
    out = Resolved({})
    with _environment_as_reference():
        out.data = {
            str(key): value
            for key in config
            if key != "hydra" and (value := _value(config, key, (str(key),), out)) is not _NOTHING
        }
    return out


_NOTHING = object()


def _value(parent: Container, key: Any, path: Path, out: Resolved) -> Any:
    try:
        node = parent._get_node(key)
        if isinstance(node, DictConfig | ListConfig) and not (node._is_interpolation() or node._is_none()):
            return _container(node, path, out)
        value = parent[key]
        if isinstance(value, DictConfig | ListConfig):
            value = _container(value, path, out)
        return _restore(value)
    except OmegaConfBaseException as error:
        out.broken.append(_told(error, path))
    except RecursionError:
        out.broken.append(Broken(path, "E1014", "this interpolation leads back to itself", "break the circle"))
    return _NOTHING


def _container(node: DictConfig | ListConfig, path: Path, out: Resolved) -> Any:
    if isinstance(node, DictConfig):
        pairs = ((key, _value(node, key, (*path, _word(key)), out)) for key in node)
        return {key: value for key, value in pairs if value is not _NOTHING}
    values = (_value(node, number, (*path, number), out) for number in range(len(node)))
    return [value for value in values if value is not _NOTHING]


def _word(key: Any) -> str | int:
    return key if isinstance(key, str | int) else str(key)


def _told(error: OmegaConfBaseException, path: Path) -> Broken:
    text = str(error.msg or error).splitlines()[0]
    if "DECLML-ENV:" in text:
        name = text.split("DECLML-ENV:")[1].split(":")[0]
        hint = f"export {name}=..., or give a default: ${{oc.env:{name},value}}"
        return Broken(path, "E1015", f"the environment variable {name} is not set", hint)
    if isinstance(error, MissingMandatoryValue):
        return Broken(path, "E1004", "a value must be given here: ??? stands for 'not yet'", "write it, or override it")
    return Broken(path, "E1014", *_interpolation(error, text))


def _interpolation(error: OmegaConfBaseException, text: str) -> tuple[str, str]:
    """What is wrong with an interpolation, and the way out."""
    if "recursi" in text.lower():
        return "this interpolation leads back to itself", "break the circle"
    if isinstance(error, InterpolationKeyError):
        name = text.split("'")[1] if "'" in text else ""
        return f"there is no key '{name}' for this interpolation", ""
    if isinstance(error, UnsupportedInterpolationType):
        return f"{text[0].lower()}{text[1:]}", "known: oc.env, oc.select, oc.decode, oc.dict.keys, now"
    if isinstance(error, GrammarParseError):
        return "this interpolation is not closed or not well formed", "write ${key} or ${oc.env:NAME}"
    return f"this interpolation cannot be resolved: {text}", ""


class _EnvironmentError(ValueError):
    pass


@contextmanager
def _environment_as_reference() -> Iterator[None]:
    """While this holds, `${oc.env:X}` gives a mark, and decoding a mark decodes its value: a decoded value is no secret."""
    from omegaconf._utils import _DEFAULT_MARKER_
    from omegaconf.resolvers import oc

    def env(name: str, default: Any = _DEFAULT_MARKER_) -> Any:
        if name in os.environ:
            return f"{_OPEN}{name}{_CLOSE}"
        if default is _DEFAULT_MARKER_:
            raise _EnvironmentError(f"DECLML-ENV:{name}:")
        return None if default is None else str(default)

    def decode(text: str | None, _parent_: Any, _node_: Any) -> Any:
        plain = None if text is None else reveal(_restore(text))
        return oc.decode(plain, _parent_, _node_)

    OmegaConf.register_new_resolver("oc.env", env, replace=True)
    OmegaConf.register_new_resolver("oc.decode", decode, replace=True)
    try:
        yield
    finally:
        OmegaConf.register_new_resolver("oc.env", oc.env, replace=True)
        OmegaConf.register_new_resolver("oc.decode", oc.decode, replace=True)


def _restore(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_OPEN, "${oc.env:").replace(_CLOSE, "}")
    if isinstance(value, dict):
        return {key: _restore(one) for key, one in value.items()}
    return [_restore(one) for one in value] if isinstance(value, list) else value


def keeps_reference(path: Path) -> bool:
    """Whether a text here may be a secret, and so stays `${oc.env:NAME}` until it is used.

    Kept: the store, and every setting of a source, sink or channel but its type and path. Elsewhere a variable of the
    environment is an ordinary value (a name, a number, a path, an address) and is read when the spec is loaded. A field of
    type SecretStr is filled when the component is built, and masks itself from then on.
    """
    if path[:1] == ("store",):
        return True
    inside = path[:2] in {
        ("data", "train"), ("data", "sources"), ("data", "labels"), ("deployment", "sinks"), ("monitor", "alerts"),
    }  # fmt: skip
    return inside and path[-1] not in {"type", "path"}


def read_environment(data: Any, path: Path = ()) -> Any:
    """`data` with the references revealed that need not be kept."""
    if isinstance(data, dict):
        return {key: read_environment(one, (*path, key)) for key, one in data.items()}
    if isinstance(data, list):
        return [read_environment(one, (*path, number)) for number, one in enumerate(data)]
    if isinstance(data, str) and REFERENCE.search(data) and not keeps_reference(path):
        return reveal(data)
    return data


def references(data: Any, path: Path = ()) -> dict[Path, str]:
    """The text of every value that refers to the environment, by its path."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found: dict[Path, str] = {}
    for key, one in pairs:
        if isinstance(one, str) and REFERENCE.search(one):
            found[*path, key] = one
        else:
            found |= references(one, (*path, key))
    return found


def decode_at(data: Any, paths: list[Path], interpolated: Callable[[Path], bool]) -> bool:
    """Read texts that came from interpolations as YAML would, in place, where text did not fit; whether there were any.

    Variables of the environment are text; `trials: ${oc.env:TRIALS}` wants a number.
    """
    changed = False
    for path in paths:
        here = data
        for word in path[:-1]:
            here = _step(here, word)
        value = _step(here, path[-1]) if path else None
        if isinstance(value, str) and interpolated(path):
            here[path[-1]] = decoded(reveal(value))
            changed = True
    return changed


def _step(data: Any, word: str | int) -> Any:
    try:
        return data[word]
    except (KeyError, IndexError, TypeError):
        return None
