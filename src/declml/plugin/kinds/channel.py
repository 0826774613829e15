"""How people hear of alerts."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

from declml.plugin.component import Component

if TYPE_CHECKING:
    from pathlib import Path


class Channel(Component):
    """Delivers one message about an alert."""

    kind: ClassVar[str] = "channel"

    def at(self, base: Path) -> Self:  # noqa: ARG002 - most channels have no paths
        """This channel, its relative paths starting at `base`."""
        return self

    @abstractmethod
    def send(self, title: str, text: str, facts: dict[str, object]) -> None:
        """Deliver, or raise; the caller tries again later and never delivers the same alert twice after a success."""
