"""Columns: one role each, and all of them in the schema when it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.core.suggest import suggestion
from declml.spec.schema import TableSchema
from declml.spec.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from declml.spec.root import ProjectSpec
    from declml.spec.schema import Column
    from declml.spec.trouble import Path

NUMBERS = {"int", "float"}
DATES = {"date", "datetime"}


def columns(spec: ProjectSpec) -> Iterator[Trouble]:
    """Roles that exclude each other, columns that are not in the schema, and rules that do not fit a column's type."""
    yield from _roles(spec)
    if isinstance(spec.schema_, TableSchema):
        yield from _in_schema(spec, spec.schema_)
        for name, column in spec.schema_.columns.items():
            yield from _rules(name, column)


def _named(spec: ProjectSpec) -> Iterator[tuple[Path, str, str]]:
    """Every column that a spec names: path, column, role."""
    yield ("target",), spec.target, "the target"
    if spec.key is not None:
        yield ("key",), spec.key, "the key"
    if spec.time is not None:
        yield ("time",), spec.time, "the time"
    if spec.data.weight not in {"auto", "balanced", "none"}:
        yield ("data", "weight"), spec.data.weight, "the weight"
    for number, name in enumerate(spec.data.protected):
        yield ("data", "protected", number), name, "protected"
    for number, name in enumerate(spec.data.pii):
        yield ("data", "pii", number), name, "pii"
    for number, name in enumerate(spec.features.drop):
        yield ("features", "drop", number), name, "dropped"
    for name in spec.features.columns:
        yield ("features", "columns", name), name, "a feature"
    if spec.split.group:
        yield ("split", "group"), spec.split.group, "the group"


SINGLE = {"the target", "the key", "the time", "the weight"}
ALONE = {
    "the target": {"the key", "the time", "the weight", "protected", "pii", "dropped", "a feature", "the group"},
    "the key": {"the weight", "a feature"},
    "the time": {"the weight", "a feature"},
    "the weight": {"a feature", "protected", "pii"},
    "protected": {"a feature"},
    "pii": {"a feature"},
    "dropped": {"a feature"},
}
"""Roles that one column cannot have together. Key and time may be one column in no data we know of, and are told apart below."""


def _roles(spec: ProjectSpec) -> Iterator[Trouble]:
    roles: dict[str, list[str]] = {}
    for path, name, role in _named(spec):
        for other in roles.get(name, []):
            if (
                role in ALONE.get(other, set())
                or other in ALONE.get(role, set())
                or {role, other} == {"the key", "the time"}
            ):
                what = f"'{name}' is {other}, and so cannot be {role}"
                yield Trouble("E1103", path, what, "name another column here, or take it out")
                break
        if role in roles.get(name, []):
            yield Trouble("E1103", path, f"'{name}' is named twice here", "name it once")
        roles.setdefault(name, []).append(role)


def _in_schema(spec: ProjectSpec, schema: TableSchema) -> Iterator[Trouble]:
    for path, name, role in _named(spec):
        if name not in schema.columns:
            what = f"'{name}' is {role}, and the schema has no such column"
            yield Trouble("E1104", path, what, suggestion(name, schema.columns))
    time = schema.columns.get(spec.time or "")
    if time is not None and time.type not in DATES | {"int"}:
        what = f"the time '{spec.time}' has type {time.type} in the schema"
        yield Trouble("E1108", ("time",), what, "give it type: datetime, or name another column")


def _rules(name: str, column: Column) -> Iterator[Trouble]:
    at: Path = ("schema", "columns", name)
    for bound in ("min", "max"):
        if getattr(column, bound) is not None and column.type not in NUMBERS:
            yield Trouble(
                "E1108",
                (*at, bound),
                f"{bound} is a rule for numbers, and '{name}' is {column.type}",
                f"take {bound} out",
            )
    if column.min is not None and column.max is not None and column.min > column.max:
        yield Trouble(
            "E1108", (*at, "min"), f"no {name} is at least {column.min:g} and at most {column.max:g}", "swap them"
        )
    if column.values and column.type != "category":
        yield Trouble(
            "E1108",
            (*at, "values"),
            f"values is a rule for categories, and '{name}' is {column.type}",
            "write type: category",
        )
    if len(set(column.values)) < len(column.values):
        yield Trouble("E1103", (*at, "values"), f"a value of '{name}' is written twice", "write each once")
    if column.format is not None and column.type not in DATES:
        yield Trouble(
            "E1108",
            (*at, "format"),
            f"format is a rule for dates, and '{name}' is {column.type}",
            "write type: datetime",
        )
