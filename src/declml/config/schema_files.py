"""`schema: FILE`: the columns written in a file of their own, read through the same guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from declml.config.sources import read_file
from declml.core.errors import SpecError

if TYPE_CHECKING:
    from pathlib import Path

    from declml.config.findings import Composed
    from declml.core.place import Diagnostic


class Places(Protocol):
    """Who knows the places, when asked."""

    def get(self) -> Composed:
        """The places."""
        ...


def inline_schema(data: dict[str, Any], base: Path, places: Places, found: list[Diagnostic]) -> dict[str, Any]:
    """`data` with the content of the schema file in place of its name."""
    name = data.get("schema")
    if not isinstance(name, str) or name == "infer":
        return data
    if not name.endswith(".yaml"):
        hint = "write schema: infer, a file that ends in .yaml, or columns"
        found.append(places.get().finding("E1005", ("schema",), f"'{name}' is neither infer nor a .yaml file", hint))
        return {**data, "schema": "infer"}
    file = base / name
    if not file.is_file():
        hint = "schema: infer writes one for review"
        found.append(places.get().finding("E1001", ("schema",), f"the schema file {name} does not exist", hint))
        return {**data, "schema": "infer"}
    try:
        document = read_file(file)
    except SpecError as error:
        found += error.diagnostics
        return {**data, "schema": "infer"}
    found += document.findings
    places.get().origins.put_document(("schema",), document)
    return {**data, "schema": document.data if isinstance(document.data, dict) else {}}
