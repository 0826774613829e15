"""What every channel must keep to."""

from __future__ import annotations

import pickle
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from declml.plugin.kinds.channel import Channel

TITLE = "churn: 2 columns moved"
TEXT = 'age moved\n"status" has a new category \u2028 \u00e9'
FACTS: dict[str, object] = {"id": "a1", "project": "churn", "columns": ["age"], "share": 0.25, "none": None}


class ChannelSuite:
    """Conformance of a channel.

    A guest's test says how to start one that works, how to see what it delivered, and how to make one that cannot.
    """

    @abstractmethod
    def start(self, folder: Path) -> Channel:
        """A channel whose messages the test can see. `folder` is empty."""

    @abstractmethod
    def delivered(self, folder: Path) -> list[str]:
        """Each message that arrived, as text that holds its title."""

    def broken(self, folder: Path) -> Channel | None:
        """A channel that cannot deliver; None when there is no such thing."""
        del folder
        return None

    def test_it_delivers_once(self, tmp_path: Path) -> None:
        """One call, one message."""
        channel = self.start(tmp_path)
        channel.send(TITLE, TEXT, FACTS)
        [message] = self.delivered(tmp_path)
        assert TITLE in message
        channel.send("another", "", {})
        assert len(self.delivered(tmp_path)) == 2

    def test_it_crosses_processes(self, tmp_path: Path) -> None:
        """A channel is its settings: it pickles, and is equal afterwards."""
        channel = self.start(tmp_path)
        assert pickle.loads(pickle.dumps(channel)) == channel  # noqa: S301 - our own bytes

    def test_a_failure_is_told(self, tmp_path: Path) -> None:
        """A message that did not arrive raises one DeclmlError with a next step."""
        from declml.core.errors import DeclmlError

        channel = self.broken(tmp_path)
        if channel is None:
            return
        error: Any = None
        try:
            channel.send(TITLE, TEXT, FACTS)
        except DeclmlError as caught:
            error = caught
        assert error is not None
        assert error.next
