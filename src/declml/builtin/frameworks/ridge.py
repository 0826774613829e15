"""Ridge regression."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from declml.api import Task, Training, Tune
from declml.builtin.frameworks.scikit import ScikitFramework, one_hot


class Ridge(ScikitFramework):
    """Linear least squares with an L2 penalty of strength `alpha`."""

    type: Literal["ridge"] = "ridge"
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    alpha: Annotated[float, Tune(0.001, 1000.0, log=True)] = 1.0

    def build(self, training: Training) -> Any:
        """Scaled numbers, one column a category, Cholesky."""
        from sklearn.linear_model import Ridge as Estimator
        from sklearn.pipeline import Pipeline

        return Pipeline([("columns", one_hot(training)), ("model", Estimator(alpha=self.alpha, solver="cholesky"))])
