"""ONNX through the framework's own converter."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from declml.api import DeclmlError, Exporter, Feature, Framework, Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ROWS = 1 << 16
"""Rows scored at a time."""


class Onnx(Exporter):
    """An ONNX graph with input `x` float32 [n, p] and output `y` float32 [n, k] or [n, 1], checked."""

    type: Literal["onnx"] = "onnx"

    def export(self, framework: Framework, model: Any, features: tuple[Feature, ...], task: Task) -> bytes:
        """The graph.

        Raises:
            DeclmlError: E3105 the framework gave something that is not such a graph.
        """
        content = framework.to_onnx(model, features, task)
        _check(content, len(features), framework.type)
        return content

    def predict(self, exported: bytes, X: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """The answers of onnxruntime on one thread."""
        import numpy as np

        run = _session(exported)
        parts = [run.run(["y"], {"x": X[at : at + ROWS]})[0] for at in range(0, max(len(X), 1), ROWS)]
        return np.concatenate(parts).astype(np.float64)


def _check(content: bytes, width: int, family: str) -> None:
    import onnx

    try:
        graph = onnx.load_model_from_string(content)
        onnx.checker.check_model(graph, full_check=True)
    except Exception as error:
        raise _unusable(family, str(error).splitlines()[0][:300]) from error
    inputs = [
        (i.name, i.type.tensor_type.elem_type, [d.dim_value for d in i.type.tensor_type.shape.dim])
        for i in graph.graph.input
    ]
    if inputs != [("x", onnx.TensorProto.FLOAT, [0, width])]:
        raise _unusable(family, f"its inputs are {inputs}, not x: float32 [n, {width}]")
    if "y" not in [output.name for output in graph.graph.output]:
        raise _unusable(family, "it has no output named y")


def _unusable(family: str, why: str) -> DeclmlError:
    return DeclmlError(
        "E3105",
        f"the ONNX model of {family} is not usable",
        why=why,
        next="take another family in model.try, and report this",
    )


@lru_cache(maxsize=2)
def _session(exported: bytes) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
