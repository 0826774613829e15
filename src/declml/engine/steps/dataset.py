"""Reading the data set: single columns, and features as one matrix, a row group at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from declml.plugin.kinds.framework import Feature, Task

TRAIN, TEST, UNUSED = 0, 1, 2
"""What the artifact `split` (int8 [n]) says of a row."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is predicted. classes: as text, in the order of the codes; values: the same as they are in the data."""

    name: str
    task: Task
    classes: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    @classmethod
    def from_review(cls, review: dict[str, Any]) -> Target:
        """What the step `review` found."""
        return cls(review["target"], review["task"], tuple(review["classes"]), tuple(review["class_values"]))


def row_groups(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of some columns, piece by piece, page checksums verified."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=list(dict.fromkeys(columns)), use_threads=False)
                pa.default_memory_pool().release_unused()
    except (OSError, pa.ArrowException) as error:
        raise DeclmlError(
            "E4001", "the dataset is damaged", where=str(path), why=str(error)[:300], next="declml verify"
        ) from error


def row_count(path: Path) -> int:
    """Rows of the data set."""
    import pyarrow.parquet as pq

    rows: int = pq.read_metadata(path).num_rows
    return rows


def column(path: Path, name: str) -> pa.ChunkedArray:
    """One column."""
    import pyarrow as pa

    return pa.chunked_array([chunk for table in row_groups(path, [name]) for chunk in table[name].chunks])


def matrix(path: Path, features: Sequence[Feature], keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """The features X float32 [kept rows, p] of the rows where `keep` [n] is true, read straight into one array."""
    import numpy as np

    from declml.spec.encoding import encode

    X = np.empty((int(keep.sum()), len(features)), np.float32)
    at = row = 0
    for table in row_groups(path, [feature.name for feature in features]):
        kept = keep[row : row + table.num_rows]
        row += table.num_rows
        count = int(kept.sum())
        if count == len(kept):
            X[at : at + count] = encode(table, features)
        elif count:
            X[at : at + count] = encode(table, features)[kept]
        at += count
    return X


def truth(path: Path, target: Target) -> npt.NDArray[Any]:
    """Class codes int64 [n], -1 for null; or values float64 [n], NaN for null."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = column(path, target.name)
    if target.task == "regression":
        return np.asarray(cells.cast(pa.float64()).to_numpy(), np.float64)
    codes = pc.index_in(cells, value_set=pa.array(target.values, cells.type))
    return np.asarray(codes.fill_null(-1).to_numpy(), np.int64)


def weights(path: Path, name: str) -> npt.NDArray[np.float64]:
    """The weight column, float64 [n].

    Raises:
        DeclmlError: E2024 it is not a number, or null or negative somewhere.
    """
    import numpy as np
    import pyarrow as pa

    cells = column(path, name)
    if not (pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type)):
        raise DeclmlError("E2024", f"the weight column '{name}' is not a number", where="data.weight")
    values = np.asarray(cells.cast(pa.float64()).to_numpy(), np.float64)
    if not (values >= 0).all():
        row = int(np.argmin(values >= 0))
        raise DeclmlError("E2024", f"the weight '{name}' is null or negative in row {row + 1} of the dataset", where="data.weight",
                          next=f"give '{name}' the rules nullable: false, min: 0 in the schema file")  # fmt: skip
    return values


def balanced(codes: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.float64]:
    """Weights that give every class the same sum, with mean 1."""
    import numpy as np

    counts = np.bincount(codes, minlength=k)
    return (len(codes) / (k * np.maximum(counts, 1)))[codes]


def let_go() -> None:
    """Give freed memory back to the system: allocators keep it otherwise, and the next step needs room of its own."""
    import ctypes
    import gc

    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
