"""The ONNX exporter checks what it is given and scores it in pieces."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from declml.api import DeclmlError, Feature
from declml.builtin.exporters.onnx import ROWS, Onnx
from declml.builtin.frameworks.hist_gbm import HistGbm
from declml.builtin.frameworks.ridge import Ridge
from declml.testing.framework import example


class Given(Ridge):
    """Gives the bytes it was made with."""

    graph: bytes = b""

    def to_onnx(self, model, features, task):
        return self.graph


def graph(name_in="x", name_out="y", width=2, kind=TensorProto.FLOAT):
    x = helper.make_tensor_value_info(name_in, kind, [None, width])
    y = helper.make_tensor_value_info(name_out, kind, [None, width])
    made = helper.make_graph([helper.make_node("Identity", [name_in], [name_out])], "g", [x], [y])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()


FEATURES = (Feature("a"), Feature("b"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no graph", ""),
        (graph(name_in="input"), "not x: float32 [n, 2]"),
        (graph(width=3), "not x: float32 [n, 2]"),
        (graph(kind=TensorProto.DOUBLE), "not x: float32 [n, 2]"),
        (graph(name_out="label"), "no output named y"),
    ],
)
def test_what_is_not_such_a_graph_is_refused(content, why):
    with pytest.raises(DeclmlError, match="the ONNX model of ridge is not usable") as caught:
        Onnx().export(Given(graph=content), None, FEATURES, "regression")
    assert caught.value.code == "E3105"
    assert why in caught.value.why


def test_many_rows_are_scored_in_pieces():
    X = np.random.default_rng(0).normal(size=(ROWS + 5, 2)).astype(np.float32)
    assert np.array_equal(Onnx().predict(graph(), X), X.astype(np.float64))
    assert Onnx().predict(graph(), X[:0]).shape == (0, 2)


def test_the_same_model_gives_the_same_bytes():
    training, framework = example(2), HistGbm(rounds=5)
    made = [Onnx().export(framework, framework.fit(training), training.features, training.task) for _ in range(2)]
    assert made[0] == made[1]
