"""The rows of a check: from the prediction log, or from any file that a source can read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from declml.core.errors import DeclmlError
from declml.monitoring.result import Notice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from declml.plugin.kinds.framework import Feature
    from declml.plugin.kinds.source import Source
    from declml.spec.schema import Column, TableSchema
    from declml.store.release import Release
    from declml.store.store import Store


@dataclass(frozen=True, slots=True)
class Window:
    """Rows as the model sees them.

    X: float32 [n, p] in the order of the release's features. y: float32 [n, k] answers, None when they are not known.
    source: where the rows come from, for people. since, until: seconds since 1970 (UTC), until excluded.
    """

    X: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32] | None
    kind: Literal["log", "file"]
    source: str
    since: float | None = None
    until: float | None = None
    notices: tuple[Notice, ...] = field(default=())

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.X)

    def facts(self) -> dict[str, Any]:
        """The window as JSON, without its rows."""
        return {
            "kind": self.kind, "source": self.source, "since": self.since, "until": self.until, "rows": self.rows,
        }  # fmt: skip


def window_of_log(folder: Path, release: Release, since: float | None = None, until: float | None = None) -> Window:
    """The logged predictions of a release. `folder` is the prediction log of its deployment."""
    import numpy as np

    from declml.store.predictions import read_encoded

    X, y, _ = read_encoded(folder, release.number, since, until)
    if not len(X):
        X = np.empty((0, len(release.features)), np.float32)
        y = np.empty((0, max(len(release.classes), 1)), np.float32)
    return Window(X, y, "log", "the prediction log", since, until)


def window_of_source(
    source: Source,
    base: Path,
    release: Release,
    store: Store,
    *,
    name: str,
    score: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]] | None = None,
) -> Window:
    """The rows of a source, read with the schema of the release.

    Rows that break the schema are left out of the statistics and counted in a notice: such rows are refused when
    served. A column that is gone counts as null and is a notice.

    Args:
        source: reads the rows.
        base: where its relative paths start.
        release: whose features.
        store: holds the release's schema.
        name: what people call the source.
        score: the model, to check its answers too: X [n, p] to y [n, k].

    Raises:
        DeclmlError: E2 from the source; E6003 no column of the release is in it.
    """
    import numpy as np
    import polars as pl

    features = features_of(release)
    schema = schema_of(release, store)
    parts, names, total = [], [], 0
    broken: dict[str, int] = {}
    for batch in source.batches(base):
        frame = pl.DataFrame(batch.rows)
        names, total = frame.columns, total + frame.height
        parts.append(_encoded(frame, schema, features, broken))
    if total and not {feature.name for feature in features} & set(names):
        raise DeclmlError(
            "E6003",
            f"{name} has none of the columns of {release.name}",
            why=f"it has {', '.join(names[:10])}",
            next="give rows with the columns that the release was trained on",
        )
    X = np.concatenate(parts) if parts else np.empty((0, len(features)), np.float32)
    notices = _columns_changed(names, schema, release, total) + _rows_broken(broken, total, total - len(X), schema)
    y = score(X) if score is not None and len(X) else None
    return Window(X, y, "file", name, notices=tuple(notices))


def features_of(release: Release) -> tuple[Feature, ...]:
    """The columns of the model's input."""
    from declml.plugin.kinds.framework import Feature

    return tuple(Feature(feature["name"], tuple(feature["categories"])) for feature in release.features)


def schema_of(release: Release, store: Store) -> TableSchema:
    """The schema that the release was trained with."""
    from declml.spec.schema import TableSchema

    return TableSchema.from_bytes(store.objects.read(release.artifacts["schema"]))


def _encoded(
    frame: pl.DataFrame, schema: TableSchema, features: tuple[Feature, ...], broken: dict[str, int]
) -> npt.NDArray[np.float32]:
    """The rows of one batch that keep to the schema; the others are counted in `broken`, by column."""
    import polars as pl

    from declml.spec.casting import cast
    from declml.spec.encoding import encode

    good = pl.Series([True]).new_from_index(0, frame.height)
    columns = []
    for feature in features:
        column = schema.columns[feature.name]
        if feature.name not in frame.columns:
            columns.append(
                pl.Series(feature.name, [None] * frame.height, pl.String if feature.is_category else pl.Float64)
            )
            continue
        turned, wrong = cast(frame[feature.name], column)
        wrong = wrong | _against(turned, column)
        if count := int(wrong.sum()):
            broken[feature.name] = broken.get(feature.name, 0) + count
        good &= ~wrong
        columns.append(turned)
    return encode(pl.DataFrame(columns).filter(good).to_arrow(), features)


def _against(cells: pl.Series, column: Column) -> pl.Series:
    """Which cells break the rules of their column."""
    wrong: pl.Series = cells.is_null() if not column.nullable else cells.is_null() & False
    if column.min is not None:
        wrong |= (cells < column.min).fill_null(value=False)
    if column.max is not None:
        wrong |= (cells > column.max).fill_null(value=False)
    if column.values and column.other == "refuse":
        wrong |= ~cells.is_in(list(column.values)).fill_null(value=True)
    return wrong


def _columns_changed(names: list[str], schema: TableSchema, release: Release, total: int) -> list[Notice]:
    if not total:
        return []
    needed = [feature["name"] for feature in release.features]
    gone = [
        Notice(
            "missing_column",
            f"{column} is gone: the window has no such column; its values count as null.",
            column,
            alert=True,
        )
        for column in needed
        if column not in names
    ]
    new = [column for column in names if column not in schema.columns]
    if new:
        gone.append(Notice("new_columns", f"columns that the release does not know are ignored: {', '.join(new)}."))
    return gone


def _rows_broken(broken: dict[str, int], total: int, left_out: int, schema: TableSchema) -> list[Notice]:
    """One notice for each column whose cells break the schema; an alert beyond the share that a run would stop at."""
    notices = []
    for column, count in sorted(broken.items(), key=lambda item: -item[1]):
        kind = schema.columns[column].type
        text = (
            f"{column} breaks the schema ({kind} and its rules) in {count} of {total} values; their rows are left out."
        )
        notices.append(Notice("bad_values", text, column, alert=count > schema.max_bad_rows * total))
    if left_out and len(broken) > 1:
        text = f"{left_out} of {total} rows break the schema and are left out."
        notices.append(Notice("bad_rows", text, alert=left_out > schema.max_bad_rows * total))
    return notices
