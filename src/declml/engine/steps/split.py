"""Step `split`: which rows are kept for the test."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.engine.step import Step, StepContext
from declml.engine.steps.review import how_split
from declml.spec import canonical

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from declml.spec.root import ProjectSpec

    Rows = npt.NDArray[np.int8]

LEAST = 10
"""Rows on each side, at least."""


def run(step: StepContext) -> None:
    """Set rows apart and look for what crosses the border."""
    import numpy as np

    from declml.engine.steps.dataset import TEST, TRAIN, UNUSED, Target, let_go, truth

    target = Target.from_review(json.loads(step.read("review")))
    data, spec, how = step.path("dataset"), step.spec, how_split(step.spec)
    y = truth(data, target)
    usable = y >= 0 if target.task == "classification" else ~np.isnan(y)
    if how == "time":
        sides = by_time(_moments(data, spec), usable, spec.split.test)
    elif how == "group":
        sides = by_group(_groups(data, spec), usable, spec.split.test, spec.model.tune.seed)
    else:
        strata = y if target.task == "classification" else np.zeros(len(y), np.int64)
        sides = at_random(strata.astype(np.int64), usable, spec.split.test, spec.model.tune.seed)
    train, test = int((sides == TRAIN).sum()), int((sides == TEST).sum())
    if min(train, test) < LEAST:
        raise DeclmlError(
            "E2031", f"the split leaves {train} rows to train on and {test} to test on", where="split",
            why=f"each side needs {LEAST}", next="change split.test, split by something else, or bring more rows",
        )  # fmt: skip
    _check_classes(y, sides, target)
    step.fact("by", how)
    step.fact("train", train)
    step.fact("test", test)
    step.fact("unused", int((sides == UNUSED).sum()))
    step.fact("warnings", _crossing(step, sides, how))
    buffer = io.BytesIO()
    np.save(buffer, sides)
    step.put("split", buffer.getvalue())
    let_go()


def sides_of(content: bytes) -> Rows:
    """The artifact `split`: int8 [n], 0 train, 1 test, 2 not used."""
    import numpy as np

    sides: Rows = np.load(io.BytesIO(content), allow_pickle=False)
    return sides


def by_time(moments: npt.NDArray[np.int64], usable: npt.NDArray[np.bool_], share: float) -> Rows:
    """The last `share` of the usable rows, by time; rows of one moment stay together.

    moments: int64 [n], the smallest value for null; such rows are not used.

    Raises:
        DeclmlError: E2031 all rows have one moment.
    """
    import numpy as np

    from declml.engine.steps.dataset import TEST, TRAIN, UNUSED

    usable = usable & (moments > np.iinfo(np.int64).min)
    ordered = np.sort(moments[usable])
    if not len(ordered) or ordered[0] == ordered[-1]:
        raise DeclmlError(
            "E2031", "all rows have the same time", where="time", next="split: random, or another time column"
        )
    cut = ordered[min(int(np.floor(len(ordered) * (1 - share))), len(ordered) - 1)]
    if cut == ordered[0]:
        cut = ordered[np.searchsorted(ordered, cut, side="right")]
    sides = np.where(moments >= cut, TEST, TRAIN).astype(np.int8)
    sides[~usable] = UNUSED
    return sides


def by_group(groups: npt.NDArray[np.int64], usable: npt.NDArray[np.bool_], share: float, seed: int) -> Rows:
    """Whole groups, drawn until the test has `share` of the usable rows.

    Raises:
        DeclmlError: E2031 there is only one group.
    """
    import numpy as np

    from declml.engine.steps.dataset import TEST, TRAIN, UNUSED

    sizes = np.bincount(groups[usable], minlength=int(groups.max(initial=0)) + 1)
    present = np.flatnonzero(sizes)
    if len(present) < 2:
        raise DeclmlError(
            "E2031", "all rows are in one group", where="split.group", next="split: random, or another column"
        )
    drawn = np.random.default_rng(seed).permutation(present)
    wanted = share * sizes.sum()
    before = np.cumsum(sizes[drawn]) - sizes[drawn]
    chosen = drawn[before + sizes[drawn] / 2 <= wanted]
    chosen = drawn[:1] if not len(chosen) else chosen[: len(present) - 1]
    sides = np.where(np.isin(groups, chosen), TEST, TRAIN).astype(np.int8)
    sides[~usable] = UNUSED
    return sides


def at_random(strata: npt.NDArray[np.int64], usable: npt.NDArray[np.bool_], share: float, seed: int) -> Rows:
    """`share` of the usable rows of every stratum, drawn."""
    import numpy as np

    from declml.engine.steps.dataset import TEST, TRAIN, UNUSED

    generator = np.random.default_rng(seed)
    sides = np.full(len(strata), TRAIN, np.int8)
    for stratum in np.unique(strata[usable]):
        rows = np.flatnonzero(usable & (strata == stratum))
        sides[generator.permutation(rows)[: round(share * len(rows))]] = TEST
    sides[~usable] = UNUSED
    return sides


def moments_of(cells: pa.ChunkedArray, name: str, schema_file: str) -> npt.NDArray[np.int64]:
    """A time column as whole numbers in its order, the smallest of all for null.

    Raises:
        DeclmlError: E2031 the column is text.
    """
    import numpy as np
    import pyarrow as pa

    null = np.iinfo(np.int64).min
    if pa.types.is_floating(cells.type):
        values = cells.to_numpy()
        ranks = np.unique(values[~np.isnan(values)])
        return np.where(np.isnan(values), null, np.searchsorted(ranks, values))
    if pa.types.is_date(cells.type):
        cells = cells.cast(pa.int32())
    elif not (pa.types.is_temporal(cells.type) or pa.types.is_integer(cells.type)):
        raise DeclmlError(
            "E2031", f"the time column '{name}' is text, not a time", where="time",
            next=f'in {schema_file} write type: datetime and its format, as in format: "%d/%m/%Y"',
        )  # fmt: skip
    return np.asarray(cells.cast(pa.int64()).fill_null(null).to_numpy(), np.int64)


def codes_of(cells: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Codes of the distinct values; 0 for null."""
    import numpy as np

    codes = cells.combine_chunks().dictionary_encode().indices
    return np.asarray(codes.fill_null(-1).to_numpy(zero_copy_only=False), np.int64) + 1


def _moments(data: Path, spec: ProjectSpec) -> npt.NDArray[np.int64]:
    from declml.engine.steps.dataset import column

    if not spec.time:
        raise DeclmlError("E2031", "split by time needs a time column", where="split.by", next="time: COLUMN")
    return moments_of(column(data, spec.time), spec.time, f"{spec.name}.schema.yaml")


def _groups(data: Path, spec: ProjectSpec) -> npt.NDArray[np.int64]:
    from declml.engine.steps.dataset import column
    from declml.spec.encoding import group_of

    name = group_of(spec)
    if not name:
        raise DeclmlError("E2031", "split by group needs a column", where="split.by", next='split: "group:COLUMN"')
    return codes_of(column(data, name))


def _check_classes(y: npt.NDArray[Any], sides: Rows, target: Any) -> None:
    import numpy as np

    from declml.engine.steps.dataset import TRAIN

    if target.task != "classification":
        return
    counts = np.bincount(y[sides == TRAIN], minlength=len(target.classes))
    for name, count in zip(target.classes, counts, strict=True):
        if count < 2:
            raise DeclmlError(
                "E2031", f"the split leaves {count} rows of class '{name}' to train on", where="split",
                next="split by something else, or bring more rows of this class",
            )  # fmt: skip


def _crossing(step: StepContext, sides: Rows, how: str) -> list[str]:
    """What is on both sides of the border: groups or keys, and equal rows."""
    import numpy as np
    import polars as pl

    from declml.engine.steps.dataset import TEST, TRAIN, row_groups
    from declml.spec.encoding import group_of

    warnings = []
    data, spec = step.path("dataset"), step.spec
    for name in {group_of(spec), spec.key if how == "random" else None} - {None}:
        marks = np.concatenate([pl.from_arrow(t[name]).hash(seed=0).to_numpy() for t in row_groups(data, [name])])  # type: ignore[union-attr,list-item]
        both = np.intersect1d(marks[sides == TRAIN], marks[sides == TEST])
        if len(both):
            warnings.append(f"{len(both)} values of '{name}' are on both sides of the split")
    columns = [c for c in _features_and_target(step) if c != spec.key]
    marks = np.concatenate([pl.DataFrame(table).hash_rows(seed=0).to_numpy() for table in row_groups(data, columns)])
    test = marks[sides == TEST]
    known = int(np.isin(test, marks[sides == TRAIN]).sum())
    if known:
        warnings.append(f"{known} of {len(test)} test rows equal a row of the training in every feature and the target")
    return warnings


def _features_and_target(step: StepContext) -> list[str]:
    from declml.spec.encoding import features_of
    from declml.spec.schema import TableSchema

    features = features_of(step.spec, TableSchema.from_bytes(step.read("schema")))
    return [*(feature.name for feature in features), step.spec.target]


def _reads(spec: ProjectSpec) -> Any:
    return {**canonical.split_part(spec), "roles": canonical.roles_part(spec)}


SPLIT = Step("split", run, inputs=("schema", "dataset", "review"), outputs=("split",), reads=_reads)
