"""How people hear of alerts."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from declml.plugin.component import Component


class Channel(Component):
    """Delivers one message about an alert."""

    kind: ClassVar[str] = "channel"

    @abstractmethod
    def send(self, title: str, text: str, facts: dict[str, object]) -> None:
        """Deliver, or raise; the caller tries again later and never delivers the same alert twice after a success."""
