"""What can be wrong with a data set."""

from declml.api import Component, plugin
from declml.builtin.checks.constant import Constant
from declml.builtin.checks.duplicates import Duplicates
from declml.builtin.checks.imbalance import Imbalance
from declml.builtin.checks.leak import Leak
from declml.builtin.checks.many_values import ManyValues
from declml.builtin.checks.target import Target
from declml.builtin.checks.time_shuffle import TimeShuffle


@plugin
def declml_components() -> list[type[Component]]:
    """The built-in checks."""
    return [Target, Leak, Duplicates, Constant, ManyValues, TimeShuffle, Imbalance]
