"""What YAML 1.1 reads otherwise than it looks: unquoted words and numbers, keys written twice, tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from declml.config.yaml_errors import snippet
from declml.core.place import Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

TAG = "tag:yaml.org,2002:"
PLAIN = {TAG + name for name in ("null", "bool", "int", "float", "str", "seq", "map", "merge", "value")}
_TRUE_FALSE = {"true", "false"}
_OCTAL = re.compile(r"[-+]?0[0-9_]+")


def trap(node: yaml.ScalarNode) -> str:
    """The reading that surprises, or nothing: `NO` is false, `01234` is 668, `1:30` is 90."""
    if node.style:
        return ""
    if node.tag == TAG + "bool" and node.value.lower() not in _TRUE_FALSE:
        return str(node.value.lower() in {"yes", "on", "y"}).lower()
    if node.tag in {TAG + "int", TAG + "float"} and (":" in node.value or _OCTAL.fullmatch(node.value)):
        return f"the number {_number(node)}"
    return ""


def _number(node: yaml.ScalarNode) -> object:
    constructor = yaml.constructor.SafeConstructor()
    try:
        return constructor.construct_object(node)
    except ValueError:
        return "?"


def findings(root: yaml.Node, file: str, text: str) -> Iterator[Diagnostic]:
    """Everything wrong in the source itself, in file order."""
    seen: set[int] = set()
    stack: list[tuple[yaml.Node, str]] = [(root, "")]
    while stack:
        node, path = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield from _of_node(node, path, file, text)
        if isinstance(node, yaml.MappingNode):
            yield from _twice(node, path, file, text)
            for key, value in reversed(node.value):
                stack += [(value, _join(path, getattr(key, "value", "?"))), (key, path)]
        elif isinstance(node, yaml.SequenceNode):
            stack += reversed([(one, f"{path}[{i}]") for i, one in enumerate(node.value)])


def scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Every scalar value below a node, in file order."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from scalars(one)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from scalars(value)


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _at(node: yaml.Node, file: str, text: str) -> tuple[Place, str]:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    return Place(file, line, column), snippet(text, line, column)


def _of_node(node: yaml.Node, path: str, file: str, text: str) -> Iterator[Diagnostic]:
    place, shown = _at(node, file, text)
    if node.tag not in PLAIN:
        what = f"the tag '{node.tag.removeprefix(TAG)}' is not allowed: a spec holds data, never code"
        yield Diagnostic("E1013", what, place, path, shown, "remove the tag")
    elif isinstance(node, yaml.ScalarNode) and (read := trap(node)):
        what = f"YAML 1.1 reads the unquoted {node.value} as {read}"
        hint = f'quote this: "{node.value}"' + (", or write true or false" if node.tag == TAG + "bool" else "")
        yield Diagnostic("E1011", what, place, path, shown, hint)


def _twice(node: yaml.MappingNode, path: str, file: str, text: str) -> Iterator[Diagnostic]:
    first: dict[tuple[str, str], yaml.Node] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            place, shown = _at(key, file, text)
            yield Diagnostic("E1005", "a key must be a word", place, path, shown, "quote it if it is meant as text")
            continue
        if key.tag == TAG + "merge":
            continue
        name = (key.tag, key.value)
        if name in first:
            place, shown = _at(key, file, text)
            line = first[name].start_mark.line + 1
            what = f"'{key.value}' is written twice; the first is in line {line}"
            yield Diagnostic("E1012", what, place, _join(path, key.value), shown, "keep one of them")
        first.setdefault(name, key)
