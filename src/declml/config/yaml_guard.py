"""Reading YAML from strangers: limits first, then the node tree with the place of everything, then plain data.

libyaml's event reader does not recurse, so limits are checked on its events before anything is built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from declml.config import yaml_traps
from declml.config.yaml_errors import syntax_error
from declml.core.errors import SpecError
from declml.core.place import Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_NODES = 50_000
MAX_ALIASED = 1_000


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its name as users see it, its text, its node tree, its data, and what is wrong in its source."""

    file: str
    text: str
    root: yaml.Node | None
    data: Any
    findings: tuple[Diagnostic, ...] = field(default=())

    def place(self, mark: yaml.Mark) -> Place:
        """The place of a mark."""
        return Place(self.file, mark.line + 1, mark.column + 1)


def read_yaml(text: str, file: str) -> Document:
    """The document of one YAML text.

    Raises:
        SpecError: E1002 it is not YAML, E1010 it is beyond a limit, E1013 it carries a tag.
    """
    if len(text) > MAX_BYTES:
        raise _beyond(file, f"{len(text)} characters are more than {MAX_BYTES}")
    try:
        _check_events(text, file)
        root = yaml.compose(text, Loader=_loader())
    except yaml.YAMLError as error:
        raise SpecError.of([syntax_error(text, file, error)]) from None
    if root is None:
        return Document(file, text, None, None)
    findings = tuple(yaml_traps.findings(root, file, text))
    tagged = [found for found in findings if found.code == "E1013"]
    if tagged:
        raise SpecError.of(tagged)
    constructor = yaml.constructor.SafeConstructor()
    try:
        data = constructor.construct_document(root)
    except (yaml.YAMLError, ValueError) as error:
        raise SpecError.of([syntax_error(text, file, error)]) from None
    return Document(file, text, root, data, findings)


@cache
def _loader() -> Any:
    from omegaconf._utils import get_yaml_loader

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = get_yaml_loader().yaml_implicit_resolvers
    return type("GuardedLoader", (base,), {"yaml_implicit_resolvers": resolvers})


def _beyond(file: str, what: str, line: int = 0, column: int = 0, hint: str = "split the file") -> SpecError:
    found = Diagnostic("E1010", f"this YAML is beyond a limit: {what}", Place(file, line, column), hint=hint)
    return SpecError.of([found])


def _check_events(text: str, file: str) -> None:
    """Depth, the number of nodes written, and the number of nodes that aliases add."""
    depth = written = aliased = 0
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    total = 0
    for event in _events(text):
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            if anchor not in sizes:
                raise _beyond(file, f"the alias *{anchor} refers to itself or to nothing", line, column, "write it out")
            aliased += sizes[anchor]
            total += sizes[anchor]
        elif isinstance(event, yaml.ScalarEvent):
            written += 1
            total += 1
            sizes |= {anchor: 1} if anchor else {}
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            written += 1
            opened.append((anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            name, before = opened.pop()
            sizes |= {name: total - before} if name else {}
        if depth > MAX_DEPTH:
            raise _beyond(file, f"it is nested more than {MAX_DEPTH} deep", line, column)
        if written > MAX_NODES:
            raise _beyond(file, f"more than {MAX_NODES} values are written", line, column)
        if aliased > MAX_ALIASED:
            raise _beyond(file, f"aliases add more than {MAX_ALIASED} values", line, column)


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
