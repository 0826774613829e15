"""Executors that come with declml."""

from __future__ import annotations

from declml.api import Component, plugin
from declml.builtin.executors.inline import Inline
from declml.builtin.executors.processes import Processes
from declml.builtin.executors.ray import Ray


@plugin
def declml_components() -> list[type[Component]]:
    """The built-in executors."""
    return [Inline, Processes, Ray]
