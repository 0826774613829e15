"""The built-in channels: how people hear of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.api import plugin
from declml.builtin.channels.file import FileChannel
from declml.builtin.channels.log import LogChannel
from declml.builtin.channels.webhook import WebhookChannel

if TYPE_CHECKING:
    from declml.api import Component


@plugin
def declml_components() -> list[type[Component]]:
    """The channels of this package."""
    return [FileChannel, LogChannel, WebhookChannel]
