"""A random forest."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from declml.api import Training, Tune
from declml.builtin.frameworks.scikit import ScikitFramework, filled

MOST_ROWS = 200_000
"""Rows drawn for a tree, at most: more make trees slower and hardly better."""


class Forest(ScikitFramework):
    """The mean of trees grown on resampled rows (Breiman 2001).

    depth: of a tree, at most. min_rows: of a leaf, at least. share: of the columns, drawn for every split.
    """

    type: Literal["forest"] = "forest"
    trees: Annotated[int, Field(ge=1, le=2000)] = 100
    depth: Annotated[int, Tune(4, 14)] = 10
    min_rows: Annotated[int, Tune(2, 100, log=True)] = 5
    share: Annotated[float, Tune(0.2, 1.0)] = 0.5

    def build(self, training: Training) -> Any:
        """Filled columns and the forest."""
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
        from sklearn.pipeline import Pipeline

        family = RandomForestClassifier if training.task == "classification" else RandomForestRegressor
        model = family(
            n_estimators=self.trees,
            max_depth=self.depth,
            min_samples_leaf=self.min_rows,
            max_features=self.share,
            max_samples=MOST_ROWS if len(training.X) > MOST_ROWS else None,
            random_state=training.seed,
            n_jobs=training.threads,
        )
        return Pipeline([("columns", filled(training)), ("model", model)])
