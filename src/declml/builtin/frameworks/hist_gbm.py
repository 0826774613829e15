"""Gradient boosting on binned columns."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from declml.api import Feature, Task, Training, Tune
from declml.builtin.frameworks.scikit import ScikitFramework, without_empty


class HistGbm(ScikitFramework):
    """Boosted trees on columns of at most 255 bins; null goes its own way at every split.

    rounds: trees, one after another (for each class). leaves: of a tree, at most. min_rows: of a leaf, at least.
    l2: penalty on the values of the leaves.
    """

    type: Literal["hist_gbm"] = "hist_gbm"
    learning_rate: Annotated[float, Tune(0.02, 0.3, log=True)] = 0.1
    rounds: Annotated[int, Tune(50, 400, log=True)] = 100
    leaves: Annotated[int, Tune(7, 127, log=True)] = 31
    min_rows: Annotated[int, Tune(5, 200, log=True)] = 20
    l2: Annotated[float, Tune(0.001, 10.0, log=True)] = 0.001

    def build(self, training: Training) -> Any:
        """The boosting alone: it takes null and codes as they are, but no column without any value."""
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
        from sklearn.pipeline import Pipeline

        family = HistGradientBoostingClassifier if training.task == "classification" else HistGradientBoostingRegressor
        model = family(
            learning_rate=self.learning_rate,
            max_iter=self.rounds,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.min_rows,
            l2_regularization=self.l2,
            early_stopping=False,
            categorical_features=None,
            random_state=training.seed,
        )
        return Pipeline([*without_empty(training), ("model", model)])

    def to_onnx(self, model: Any, features: tuple[Feature, ...], task: Task) -> bytes:
        """The trees as one ONNX ensemble."""
        from declml.builtin.frameworks.boosted_onnx import boosted_to_onnx

        columns = model["columns"].transformers_[0][2] if len(model) > 1 else range(len(features))
        return boosted_to_onnx(model["model"], columns, len(features), task)
