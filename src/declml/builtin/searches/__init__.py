"""Strategies for trying settings."""

from declml.api import Component, plugin
from declml.builtin.searches.bayes import Bayes
from declml.builtin.searches.grid import Grid
from declml.builtin.searches.random import Random


@plugin
def declml_components() -> list[type[Component]]:
    """The built-in searches."""
    return [Bayes, Random, Grid]
