"""How settings are tried."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol

from declml.plugin.component import Component

if TYPE_CHECKING:
    from declml.plugin.tuning import Axis


class Asker(Protocol):
    """A search under way. Told the same values in the same order, it asks the same questions."""

    def ask(self) -> dict[str, object]:
        """The next settings to try: one value for each axis."""
        ...

    def tell(self, settings: dict[str, object], value: float | None) -> None:
        """The value of asked settings, higher is better; None when the trial failed."""
        ...


class Search(Component):
    """A strategy for trying settings."""

    kind: ClassVar[str] = "search"

    @abstractmethod
    def start(self, axes: dict[str, Axis], seed: int) -> Asker:
        """Begin a search over `axes`. Several settings may be asked before one is told."""
