"""Where each value of a composed config came from.

The node trees of the files are laid over one another the way Hydra merges them (a mapping merges, anything else
replaces), then the overrides are laid on top. A lookup answers the nearest known place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from declml.core.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from declml.config.yaml_guard import Document

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Origin:
    """One value: the place of its key and of itself, its scalar as written, and its children."""

    key: Place | None = None
    value: Place | None = None
    scalar: yaml.ScalarNode | None = None
    document: Document | None = None
    children: dict[str | int, Origin] = field(default_factory=dict)
    is_mapping: bool = False


class Origins:
    """The places of one composition."""

    def __init__(self) -> None:
        self._root = Origin(is_mapping=True)

    def lay(self, document: Document, package: str) -> None:
        """Lay a file's tree over what is there, under its package; its own `defaults` list is not part of the config."""
        node = document.root
        if not isinstance(node, yaml.MappingNode):
            return
        target = self._root
        words = [word for word in package.split(".") if word and word != "_global_"]
        for word in words:
            target = target.children.setdefault(word, Origin(is_mapping=True))
            if not target.is_mapping:
                target.children, target.is_mapping, target.scalar = {}, True, None
            target.key = target.key or Place(document.file, 1, 1)
            target.value, target.document = Place(document.file, 1, 1), document
        if not words and target.value is None:
            target.value, target.document = Place(document.file, 1, 1), document
        self._merge(target, node, document, skip="defaults")

    def override(self, path: Sequence[str], value: Any, text: str) -> None:
        """Lay an override, as typed, over what is there."""
        place = Place(override=text)
        target = self._root
        for word in path[:-1]:
            child = target.children.get(_index(word, target))
            if child is None:
                child = target.children[_index(word, target)] = Origin(place, place, is_mapping=True)
            elif not child.is_mapping and not child.children:
                child.is_mapping, child.scalar = True, None
            target = child
        self._put(target, _index(path[-1], target), value, place)

    def remove(self, path: Sequence[str]) -> None:
        """Take a deleted value away."""
        target: Origin | None = self._root
        for word in path[:-1]:
            target = target.children.get(_index(word, target)) if target else None
        if target:
            target.children.pop(_index(path[-1], target), None)

    def open(self, path: Path, inner: Path) -> None:
        """Sugar at `path` became a mapping whose value at `inner` is what stood there."""
        target = self.exact(path)
        if target is None:
            return
        leaf = Origin(target.key, target.value, target.scalar, target.document, target.children, target.is_mapping)
        target.children, target.is_mapping, target.scalar = {}, True, None
        for word in inner[:-1]:
            child = target.children[word] = Origin(target.key, target.value, is_mapping=True)
            target = child
        if inner:
            target.children[inner[-1]] = leaf

    def put_document(self, path: Path, document: Document) -> None:
        """What stands at `path` is the content of a file."""
        target = self.exact(path)
        if target is not None and isinstance(document.root, yaml.MappingNode):
            target.children, target.is_mapping, target.scalar = {}, True, None
            target.document, target.value = document, Place(document.file, 1, 1)
            self._merge(target, document.root, document)

    def exact(self, path: Path) -> Origin | None:
        """The origin of exactly this path."""
        found = self._root
        for word in path:
            child = _child(found, word)
            if child is None:
                return None
            found = child
        return found

    def nearest(self, path: Path) -> tuple[Origin, Path]:
        """The origin of this path or of its nearest known ancestor, and which path that is."""
        found, known = self._root, 0
        for word in path:
            child = _child(found, word)
            if child is None or child.value is None:
                break
            found, known = child, known + 1
        return found, path[:known]

    def _merge(self, target: Origin, node: yaml.MappingNode, document: Document, skip: str = "") -> None:
        for key, value in node.value:
            if key.value == skip:
                continue
            word = _plain(key)
            child = target.children.get(word)
            if child is None or not (child.is_mapping and isinstance(value, yaml.MappingNode)):
                child = target.children[word] = Origin()
            self._fill(child, value, document)
            child.key = document.place(key.start_mark)

    def _fill(self, origin: Origin, node: yaml.Node, document: Document) -> None:
        origin.value = origin.key = document.place(node.start_mark)
        origin.document = document
        if isinstance(node, yaml.ScalarNode):
            origin.scalar = node
        elif isinstance(node, yaml.MappingNode):
            origin.is_mapping = True
            self._merge(origin, node, document)
        elif isinstance(node, yaml.SequenceNode):
            for number, one in enumerate(node.value):
                child = origin.children[number] = Origin()
                self._fill(child, one, document)

    def _put(self, target: Origin, word: str | int, value: Any, place: Place) -> None:
        child = target.children.get(word)
        if child is None or not (child.is_mapping and isinstance(value, dict)):
            child = target.children[word] = Origin(place, place)
        child.key, child.value = child.key or place, place
        if isinstance(value, dict):
            child.is_mapping = True
            for key, one in value.items():
                self._put(child, key, one, place)
        elif isinstance(value, list):
            child.key = place
            for number, one in enumerate(value):
                self._put(child, number, one, place)
        else:
            child.key, child.scalar, child.document = place, None, None


def _child(origin: Origin, word: str | int) -> Origin | None:
    """A child by its key; a key that YAML read as a number is found by its text too."""
    found = origin.children.get(word)
    return origin.children.get(int(word)) if found is None and isinstance(word, str) and word.isdecimal() else found


def _plain(key: yaml.Node) -> Any:
    """A mapping's key as Python reads it."""
    if isinstance(key, yaml.ScalarNode) and key.tag in {"tag:yaml.org,2002:int", "tag:yaml.org,2002:bool"}:
        return yaml.constructor.SafeConstructor().construct_object(key)
    return key.value if isinstance(key, yaml.ScalarNode) else ""


def _index(word: str, target: Origin) -> str | int:
    """A word of an override's path: a number where it points into a list."""
    return int(word) if word.isdigit() and not target.is_mapping and target.children else word
