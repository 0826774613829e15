"""What fitted models are turned into."""

from declml.api import Component, plugin
from declml.builtin.exporters.onnx import Onnx


@plugin
def declml_components() -> list[type[Component]]:
    """The built-in exporters."""
    return [Onnx]
