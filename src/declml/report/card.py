"""The card of a release: what it is, for people, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.report.text import NOTHING, bound, metric, moment, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from declml.store.release import Release

SPECIAL = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]<>#|"})


def release_card(release: Release, schema: dict[str, Any] | None = None) -> str:
    """The card as Markdown.

    Args:
        release: what the card is of.
        schema: the JSON of its schema, for the column types and rules.
    """
    parts = [
        f"# {_safe(release.name)}",
        _what(release),
        "## Features",
        _features(release, schema or {}),
        "## How good it is",
        _metrics(release),
        "## Gates",
        _gates(release),
        "## Where it comes from",
        _facts(release.lineage),
        "## Artifacts",
        _table(("artifact", "digest"), [(name, f"`{plain(digest)}`") for name, digest in release.artifacts.items()]),
    ]
    if release.notes:
        parts += ["## Notes", "\n".join(f"- {_safe(note)}" for note in release.notes)]
    return "\n\n".join(parts) + "\n"


def _what(release: Release) -> str:
    lines = [f"Predicts **{_safe(release.target)}** ({release.task})."]
    if release.classes:
        lines.append(f"Classes: {', '.join(map(_safe, release.classes))}.")
    lines += [f"Rows are identified by {_safe(release.key)}."] if release.key else []
    lines += [f"Their time is {_safe(release.time)}."] if release.time else []
    return " ".join([*lines, f"Made {moment(release.created)}, digest `{release.digest}`."])


def _features(release: Release, schema: dict[str, Any]) -> str:
    columns = schema.get("columns", {})
    rows = []
    for feature in release.features:
        column, categories = columns.get(feature["name"], {}), feature["categories"]
        kind = column.get("type") or ("category" if categories else "number")
        known = ", ".join(map(_safe, categories[:8])) + (
            f" and {len(categories) - 8} more" if len(categories) > 8 else ""
        )
        low, high = column.get("min"), column.get("max")
        between = [f"at least {number(low)}"] * (low is not None) + [f"at most {number(high)}"] * (high is not None)
        rules = [known] * bool(known) + between + ["never null"] * (column.get("nullable") is False)
        rows.append((_safe(feature["name"]), kind, "; ".join(rules)))
    return _table(("column", "type", "values"), rows)


def _metrics(release: Release) -> str:
    rows = [(_safe(name), *metric(value)) for name, value in release.metrics.items()]
    note = "On test rows that the model never saw; intervals hold with 95%."
    return f"{note}\n\n{_table(('metric', 'value', '95% interval', 'baseline'), rows)}" if rows else "Not measured."


def _gates(release: Release) -> str:
    rows = [
        (
            _safe(gate["name"]),
            number(gate.get("value")),
            _safe(bound(gate.get("bound"))),
            "yes" if gate["passed"] else "NO",
        )
        for gate in release.gates
    ]
    return _table(("gate", "value", "bound", "passed"), rows) if rows else "None were asked for."


def _facts(facts: dict[str, Any], depth: int = 0) -> str:
    """Nested facts as a list."""
    lines = []
    for name, value in facts.items():
        label = f"{'  ' * depth}- {_safe(name)}:"
        if isinstance(value, dict) and value:
            lines += [label, _facts(value, depth + 1)]
        else:
            lines.append(f"{label} {_safe(_short(value))}")
    return "\n".join(lines) or "Nothing is recorded."


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or NOTHING
    return number(value, 6) if isinstance(value, float) else NOTHING if value in (None, {}) else str(value)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _safe(value: object) -> str:
    """Text that Markdown shows as it is."""
    return plain(value).translate(SPECIAL)
