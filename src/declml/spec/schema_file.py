"""The file `<name>.schema.yaml`: the inferred schema, for people to review, and from then on the schema."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from declml.core.errors import SpecError
from declml.core.files import write_whole
from declml.core.place import Diagnostic, Place
from declml.core.suggest import suggestion
from declml.spec.schema import Column, TableSchema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import ValidationError
    from yaml import MappingNode, Node

    from declml.spec.root import ProjectSpec

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
READ_AS_OTHERS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
HEAD = """\
# The columns of {project}, as inferred from the data. Review them: from now on this file is the schema.
# A row that breaks a rule is set aside (counted, kept in quarantine) when training, and refused when served.
# type: int, float, bool, category, text, date or datetime. Rules: nullable, min, max, values, other, unique, format.
"""


def schema_path(spec: ProjectSpec, base: Path) -> Path:
    """Where the schema file of a project lies: beside its spec."""
    return base / f"{spec.name}.schema.yaml"


def write(path: Path, schema: TableSchema | bytes, facts: Mapping[str, str] | None = None) -> None:
    """Write the schema (or its JSON text) for review, one line a column, with what was seen of it as a comment.

    Args:
        path: the file.
        schema: what to write.
        facts: by column, a few words about its values.
    """
    schema = TableSchema.from_bytes(schema) if isinstance(schema, bytes) else schema
    lines = [
        f"max_bad_rows: {schema.max_bad_rows!r}   # a run stops when a larger share of rows breaks a rule",
        "columns:",
    ]
    for name, column in schema.columns.items():
        said = (facts or {}).get(name, "").replace("\n", " ")
        lines.append(f"  {_key(name)}: {_flow(column)}" + (f"   # {said}" if said else ""))
    head = HEAD.format(project=path.name.removesuffix(".schema.yaml"))
    write_whole(path, (head + "\n".join(lines) + "\n").encode())


def read(path: Path) -> TableSchema:
    """The schema in a file.

    Raises:
        SpecError: E2020, every mistake with its line and column.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        loader = yaml.CSafeLoader(text)
        root = loader.get_single_node()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError("E2020", f"{path.name} cannot be read", where=str(path), why=str(error)) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path))
        raise SpecError("E2020", f"{path.name} is not YAML: {error.problem}", where=str(place)) from error
    found: list[Diagnostic] = []
    content = _plain(root, path, found) if root is not None else None
    if isinstance(content, dict) and "columns" not in content and not found:
        content = {"columns": content}
        root = None
    if found:
        raise SpecError.of(found)
    return _validated(content, root, path)


def _key(name: str) -> str:
    return (
        name if PLAIN.fullmatch(name) and name.lower() not in READ_AS_OTHERS else json.dumps(name, ensure_ascii=False)
    )


def _flow(column: Column) -> str:
    rules = column.model_dump(mode="json", exclude_defaults=True) | {"nullable": column.nullable}
    order = [key for key in Column.model_fields if key in rules]
    texts = [f"{key}: {rules[key] if key in {'type', 'other'} else _value(rules[key])}" for key in order]
    return "{" + ", ".join(texts) + "}"


def _value(value: Any) -> str:
    """JSON, which is YAML but for one thing: YAML 1.1 reads 1e-09 as text, and 1.0e-09 as a number."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("e", ".0e") if isinstance(value, float) and "e" in text and "." not in text else text


def _plain(node: Node, path: Path, found: list[Diagnostic]) -> Any:
    """The value of a YAML node; a key that is there twice is a finding."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value
            if name in mapping:
                found.append(
                    Diagnostic("E2020", f"'{name}' is there twice", _place(key, path), hint="remove one of them")
                )
            mapping[name] = _plain(value, path, found)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path, found) for item in node.value]
    return _scalar(node.tag, node.value)


def _scalar(tag: str, text: str) -> Any:
    kind = tag.rpartition(":")[2]
    if kind == "bool":
        return text.lower() in {"true", "yes", "on"}
    if kind == "null":
        return None
    if kind in {"int", "float"}:
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            return text
    return text


def _validated(content: Any, root: Node | None, path: Path) -> TableSchema:
    from pydantic import ValidationError

    if not isinstance(content, dict) or not isinstance(content.get("columns"), dict):
        raise SpecError(
            "E2020", f"{path.name} has no columns", where=str(path), next="delete it: the next run infers it again"
        )
    named = {n: {"type": c} if isinstance(c, str) else c for n, c in content["columns"].items()}
    try:
        return TableSchema.model_validate({**content, "columns": named})
    except ValidationError as error:
        raise SpecError.of(_findings(error, root, path)) from error


def _findings(error: ValidationError, root: Node | None, path: Path) -> list[Diagnostic]:
    found = []
    for one in error.errors(include_url=False):
        where = tuple(str(part) for part in one["loc"])
        hint, what = "", f"{'.'.join(where)}: {one['msg'].removeprefix('Value error, ')}"
        if one["type"] == "extra_forbidden":
            known = Column.model_fields if where[0] == "columns" else TableSchema.model_fields
            what, hint = f"'{where[-1]}' is not a rule of a column", suggestion(where[-1], known)
        elif where[-1] == "type":
            hint = suggestion(str(one.get("input")), ("int", "float", "bool", "category", "text", "date", "datetime"))
        found.append(Diagnostic("E2020", what, _find(root, where, path), ".".join(where), hint=hint))
    return sorted(found, key=lambda finding: (finding.place.line, finding.place.column) if finding.place else (0, 0))


def _find(root: Node | None, where: tuple[str, ...], path: Path) -> Place:
    """The place of a key path, or of the nearest thing above it."""
    import yaml

    node, at = root, Place(str(path))
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pair = _pair(node, part)
            if pair is None:
                return at
            at, node = _place(pair[0], path), pair[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            at = _place(node, path)
        else:
            return at
    return at


def _pair(node: MappingNode, key: str) -> tuple[Node, Node] | None:
    return next(((k, v) for k, v in node.value if k.value == key), None)


def _place(node: Node, path: Path) -> Place:
    return Place(str(path), node.start_mark.line + 1, node.start_mark.column + 1)
