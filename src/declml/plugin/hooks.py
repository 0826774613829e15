"""The four hooks of a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from declml.core.events import Event
    from declml.plugin.command import Command
    from declml.plugin.component import Component

API_LEVEL = 1
"""Level of the plugin API. A plugin may set `DECLML_API = 1`; a higher level than this is refused with a message."""

plugin = pluggy.HookimplMarker("declml")
_hook = pluggy.HookspecMarker("declml")


@_hook
def declml_components() -> list[type[Component]]:  # type: ignore[empty-body] # a hook specification has no body
    """Offer components."""


@_hook
def declml_conf() -> list[str]:  # type: ignore[empty-body] # a hook specification has no body
    """Offer folders of config groups, for example `pkg://my_package.conf`."""


@_hook
def declml_commands() -> list[Command]:  # type: ignore[empty-body] # a hook specification has no body
    """Offer commands for the command line."""


@_hook
def declml_event(event: Event) -> None:
    """Observe what happens. An observer that raises is reported and never fails a run."""
