"""The built-in metrics pass the suite that guests must pass."""

import pytest

from declml.plugin.registry import registry
from declml.testing.metric import MetricSuite


@pytest.mark.parametrize(
    "name", [t.type_name() for t in __import__("declml.builtin.metrics", fromlist=["x"]).declml_components()]
)
class TestMetric(MetricSuite):
    @pytest.fixture(autouse=True)
    def _component(self, name):
        type(self).component = registry().build("metric", name)
