"""The built-in frameworks pass the suite that guests must pass."""

from declml.builtin.frameworks.forest import Forest
from declml.builtin.frameworks.hist_gbm import HistGbm
from declml.builtin.frameworks.logistic import Logistic
from declml.builtin.frameworks.ridge import Ridge
from declml.testing.framework import FrameworkSuite


class TestLogistic(FrameworkSuite):
    component = Logistic()


class TestRidge(FrameworkSuite):
    component = Ridge()


class TestHistGbm(FrameworkSuite):
    component = HistGbm(rounds=40)


class TestForest(FrameworkSuite):
    component = Forest(trees=15)
