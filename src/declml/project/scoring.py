"""Scoring a file without a server, piece by piece."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError, SpecError
from declml.core.files import whole_file
from declml.monitoring.window import features_of
from declml.project.files import source_of_file
from declml.project.models import scorer
from declml.spec.paths import source_of

if TYPE_CHECKING:
    import polars as pl

    from declml.project.project import Project
    from declml.store.release import Release


def score_file(project: Project, name: str, output: Path, number: int | None) -> dict[str, Any]:
    """Score the rows of a file; the output has the rows as read, `prediction`, and a `probability_` column for each class.

    A row whose cells cannot be turned into numbers has no prediction and is counted as refused. The output is whole or not there.

    Raises:
        SpecError: E1000, the output cannot be written there. DeclmlError: E2 from the source; a column of the release is missing.
    """
    import polars as pl

    release, source = project.release(number), source_of_file(name)
    kind = _format(output, name)
    score = scorer(release, project.store_to_read)
    rows = refused = 0
    with whole_file(output) as file:
        parts = []
        for batch in source.batches(project.base):
            part, wrong = _scored(pl.DataFrame(batch.rows), release, score)
            rows, refused = rows + part.height, refused + wrong
            parts.append(part)
        whole = pl.concat(parts) if parts else pl.DataFrame()
        if kind == "csv":
            whole.write_csv(file)
        elif kind == "parquet":
            whole.write_parquet(file)
        else:
            whole.write_ndjson(file)
    return {"release": release.name, "rows": rows, "refused": refused, "output": str(output)}


def _format(output: Path, name: str) -> str:
    """How to write the output, when it may be written at all."""
    kind = (source_of(output.name) or {}).get("type")
    wrong, way = "", "name another file"
    if kind is None or output.name.endswith(".gz"):
        wrong, way = f"the ending of {output.name} names no format to write", "use .csv, .parquet or .jsonl"
    elif output.is_dir():
        wrong = f"the output {output} is a folder"
    elif not output.parent.is_dir():
        wrong, way = f"the folder of the output {output} does not exist", f"mkdir -p {output.parent}"
    elif output.exists() and Path(name).exists() and output.samefile(name):
        wrong = f"{output} is the input: its rows would be lost"
    if wrong or kind is None:
        raise SpecError("E1000", wrong, where="--output", next=way)
    return str(kind)


def _scored(frame: pl.DataFrame, release: Release, score: Any) -> tuple[pl.DataFrame, int]:
    import numpy as np
    import polars as pl

    from declml.spec.casting import cast
    from declml.spec.encoding import encode
    from declml.spec.schema import Column

    features = features_of(release)
    missing = [feature.name for feature in features if feature.name not in frame.columns]
    if missing:
        raise DeclmlError(
            "E2021", f"the file has no column {', '.join(missing)}", why=f"{release.name} was trained with it"
        )
    columns, wrong = [], pl.Series([False]).new_from_index(0, frame.height)
    for feature in features:
        kind = Column(type="category" if feature.is_category else "float")
        cells = frame[feature.name]
        if not feature.is_category and cells.dtype in {pl.Boolean, pl.String}:
            truth, untrue = cast(cells, Column(type="bool"))
            cells = truth.cast(pl.Float64) if not untrue.any() and cells.dtype == pl.Boolean else cells
        turned, bad = cast(cells, kind)
        wrong = wrong | bad
        columns.append(turned)
    answers = score(encode(pl.DataFrame(columns).to_arrow(), features)).astype(np.float64)
    added = []
    if release.classes:
        picked = answers.argmax(axis=1)
        added.append(pl.Series("prediction", [release.class_values[place] for place in picked]))
        added += [pl.Series(f"probability_{label}", answers[:, place]) for place, label in enumerate(release.classes)]
    else:
        added.append(pl.Series("prediction", answers[:, 0]))
    blank = [pl.when(~wrong).then(one).alias(one.name) for one in added]
    return frame.with_columns(blank), int(wrong.sum())
