"""Families of models from scikit-learn."""

from declml.api import Component, plugin
from declml.builtin.frameworks.forest import Forest
from declml.builtin.frameworks.hist_gbm import HistGbm
from declml.builtin.frameworks.logistic import Logistic
from declml.builtin.frameworks.ridge import Ridge


@plugin
def declml_components() -> list[type[Component]]:
    """The built-in frameworks."""
    return [Logistic, Ridge, HistGbm, Forest]
