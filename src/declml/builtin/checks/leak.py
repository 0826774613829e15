"""Columns that tell the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from declml.api import Check, DataReview, Finding

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

ROWS = 100_000
"""Rows looked at, evenly spread."""
GROUPS = 100
"""Cells a column of numbers is cut into."""


class Leak(Check):
    """One feature alone predicts the target nearly perfectly: it is probably known only afterwards.

    Rows fall into cells of the feature (categories, or quantiles of numbers). The best constant answer of each cell,
    learnt on the even rows, is scored on the odd ones: the share of the error of one constant answer that it removes.
    """

    type: Literal["leak"] = "leak"
    warn: Annotated[float, Field(gt=0, le=1)] = 0.95
    refuse: Annotated[float, Field(gt=0, le=1)] = 0.999

    def review(self, data: DataReview) -> list[Finding]:
        """Worst first: an error from `refuse` on, a warning from `warn` on."""
        step = max(1, data.rows.num_rows // ROWS)
        rows = data.rows.take(list(range(0, data.rows.num_rows, step))) if step > 1 else data.rows
        target = _codes(rows[data.target]) if data.task == "classification" else _numbers(rows[data.target])
        told = {name: _told(_cells(rows[name]), target, data.task == "classification") for name in data.features}
        found = []
        for name, share in sorted(told.items(), key=lambda item: -item[1]):
            if share >= self.warn:
                level: Literal["error", "warning"] = "error" if share >= self.refuse else "warning"
                what = f"'{name}' alone removes {share:.2%} of the error of guessing '{data.target}': it is probably known only afterwards"
                found.append(Finding(self.type, level, (name,), what, f"features: {{drop: [{name}]}}"))
        return found


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    import numpy as np
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)


def _codes(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Codes of the distinct values, 0 for null."""
    import numpy as np

    encoded = column.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64) + 1


def _cells(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    import numpy as np
    import pyarrow as pa

    if pa.types.is_string(column.type) or pa.types.is_boolean(column.type):
        return _codes(column)
    values = _numbers(column)
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values), np.int64)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    cells = np.searchsorted(edges, values, side="left") + 1
    cells[np.isnan(values)] = 0
    return cells


def _told(
    cells: npt.NDArray[np.int64], target: npt.NDArray[np.int64] | npt.NDArray[np.float64], classes: bool
) -> float:
    """Share of the error removed on the odd rows; cells not met on the even rows answer like everybody."""
    import numpy as np

    size = int(cells.max(initial=0)) + 1
    learn, ask = slice(0, None, 2), slice(1, None, 2)
    if classes:
        codes = target.astype(np.int64)
        k = int(codes.max(initial=0)) + 1
        table = np.bincount(cells[learn] * k + codes[learn], minlength=size * k).reshape(size, k)
        common = int(table.sum(axis=0).argmax())
        answer = np.where(table.sum(axis=1) > 0, table.argmax(axis=1), common)
        left, all_ = float((answer[cells[ask]] != codes[ask]).sum()), float((codes[ask] != common).sum())
    else:
        known = ~np.isnan(target)
        cells, target = cells[known], target[known]
        if not len(target):
            return 0.0
        counts = np.bincount(cells[learn], minlength=size)
        mean = float(target[learn].mean())
        answer = np.where(counts > 0, np.bincount(cells[learn], target[learn], size) / np.maximum(counts, 1), mean)
        left, all_ = float(((target[ask] - answer[cells[ask]]) ** 2).sum()), float(((target[ask] - mean) ** 2).sum())
    return 1.0 - left / all_ if all_ > 0 else 0.0
