"""What the families built on scikit-learn have in common: preparation, threads, answers and the way to ONNX."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from declml.api import Feature, Framework, Task, Training

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

OPSET = {"": 18, "ai.onnx.ml": 3}
"""What every onnxruntime of the last years runs."""
NULL = -1.0
"""The code that stands for null where a family needs one."""


class ScikitFramework(Framework):
    """Fits a scikit-learn Pipeline whose last step is named `model`."""

    @abstractmethod
    def build(self, training: Training) -> Any:
        """The unfitted Pipeline."""

    def fit(self, training: Training) -> Any:
        """The fitted Pipeline."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it has no types

        pipeline = self.build(training)
        weight = {} if training.weight is None else {"model__sample_weight": training.weight}
        with threadpool_limits(training.threads):
            return pipeline.fit(training.X, training.y, **weight)

    def predict(self, model: Any, X: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Probabilities [n, k] or values [n, 1]."""
        import numpy as np

        if hasattr(model, "predict_proba"):
            return np.asarray(model.predict_proba(X), np.float64)
        return np.asarray(model.predict(X), np.float64).reshape(-1, 1)

    def to_onnx(self, model: Any, features: tuple[Feature, ...], task: Task) -> bytes:
        """The Pipeline as one ONNX graph, with the answers as the only output `y`."""
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import FloatTensorType

        options = {id(model): {"zipmap": False}} if task == "classification" else None
        graph = to_onnx(
            model, initial_types=[("x", FloatTensorType([None, len(features)]))], options=options, target_opset=OPSET
        )
        return _with_one_output(graph, task)


def _with_one_output(graph: Any, task: Task) -> bytes:
    """Keep the probabilities or the values, named `y`; drop the label."""
    from onnx import helper

    kept = graph.graph.output[-1].name if task == "classification" else graph.graph.output[0].name
    width = graph.graph.output[-1].type.tensor_type.shape.dim[1].dim_value if task == "classification" else 1
    while graph.graph.output:
        graph.graph.output.pop()
    graph.graph.node.append(helper.make_node("Identity", [kept], ["y"], name="answer"))
    graph.graph.output.append(helper.make_tensor_value_info("y", 1, [None, width or None]))
    graph.doc_string = ""
    content: bytes = graph.SerializeToString(deterministic=True)
    return content


def one_hot(training: Training) -> Any:
    """Preparation for linear models: numbers with the median for null, scaled; one column for each category and for null."""
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [i for i, feature in enumerate(training.features) if not feature.is_category]
    codes = [i for i, feature in enumerate(training.features) if feature.is_category]
    known = [np.arange(-1, len(training.features[i].categories) + 1, dtype=np.float32) for i in codes]
    parts = []
    if numbers:
        scaled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
        parts.append(("numbers", scaled, numbers))
    if codes:
        encoder = OneHotEncoder(categories=known, sparse_output=False, dtype=np.float32, handle_unknown="ignore")
        filled = SimpleImputer(strategy="constant", fill_value=NULL, keep_empty_features=True)
        parts.append(("codes", make_pipeline(filled, encoder), codes))
    return ColumnTransformer(parts)


def filled(training: Training) -> Any:
    """Preparation for trees that know no null: the median for numbers, a code of its own for categories."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer

    numbers = [i for i, feature in enumerate(training.features) if not feature.is_category]
    codes = [i for i, feature in enumerate(training.features) if feature.is_category]
    parts = []
    if numbers:
        parts.append(("numbers", SimpleImputer(strategy="median", keep_empty_features=True), numbers))
    if codes:
        parts.append(("codes", SimpleImputer(strategy="constant", fill_value=NULL, keep_empty_features=True), codes))
    return ColumnTransformer(parts)


def without_empty(training: Training) -> list[tuple[str, Any]]:
    """A step that leaves out the columns that are null in every row; no step, and no copy, when there is none."""
    import numpy as np

    empty = [i for i in range(training.X.shape[1]) if np.isnan(training.X[:, i]).all()]
    if not empty or len(empty) == training.X.shape[1]:
        return []
    from sklearn.compose import ColumnTransformer

    kept = [i for i in range(training.X.shape[1]) if i not in empty]
    return [("columns", ColumnTransformer([("kept", "passthrough", kept)]))]
