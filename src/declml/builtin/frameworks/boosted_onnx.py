"""Boosted trees of scikit-learn as an ONNX graph.

Written here because the converter of skl2onnx 1.20 gives attributes that onnx 1.23 refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from declml.api import Task

OPSETS = {"": 18, "ai.onnx.ml": 3}
IR_VERSION = 9


def boosted_to_onnx(model: Any, columns: Sequence[int], width: int, task: Task) -> bytes:
    """The graph of a fitted HistGradientBoosting: x float32 [n, width] to y float32 [n, k] or [n, 1].

    Args:
        model: the fitted estimator, without categorical columns.
        columns: the columns of x that the model was fitted on.
        width: the columns of x.
        task: decides whether the sums become probabilities.
    """
    from onnx import TensorProto, helper

    trees = [(place, tree) for round_ in model._predictors for place, tree in enumerate(round_)]
    base = np.asarray(model._baseline_prediction, np.float64).ravel()
    ensemble = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["sums"], name="trees", domain="ai.onnx.ml",
        n_targets=len(base), base_values=base.astype(np.float32).tolist(), post_transform="NONE", aggregate_function="SUM",
        **_attributes(trees, np.asarray(columns, np.int64)),
    )  # fmt: skip
    nodes, constants = [ensemble], []
    if task == "regression":
        nodes.append(helper.make_node("Identity", ["sums"], ["y"]))
    elif len(base) == 1:
        constants.append(helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0]))
        nodes.append(helper.make_node("Sigmoid", ["sums"], ["second"]))
        nodes.append(helper.make_node("Sub", ["one", "second"], ["first"]))
        nodes.append(helper.make_node("Concat", ["first", "second"], ["y"], axis=1))
    else:
        nodes.append(helper.make_node("Softmax", ["sums"], ["y"], axis=1))
    answers = 1 if task == "regression" else max(len(base), 2)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, width])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, answers])
    graph = helper.make_graph(nodes, "boosted_trees", [x], [y], constants)
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    whole = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="declml")
    content: bytes = whole.SerializeToString(deterministic=True)
    return content


def _attributes(trees: list[tuple[int, Any]], columns: npt.NDArray[np.int64]) -> dict[str, Any]:
    """The trees as the parallel lists of TreeEnsembleRegressor."""
    sizes = [len(tree.nodes) for _, tree in trees]
    nodes = np.concatenate([tree.nodes for _, tree in trees])
    tree_ids = np.repeat(np.arange(len(trees)), sizes)
    node_ids = np.concatenate([np.arange(size) for size in sizes])
    leaf = nodes["is_leaf"].astype(bool)
    targets = np.repeat([place for place, _ in trees], sizes)
    modes = np.where(leaf, "LEAF", "BRANCH_LEQ")
    return {
        "nodes_treeids": tree_ids.tolist(),
        "nodes_nodeids": node_ids.tolist(),
        "nodes_featureids": np.where(leaf, 0, columns[np.where(leaf, 0, nodes["feature_idx"])]).tolist(),
        "nodes_values": _at_most(np.where(leaf, 0.0, nodes["num_threshold"])).tolist(),
        "nodes_modes": modes.tolist(),
        "nodes_truenodeids": np.where(leaf, 0, nodes["left"]).astype(np.int64).tolist(),
        "nodes_falsenodeids": np.where(leaf, 0, nodes["right"]).astype(np.int64).tolist(),
        "nodes_missing_value_tracks_true": np.where(leaf, 0, nodes["missing_go_to_left"]).astype(np.int64).tolist(),
        "target_treeids": tree_ids[leaf].tolist(),
        "target_nodeids": node_ids[leaf].tolist(),
        "target_ids": targets[leaf].tolist(),
        "target_weights": nodes["value"][leaf].astype(np.float32).tolist(),
    }


def _at_most(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The largest float32 at or below each value: `x <= value` is then the same question for every float32 x."""
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)
