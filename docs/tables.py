"""Writes the tables of the pages that the code knows best: `python docs/tables.py`. A test compares them."""

from __future__ import annotations

import re
from pathlib import Path

from declml.core.codes import CODES
from declml.plugin.registry import BUILTIN, fresh_registry

HERE = Path(__file__).parent
AREAS = {
    "E1": "Spec and command line", "E2": "Data", "E3": "Engine and model", "E4": "Store",
    "E5": "Serving", "E6": "Monitoring", "E7": "Plugins", "E8": "Ray and clusters",
}  # fmt: skip


def codes() -> str:
    """Every error code, by area."""
    parts = []
    for area, title in AREAS.items():
        rows = [f"| {code} | {meaning} |" for code, meaning in sorted(CODES.items()) if code.startswith(area)]
        parts.append("\n".join([f"## {title}", "", "| code | means |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def types() -> str:
    """The built-in types of every kind."""
    registry = fresh_registry()
    registry.load_guests = lambda: None  # type: ignore[method-assign] # the page lists what declml brings itself
    rows = [f"| {kind} | {', '.join(f'`{name}`' for name in registry.names(kind))} |" for kind in BUILTIN]
    fresh_registry()
    return "\n".join(["| kind | built in |", "|---|---|", *rows])


TABLES = {("errors.md", "codes"): codes, ("spec.md", "types"): types}


def with_table(text: str, name: str, table: str) -> str:
    """A page with the part between `<!-- NAME -->` and `<!-- end -->` replaced."""
    return re.sub(
        rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda found: f"{found[1]}{table}\n{found[2]}", text, flags=re.DOTALL
    )


def main() -> None:
    """Rewrite every table."""
    for (page, name), table in TABLES.items():
        path = HERE / page
        path.write_text(with_table(path.read_text(encoding="utf-8"), name, table()), encoding="utf-8")


if __name__ == "__main__":
    main()
