"""Cells into which values are counted. They are fitted to a reference once and never move with the data of a window.

Cells in the order of the values: cell k lies between border k-1 and border k; the first and the last are open.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = TypeVar("Array", bound="NDArray[Any]")

GUIDE_PER_EDGE = 16


def frozen(array: Array) -> Array:
    """The same array, made read-only."""
    array.flags.writeable = False
    return array


def _digest(kind: str, *parts: bytes) -> str:
    hasher = hashlib.blake2b(kind.encode(), digest_size=16)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.hexdigest()


class _Same:
    """Bins are equal when their definitions are."""

    @property
    def digest(self) -> str:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _Same) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True, eq=False)
class Grid(_Same):
    """Cells of equal width between `low` and `high`, one below and one above: for smooth columns.

    Attributes:
        low: lower end of the first inner cell.
        high: upper end of the last inner cell, above `low`.
        inner: number of inner cells.
        centre: sums are taken about this value, so that they keep their digits.
    """

    low: float
    high: float
    inner: int
    centre: float

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.inner + 2

    @cached_property
    def line(self) -> tuple[float, float, int]:
        """Origin, inverse width and number of cells of the line on which values are placed."""
        return self.low, self.inner / (self.high - self.low), self.inner

    @cached_property
    def borders(self) -> NDArray[np.float64]:
        """The inner borders of the cells, [size - 1]."""
        steps = np.arange(self.inner + 1, dtype=np.float64)
        return frozen(self.low + steps * ((self.high - self.low) / self.inner))

    @cached_property
    def atoms(self) -> NDArray[np.bool_]:
        """Which cells hold exactly one value: none."""
        return frozen(np.zeros(self.size, np.bool_))

    @cached_property
    def digest(self) -> str:
        """Names this definition."""
        return _digest("grid", np.array([self.low, self.high, self.inner, self.centre], "<f8").tobytes())


@dataclass(frozen=True, eq=False)
class Edges(_Same):
    """Cells between arbitrary edges, edges[k-1] < v <= edges[k]: for heavy tails, constants and few values.

    Attributes:
        edges: increasing, finite; may be empty, then there is one cell.
        centre: as in `Grid`.
    """

    edges: NDArray[np.float64]
    centre: float

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.edges) + 1

    @property
    def low(self) -> float:
        """The first edge."""
        return float(self.edges[0]) if len(self.edges) else 0.0

    @property
    def high(self) -> float:
        """The last edge."""
        return float(self.edges[-1]) if len(self.edges) else 0.0

    @property
    def borders(self) -> NDArray[np.float64]:
        """The edges, [size - 1]."""
        return self.edges

    @cached_property
    def closed(self) -> NDArray[np.float64]:
        """The edges and +inf, [size]."""
        return frozen(np.append(self.edges, np.inf))

    @cached_property
    def line(self) -> tuple[float, float, int]:
        """Origin, inverse width and number of cells of the line that guides the search."""
        n = len(self.edges)
        if n < 2:
            return self.low, 1.0, 1
        low, high = float(self.edges[n // 50]), float(self.edges[n - 1 - n // 50])
        cells = GUIDE_PER_EDGE * n
        return low, cells / (high - low), cells

    @cached_property
    def guide(self) -> NDArray[np.int32]:
        """The first edge in each cell of the line or above it, and the number of edges, [cells + 3]."""
        origin, inverse, cells = self.line
        own = np.clip((self.edges - origin) * inverse + 1.0, 0.0, cells + 1.0).astype(np.int32)
        return frozen(np.searchsorted(own, np.arange(cells + 3)).astype(np.int32))

    @cached_property
    def atoms(self) -> NDArray[np.bool_]:
        """Which cells hold exactly one float32 value."""
        narrow = self.edges.astype(np.float32)
        inner = np.nextafter(narrow[:-1], np.float32(np.inf)) == narrow[1:]
        return frozen(np.concatenate(([False], inner, [False]))[: self.size])

    @cached_property
    def digest(self) -> str:
        """Names this definition."""
        return _digest("edges", np.array([self.centre], "<f8").tobytes(), self.edges.astype("<f8").tobytes())


@dataclass(frozen=True, eq=False)
class Labels(_Same):
    """One cell for each label, then one for every other value.

    Attributes:
        labels: distinct; a code is a position here, and the code len(labels) is "other".
    """

    labels: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.labels) + 1

    @cached_property
    def digest(self) -> str:
        """Names this definition."""
        return _digest("labels", *(label.encode("utf-8", "surrogatepass") for label in self.labels))


NumberBins: TypeAlias = Grid | Edges
Bins: TypeAlias = Grid | Edges | Labels
