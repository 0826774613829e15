"""The profiles of a table's columns, as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from declml.stats.encoding import decode, encode
from declml.stats.errors import StatsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import ArrayLike

    from declml.stats.accumulator import Accumulator
    from declml.stats.profile import Profile


class TableProfile:
    """Profiles in the order of the columns, with distinct names. Never changes.

    Args:
        profiles: one for each column.

    Raises:
        StatsError: two columns have one name.
    """

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._profiles = tuple(profiles)
        self._places = {profile.name: place for place, profile in enumerate(self._profiles)}
        if len(self._places) != len(self._profiles):
            raise StatsError("two columns have the same name")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self._places)

    @property
    def rows(self) -> int:
        """Rows counted: the most of any column."""
        return max((profile.rows for profile in self._profiles), default=0)

    def __len__(self) -> int:
        return len(self._profiles)

    def __iter__(self) -> Iterator[Profile]:
        return iter(self._profiles)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    @overload
    def __getitem__(self, key: str) -> Profile: ...
    @overload
    def __getitem__(self, key: int) -> Profile: ...
    def __getitem__(self, key: str | int) -> Profile:
        return self._profiles[self._places[key] if isinstance(key, str) else key]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TableProfile) and self._profiles == other._profiles

    __hash__ = None  # type: ignore[assignment]  # equal by content, too large to hash

    def empty(self) -> TableProfile:
        """The same cells, nothing counted."""
        return TableProfile(profile.empty() for profile in self)

    def of(self, columns: Mapping[str, ArrayLike]) -> TableProfile:
        """Count other columns in the same cells: numbers, or codes of a category.

        Raises:
            StatsError: a column is missing.
        """
        missing = [name for name in self.names if name not in columns]
        if missing:
            raise StatsError(f"no values for {', '.join(missing)}")
        return TableProfile(profile.of(columns[profile.name]) for profile in self)

    def merge(self, other: TableProfile) -> TableProfile:
        """Column by column; both must have the same columns in the same order, with the same cells."""
        if self.names != other.names:
            raise StatsError("the profiles are of different columns")
        return TableProfile(mine.merge(theirs) for mine, theirs in zip(self, other, strict=True))

    __add__ = merge

    def accumulator(self) -> Accumulator:
        """Counts the rows of a matrix whose columns are in this order."""
        from declml.stats.accumulator import Accumulator

        return Accumulator(self._profiles)

    def to_bytes(self) -> bytes:
        """Exact and canonical: equal profiles give equal bytes."""
        return encode(self._profiles)

    @classmethod
    def from_bytes(cls, data: bytes) -> TableProfile:
        """Read what `to_bytes` wrote. Runs no code from the data.

        Raises:
            StatsError: the bytes are not a profile, are damaged, or are of a later version.
        """
        return cls(decode(data))
