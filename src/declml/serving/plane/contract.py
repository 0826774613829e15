"""What a release accepts, compiled from its own schema once, when it is loaded."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from declml.core.errors import DeclmlError
from declml.serving.plane.cells import LARGEST, Rule, check_rows
from declml.serving.plane.refusal import Problem, RefusedError, breaks_schema, malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from declml.spec.schema import Column, TableSchema
    from declml.store.release import Release

INT64 = 1 << 63


class Rows:
    """Decoded rows: cells in the order of the features (number, None, or code of the category), keys, unknown categories.

    unseen: (row, column, text) of each category that the release does not know.
    """

    __slots__ = ("cells", "keys", "unseen")

    def __init__(
        self,
        cells: Sequence[Sequence[Any]],
        keys: list[str | None] | None = None,
        unseen: list[tuple[int, int, str]] | None = None,
    ) -> None:
        self.cells, self.keys, self.unseen = cells, keys, unseen

    def __len__(self) -> int:
        return len(self.cells)


class Contract:
    """Decodes and validates request rows for one release."""

    def __init__(self, release: Release, schema: TableSchema, most_rows: int) -> None:
        self.rules = tuple(_rule(feature, schema.columns, release.name) for feature in release.features)
        self.key = None if release.key in {rule.name for rule in self.rules} else release.key
        self.most_rows = most_rows
        self.known = frozenset(
            {*schema.columns, *(rule.name for rule in self.rules), release.target} | {*_named(release)}
        )
        self._codes = tuple(
            (place, _codes(feature["categories"]), float(len(feature["categories"])))
            for place, feature in enumerate(release.features)
            if feature["categories"]
        )
        self.read = frozenset({rule.name for rule in self.rules} | ({self.key} if self.key else set()))
        self._texts = {place: tuple(f["categories"]) for place, f in enumerate(release.features) if f["categories"]}
        self._row = self._compile()
        self._many = msgspec.json.Decoder(list[self._row])  # type: ignore[name-defined] # a type made at run time
        self._wrapped = msgspec.json.Decoder(
            msgspec.defstruct("Rows", [("rows", list[self._row])], forbid_unknown_fields=True)  # type: ignore[name-defined] # the same
        )
        names = [f"f{place}" for place in range(len(self.rules))]
        self._get = attrgetter(*names) if len(names) > 1 else lambda row: (getattr(row, names[0]),)
        self.signature = (self.rules, self.key, self.known, release.features)

    def decode_json(self, body: bytes) -> Rows:
        """The rows of a JSON body: `[{...}]` or `{"rows": [{...}]}`.

        Raises:
            RefusedError: 400 not JSON, 413 too many rows, 422 a row breaks the schema.
        """
        try:
            rows = self._many.decode(body) if body[:1] == b"[" else self._wrapped.decode(body).rows  # type: ignore[attr-defined] # a type made at run time
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self.decode_objects(rows_of(json_of(body)))
        return self._rows(rows)

    def decode_objects(self, objects: Sequence[object]) -> Rows:
        """The rows given as Python objects, checked by the complete rules.

        Raises:
            RefusedError: 413 too many rows, 422 a row breaks the schema.
        """
        self._count(objects)
        cells, keys, problems = check_rows(objects, self.rules, self.known, self.key)
        if problems:
            raise breaks_schema(problems)
        return self._encoded(cells, keys if self.key else None)

    def cell_of(self, place: int, number: object) -> object:
        """What a cell of the model's matrix says in a row: the text of a code, a flag, or the number itself."""
        texts = self._texts.get(place)
        if texts is not None and type(number) in {int, float} and number in range(len(texts)):
            return texts[int(number)]  # type: ignore[call-overload] # it is a number here
        if self.rules[place].kind == "flag" and type(number) in {int, float} and number in {0, 1}:
            return bool(number)
        return number

    def _count(self, rows: Sequence[object]) -> None:
        if len(rows) > self.most_rows:
            raise RefusedError(413, "E5022", f"{len(rows)} rows in one request; at most {self.most_rows} are taken")

    def _rows(self, rows: list[Any]) -> Rows:
        self._count(rows)
        get = self._get
        keys = [None if row.key is None else str(row.key) for row in rows] if self.key else None
        if not self._codes:
            return Rows([get(row) for row in rows], keys)
        return self._encoded([list(get(row)) for row in rows], keys)

    def _encoded(self, rows: list[list[Any]], keys: list[str | None] | None) -> Rows:
        unseen: list[tuple[int, int, str]] = []
        problems: list[Problem] = []
        for place, codes, other in self._codes:
            allowed = self.rules[place].allowed
            for number, cells in enumerate(rows):
                cell = cells[place]
                code = codes.get(cell)
                if code is None:
                    text = str(cell)
                    code = codes.get(text, other)
                    if allowed is not None and text not in allowed:
                        problems.append(Problem(number, self.rules[place].name, *self.rules[place].check(text)[1]))  # type: ignore[misc] # a refused text always has a reason
                    if code == other:
                        unseen.append((number, place, text[:1000]))
                cells[place] = code
        if problems:
            raise breaks_schema(problems)
        return Rows(rows, keys, unseen or None)

    def _compile(self) -> type[msgspec.Struct]:
        fields: list[Any] = []
        rename: dict[str, str] = {}
        for place, rule in enumerate(self.rules):
            kind = _decoded_type(rule)
            name = f"f{place}"
            fields.append((name, kind | None, None) if rule.nullable else (name, kind))
            rename[name] = rule.name
        taken = {rule.name for rule in self.rules}
        if self.key:
            fields.append(("key", str | int | None, None))
            rename["key"] = self.key
        ignored = sorted(self.known - taken - {self.key})
        for place, column in enumerate(ignored):
            fields.append((f"x{place}", msgspec.Raw, msgspec.Raw(b"")))
            rename[f"x{place}"] = column
        return msgspec.defstruct("Row", fields, rename=rename, forbid_unknown_fields=True, kw_only=True, gc=False)


def json_of(body: bytes) -> Any:
    """The JSON value of a body.

    Raises:
        RefusedError: 400, it is not JSON.
    """
    if not body.strip():
        raise malformed("the body is empty")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        not_json = b"NaN" in body or b"Infinity" in body
        hint = "; NaN and Infinity are not JSON, send null for a missing value" if not_json else ""
        raise malformed(f"{error}{hint}") from error
    except RecursionError as error:
        raise malformed("the JSON is nested too deeply") from error


def rows_of(value: object) -> Sequence[object]:
    """The list of rows in a JSON value.

    Raises:
        RefusedError: 422, it has another form.
    """
    if isinstance(value, dict) and value.keys() == {"rows"}:
        value = value["rows"]
    if not isinstance(value, list):
        raise RefusedError(422, "E5020", 'send rows as [{"column": value, ...}] or {"rows": [{...}]}')
    return value


def _named(release: Release) -> list[str]:
    return [name for name in (release.key, release.time) if name]


def _codes(categories: Sequence[str]) -> dict[str | None, float]:
    codes: dict[str | None, float] = {text: float(code) for code, text in enumerate(categories)}
    codes[None] = math.nan
    return codes


def _rule(feature: dict[str, Any], columns: dict[str, Column], release: str) -> Rule:
    name = feature["name"]
    column = columns.get(name)
    if column is None:
        raise DeclmlError("E5004", f"{release}: its schema has no column '{name}', which its model reads")
    if feature["categories"]:
        refuse = column.other == "refuse" and column.values
        return Rule(name, "text", column.nullable, allowed=frozenset(column.values) if refuse else None)
    kind = {"int": "whole", "float": "number", "bool": "flag"}.get(column.type)
    if kind is None:
        raise DeclmlError(
            "E5004", f"{release}: column '{name}' is a {column.type}, which a model cannot read as a number"
        )
    return Rule(name, kind, column.nullable, column.min, column.max)


def _decoded_type(rule: Rule) -> Any:
    if rule.kind == "text":
        return str | int
    if rule.kind == "flag":
        return bool
    low = -LARGEST if rule.low is None else max(rule.low, -LARGEST)
    high = LARGEST if rule.high is None else min(rule.high, LARGEST)
    if rule.kind == "number":
        return Annotated[float, msgspec.Meta(ge=low, le=high)]
    return Annotated[int, msgspec.Meta(ge=max(math.ceil(low), -INT64), le=min(math.floor(high), INT64 - 1))]
