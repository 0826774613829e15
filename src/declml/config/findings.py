"""From what pydantic says to what a user can act on: the key, its place, the value as written, the way out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from declml.config import known
from declml.config.yaml_errors import snippet
from declml.config.yaml_traps import trap
from declml.core.place import Diagnostic, Place
from declml.core.reference import REFERENCE, decoded, has_reference, masked
from declml.core.suggest import closest, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from declml.config.provenance import Origin, Origins
    from declml.spec.sugar import Expanded

Path = tuple[str | int, ...]

LATER = {
    ("source", "sql"), ("sink", "parquet"), ("channel", "webhook"), ("channel", "email"), ("channel", "slack"),
    ("source", "images"), ("source", "kafka"), ("storage", "s3"),
}  # fmt: skip
"""Components of the spec language that come with a later declml."""
GUESTS = {("framework", "lightgbm"): "declml-lightgbm"}
"""Components that come in packages of their own."""

WANTED = {
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "string_type": "text", "bool_type": "true or false",
    "dict_type": "a mapping", "model_type": "a mapping", "model_attributes_type": "a mapping", "tuple_type": "a list",
    "list_type": "a list", "dataclass_type": "a mapping", "none_required": "nothing",
}  # fmt: skip


PATTERNS = {
    r"^[a-z][a-z0-9_-]{0,62}$": "lower-case letters, digits, '-' and '_' that start with a letter, 63 at most",
    r"^/[A-Za-z0-9_/.-]*$": "a path that starts with '/', of letters, digits, '-', '_' and '.'",
}
"""Forms of text, in words."""


SHORT = 3
"""A value of the environment that is not longer is no secret, and hiding it would garble messages."""


@dataclass(slots=True)
class Composed:
    """What places findings: the origins, the unresolved data, and the file that names the spec."""

    origins: Origins
    raw: Any
    file: str
    references: dict[Path, str] = field(default_factory=dict)

    def finding(self, code: str, path: Path, what: str, hint: str = "", *, key: bool = False) -> Diagnostic:
        """A finding at a path of the composed config: at its key, or at its value."""
        origin, found = self.origins.nearest(path)
        place = (origin.key if key or found != path else origin.value) or origin.value or Place(self.file)
        if place.override:
            place = Place(override=masked(place.override))
        shown = snippet(origin.document.text, place.line, place.column) if origin.document and place.line else ""
        return Diagnostic(code, self.scrubbed(masked(what)), place, dotted(path), shown, self.scrubbed(hint))

    def scrubbed(self, text: str) -> str:
        """`text` with every value of the environment that the spec refers to replaced by its reference."""
        for reference in self.references.values():
            for found in REFERENCE.finditer(reference):
                value = os.environ.get(found[1], "")
                text = text.replace(value, found[0]) if len(value) > SHORT else text
        return text

    def raw_at(self, path: Path) -> Any:
        """The unresolved value at a path."""
        here = self.raw
        for word in path:
            try:
                here = here[word]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def written(self, path: Path) -> Origin | None:
        """The origin of exactly this path."""
        return self.origins.exact(path)


def dotted(path: Iterable[str | int]) -> str:
    """A key path as users write it: `model.try[0].max_depth`."""
    text = ""
    for word in path:
        text += f"[{word}]" if isinstance(word, int) else f".{word}" if text else str(word)
    return text


def of_validation(
    error: ValidationError, expanded: Expanded, composed: Composed, told: Iterable[Path] = ()
) -> list[Diagnostic]:
    """Every finding of a failed validation, one for each place, but for what was told already."""
    found: dict[tuple[Path, str], Diagnostic] = {}
    for details in error.errors(include_url=False):
        path = tuple(details["loc"])
        source = expanded.source(path)
        if expanded.is_mistaken(source) or any(source[: len(one)] == one for one in told):
            continue
        one = _of(details, path, source, expanded, composed)
        found.setdefault((source, one.code), one)
    return list(found.values())


def _of(details: ErrorDetails, path: Path, source: Path, expanded: Expanded, composed: Composed) -> Diagnostic:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(path, source, expanded, composed)
    if kind == "missing":
        return _missing(path, expanded, composed)
    if kind == "component_unknown":
        return _no_component(source, context, composed)
    if kind.startswith("component_"):
        kinded = isinstance(details["input"], dict) and "kind" in details["input"]
        hint = f"write type: {details['input']['kind']} instead of kind" if kinded else _types(str(context["kind"]))
        return composed.finding("E1005", source, details["msg"], hint)
    if path and path[-1] == "[key]":
        return composed.finding(
            "E1005", source[:-1], f"a key of {dotted(source[:-2])} must be text", "quote it", key=True
        )
    return _wrong(details, source, composed)


def _unknown(path: Path, source: Path, expanded: Expanded, composed: Composed) -> Diagnostic:
    parent, key = path[:-1], str(path[-1])
    model = known.model_at(parent, expanded.data)
    keys = [one for one in known.keys_of(model) if one != "type" or "type" in str(parent)] if model else []
    where = _what_is(parent, model, expanded)
    if key == "kind" and "type" in keys:
        return composed.finding(
            "E1003", source, f"'kind' is not a key of {where}", "a component is chosen by type: NAME", key=True
        )
    best = closest(key, keys)
    others = [one for one in known.elsewhere(key) if one != dotted(path)]
    if others and not (best and same(best, key)):
        hint = f"'{key}' belongs to {' or '.join(others)}"
    elif best:
        hint = f"did you mean '{best}'?"
    else:
        hint = f"keys here: {', '.join(keys)}" if keys else ""
    return composed.finding("E1003", source, f"'{key}' is not a key of {where}", hint, key=True)


def same(one: str, other: str) -> bool:
    """Whether two words differ in case and hyphens at most."""
    return one.lower().replace("-", "_") == other.lower().replace("-", "_")


def _what_is(parent: Path, model: Any, expanded: Expanded) -> str:
    from declml.plugin.component import Component

    if isinstance(model, type) and issubclass(model, Component):
        name = model.model_fields["type"].default if "type" in model.model_fields else "?"
        return f"the {model.kind} '{name}'"
    return f"'{dotted(expanded.source(parent)) or dotted(parent)}'" if parent else "a spec"


EXAMPLES = {"name": "name: churn", "data": "data: customers.csv", "target": "target: churned"}


def _missing(path: Path, expanded: Expanded, composed: Composed) -> Diagnostic:
    key = str(path[-1])
    parent = expanded.source(path[:-1])
    model = known.model_at(path[:-1], expanded.data)
    hint = f"add {EXAMPLES[key]}" if len(path) == 1 and key in EXAMPLES else f"add {key}: ..."
    where = _what_is(path[:-1], model, expanded)
    written: Any = expanded.data
    for word in path[:-1]:
        written = known.step(written, word)
    close = closest(key, [str(one) for one in written]) if isinstance(written, dict) else None
    hint += f" (is '{close}' meant?)" if close and model and close not in known.keys_of(model) else ""
    return composed.finding("E1004", parent or (), f"the key '{key}' of {where} is missing", hint, key=True)


def _no_component(source: Path, context: dict[str, Any], composed: Composed) -> Diagnostic:
    kind, name = str(context["kind"]), str(context["type"])
    place = (*source, "type") if composed.written((*source, "type")) else source
    if (kind, name) in GUESTS:
        package = GUESTS[kind, name]
        return composed.finding("E1006", place, f"the {kind} '{name}' is not installed", f"pip install {package}")
    if (kind, name) in LATER:
        hint = f"leave it out for now; installed: {_names(kind)}"
        return composed.finding("E1008", place, f"the {kind} '{name}' comes with a later declml", hint)
    from declml.plugin.registry import registry

    if context["code"] != "E1006":
        return composed.finding(str(context["code"]), place, str(context["what"]), str(context["next"]))
    said, *failed = str(context["what"]).split("; plugin ")
    elsewhere = said[said.rindex("(") :] if said.endswith(")") else ""
    hint = suggestion(name, registry().names(kind))
    hint += f" {elsewhere}" if elsewhere else ""
    hint += "".join(f"; plugin {one}" for one in failed)
    return composed.finding("E1006", place, f"no {kind} of type '{name}' is installed", hint)


def _names(kind: str) -> str:
    from declml.plugin.registry import registry

    return ", ".join(registry().names(kind)) or "none"


def _types(kind: str) -> str:
    return f"write type: one of {_names(kind)}"


def _wrong(details: ErrorDetails, source: Path, composed: Composed) -> Diagnostic:
    raw = composed.raw_at(source)
    origin = composed.written(source)
    kind, value = details["type"], details["input"]
    if (isinstance(raw, str) and has_reference(raw.replace(" ", ""))) or source in composed.references:
        text = composed.references.get(source, raw)
        what = f"the value of {text} does not fit {dotted(source)}"
        what += "" if kind == "value_error" else f", which must be {_wanted(details)}"
        return composed.finding("E1005", source, what, "the value itself is not shown: it comes from the environment")
    scalar = origin.scalar if origin else None
    plain = scalar is not None and not scalar.style
    name = dotted(source)
    if kind == "string_type" and plain and scalar is not None and isinstance(value, bool | int | float):
        read = trap(scalar) or f"the {_kind_of(value)} {value}"
        return composed.finding("E1011", source, f"YAML reads the unquoted {scalar.value} as {read}; {name} is text",
                                f'quote this: "{scalar.value}"')  # fmt: skip
    if kind == "value_error":
        return composed.finding(
            "E1007" if _has_unit(details) else "E1005", source, f"{name}: {details['ctx']['error']}"
        )
    if kind == "too_short":
        return composed.finding("E1005", source, f"{name} is empty", "write at least one, or leave it out")
    quoted = scalar is not None and scalar.style in {"'", '"'} and kind in {"int_type", "float_type", "bool_type"}
    quoted = quoted and isinstance(value, str) and not isinstance(decoded(value), str)
    hint = "remove the quotes" if quoted else _advice(details, value)
    return composed.finding("E1005", source, f"{name} must be {_wanted(details)}{_got(value, raw)}", hint)


def _has_unit(details: ErrorDetails) -> bool:
    """Whether a field with a unit refused the value: its sentence gives an example of one."""
    text = str(details.get("ctx", {}).get("error", ""))
    return text.startswith(("a duration", "a size", "a share")) or " unit of " in text or "is ambiguous" in text


def _wanted(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind in WANTED:
        return WANTED[kind]
    bounds = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"),
              "greater_than": ("gt", "more than"), "less_than": ("lt", "less than")}  # fmt: skip
    if kind in bounds:
        key, words = bounds[kind]
        return f"{words} {context[key]}"
    if kind == "literal_error":
        return f"one of {str(context['expected']).replace(' or ', ', ')}"
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(str(context["pattern"]), f"text of the form {context['pattern']}")
    return details["msg"].removeprefix("Input should be ")


def _got(value: Any, raw: Any) -> str:
    shown = raw if isinstance(raw, str | int | float | bool) else value
    if shown is None:
        return ", not empty"
    if isinstance(shown, dict | list):
        return f", not a {'mapping' if isinstance(shown, dict) else 'list'}"
    return f", not {masked(repr(shown))[:80]}"


def _kind_of(value: object) -> str:
    return "boolean" if isinstance(value, bool) else "number"


def _advice(details: ErrorDetails, value: Any) -> str:
    context = details.get("ctx", {})
    if details["type"] == "literal_error" and isinstance(value, str):
        options = [one.strip("' ") for one in str(context["expected"]).replace(" or ", ", ").split(",")]
        return suggestion(value, options)
    if details["type"] == "tuple_type" and isinstance(value, str | int | float):
        return f"write [{value}]"
    if isinstance(value, str) and details["type"] in {"int_type", "float_type"}:
        return "write a number"
    return ""


def in_file_order(found: Iterable[Diagnostic], files: list[str]) -> list[Diagnostic]:
    """Findings sorted by file (the spec first), line and column; overrides last."""

    def order(one: Diagnostic) -> tuple[object, ...]:
        place = one.place or Place()
        number = files.index(place.file) if place.file in files else len(files)
        return bool(place.override), number, place.file, place.line, place.column, one.path

    return sorted(found, key=order)
