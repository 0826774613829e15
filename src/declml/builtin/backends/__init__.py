"""The backends that come with declml."""

from __future__ import annotations

from declml.api import Component, plugin
from declml.builtin.backends.process import Process
from declml.builtin.backends.ray_serve import RayServe


@plugin
def declml_components() -> list[type[Component]]:
    """Ray Serve, and processes without Ray."""
    return [RayServe, Process]
