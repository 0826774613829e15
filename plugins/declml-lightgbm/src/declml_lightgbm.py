"""LightGBM as a framework of declml: one class, one hook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from declml.api import Component, Feature, Framework, Task, Training, Tune, plugin

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

OPSETS = {"": 18, "ai.onnx.ml": 3}
IR_VERSION = 9
NEAR_ZERO = 1.0000000180025095e-35  # the float32 nearest to 1e-35


class LightGbm(Framework):
    """Boosted trees, grown leaf by leaf on binned columns; category columns are split into sets of categories.

    rounds: trees, for each class. leaves: of a tree, at most. min_rows: of a leaf, at least. l2: penalty on the values
    of leaves. columns: share of the columns drawn for a tree.
    """

    type: Literal["lightgbm"] = "lightgbm"
    rounds: Annotated[int, Field(ge=1, le=10_000), Tune(50, 400, log=True)] = 100
    leaves: Annotated[int, Field(ge=2, le=4096), Tune(7, 127, log=True)] = 31
    learning_rate: Annotated[float, Field(gt=0, le=1), Tune(0.02, 0.3, log=True)] = 0.1
    min_rows: Annotated[int, Field(ge=1), Tune(5, 200, log=True)] = 20
    l2: Annotated[float, Field(ge=0), Tune(0.001, 10.0, log=True)] = 0.001
    columns: Annotated[float, Field(gt=0, le=1), Tune(0.4, 1.0)] = 1.0

    def fit(self, training: Training) -> Any:
        """A LightGBM Booster. Seeded and deterministic."""
        import lightgbm

        many = len(training.classes) > 2
        objective = "regression" if training.task == "regression" else "multiclass" if many else "binary"
        settings = {
            "objective": objective, "num_leaves": self.leaves, "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.min_rows, "lambda_l2": self.l2, "feature_fraction": self.columns,
            "seed": training.seed, "deterministic": True, "force_row_wise": True, "num_threads": training.threads,
            "verbosity": -1, **({"num_class": len(training.classes)} if many else {}),
        }  # fmt: skip
        categories = [place for place, feature in enumerate(training.features) if feature.is_category]
        rows = lightgbm.Dataset(training.X, training.y, weight=training.weight, categorical_feature=categories)
        return lightgbm.train(settings, rows, num_boost_round=self.rounds)

    def predict(self, model: Any, X: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Probabilities [n, k] or values [n, 1]."""
        import numpy as np

        facts = model.dump_model(num_iteration=1)
        if not len(X):
            return np.empty((0, 2 if _objective(facts) == "binary" else facts["num_tree_per_iteration"]))
        answers = np.asarray(model.predict(X), np.float64).reshape(len(X), -1)
        return np.hstack([1.0 - answers, answers]) if _objective(facts) == "binary" else answers

    def to_onnx(self, model: Any, features: tuple[Feature, ...], task: Task) -> bytes:
        """The trees as one ONNX ensemble, then sigmoid or softmax."""
        from onnx import TensorProto, helper

        facts = model.dump_model()
        targets, binary = facts["num_tree_per_iteration"], _objective(facts) == "binary"
        lists = _ensemble([tree["tree_structure"] for tree in facts["tree_info"]], targets)
        nodes = [
            helper.make_node("TreeEnsembleRegressor", ["x"], ["sums"], domain="ai.onnx.ml", n_targets=targets, **lists)
        ]
        if binary:
            nodes.append(helper.make_node("Neg", ["sums"], ["opposite"]))
            nodes.append(helper.make_node("Concat", ["opposite", "sums"], ["both"], axis=1))
            nodes.append(helper.make_node("Sigmoid", ["both"], ["y"]))
        else:
            nodes.append(helper.make_node("Identity" if task == "regression" else "Softmax", ["sums"], ["y"]))
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, len(features)])
        y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2 if binary else targets])
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        graph = helper.make_graph(nodes, "lightgbm", [x], [y])
        whole = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="declml")
        content: bytes = whole.SerializeToString(deterministic=True)
        return content


def _objective(facts: dict[str, Any]) -> str:
    return str(facts["objective"]).split()[0]


def _ensemble(trees: list[dict[str, Any]], targets: int) -> dict[str, Any]:
    """The trees as the parallel lists of TreeEnsembleRegressor."""
    lists: dict[str, list[Any]] = {name: [] for name in (
        "nodes_treeids", "nodes_nodeids", "nodes_modes", "nodes_featureids", "nodes_values", "nodes_truenodeids",
        "nodes_falsenodeids", "nodes_missing_value_tracks_true", "target_treeids", "target_nodeids", "target_ids",
        "target_weights",
    )}  # fmt: skip
    for tree, structure in enumerate(trees):
        nodes: list[tuple[Any, ...]] = []
        _place(structure, nodes)
        for at, node in enumerate(nodes):
            for name, value in zip(lists, (tree, at, *node[:6]), strict=False):
                lists[name].append(value)
            if node[0] == "LEAF":
                for name, value in zip(list(lists)[8:], (tree, at, tree % targets, node[6]), strict=True):
                    lists[name].append(value)
    return lists


def _place(node: dict[str, Any], nodes: list[tuple[Any, ...]]) -> int:
    """Append a subtree; its place. A set of categories is a chain of questions that share the way when true."""
    at = len(nodes)
    if "split_feature" not in node:
        nodes.append(("LEAF", 0, 0.0, 0, 0, 0, float(node["leaf_value"])))
        return at
    number = node["decision_type"] == "<="
    values = [node["threshold"]] if number else [float(code) for code in node["threshold"].split("||")]
    nodes += [()] * len(values)
    true, false = _place(node["left_child"], nodes), _place(node["right_child"], nodes)
    mode, null = "BRANCH_EQ", 0
    if number:  # without null in training LightGBM takes null for 0
        mode, values = "BRANCH_LEQ", [_at_most(node["threshold"])]
        null = int(node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] >= 0.0)
    for place, value in enumerate(values, at):
        otherwise = false if place == at + len(values) - 1 else place + 1
        nodes[place] = (mode, node["split_feature"], value, true, otherwise, null)
    return at


def _at_most(value: float) -> float:
    """The float32 for which `x <= it` is LightGBM's question `x <= value` for every float32 x: the largest not above.

    LightGBM takes x from -NEAR_ZERO to NEAR_ZERO for 0.
    """
    import numpy as np

    if abs(value) <= NEAR_ZERO:
        value = NEAR_ZERO if value >= 0.0 else float(np.nextafter(np.float32(-NEAR_ZERO), np.float32(-math.inf)))
    with np.errstate(over="ignore"):
        rounded = np.float32(value)
    return float(np.nextafter(rounded, np.float32(-math.inf)) if float(rounded) > value else rounded)


@plugin
def declml_components() -> list[type[Component]]:
    """What this plugin offers."""
    return [LightGbm]
