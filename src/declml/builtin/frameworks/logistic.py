"""Logistic regression."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from declml.api import Task, Training, Tune
from declml.builtin.frameworks.scikit import ScikitFramework, one_hot


class Logistic(ScikitFramework):
    """Linear log-odds with an L2 penalty; several classes by softmax. `c` is the inverse strength of the penalty."""

    type: Literal["logistic"] = "logistic"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    c: Annotated[float, Tune(0.001, 100.0, log=True)] = 1.0

    def build(self, training: Training) -> Any:
        """Scaled numbers, one column a category, lbfgs."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import Pipeline

        model = LogisticRegression(C=self.c, max_iter=1000, tol=1e-4, random_state=training.seed)
        return Pipeline([("columns", one_hot(training)), ("model", model)])
