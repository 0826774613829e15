"""Classes of very different size."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from declml.api import Check, DataReview, Finding


class Imbalance(Check):
    """With a rare class, accuracy says little."""

    type: Literal["imbalance"] = "imbalance"
    share: Annotated[float, Field(gt=0, lt=0.5)] = 0.05

    def review(self, data: DataReview) -> list[Finding]:
        """A note when the smallest class is below `share` of the rows."""
        import pyarrow.compute as pc

        if data.task != "classification":
            return []
        column = data.rows[data.target].drop_null().combine_chunks()
        counts = sorted((row["counts"], str(row["values"])) for row in pc.value_counts(column).to_pylist())
        if not counts or counts[0][0] >= self.share * len(column):
            return []
        what = f"class '{counts[0][1]}' of '{data.target}' has {counts[0][0] / len(column):.2%} of the rows"
        return [
            Finding(
                self.type, "note", (data.target,), what, "look at pr_auc and balanced_accuracy rather than accuracy"
            )
        ]
