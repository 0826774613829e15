"""Columns that never vary."""

from __future__ import annotations

from typing import Literal

from declml.api import Check, DataReview, Finding


class Constant(Check):
    """A feature with one value, or none, tells nothing now; when it starts to vary, the model has never seen it."""

    type: Literal["constant"] = "constant"

    def review(self, data: DataReview) -> list[Finding]:
        """A warning for each such feature."""
        import pyarrow.compute as pc

        found = []
        for name in data.features:
            column = data.rows[name]
            if column.null_count == len(column):
                found.append(
                    Finding(
                        self.type, "warning", (name,), f"'{name}' is null in every row", f"features: {{drop: [{name}]}}"
                    )
                )
                continue
            ends = pc.min_max(column)
            if ends["min"] == ends["max"]:
                what = f"'{name}' has the same value in every row: {ends['min'].as_py()!r}"
                found.append(Finding(self.type, "warning", (name,), what, f"features: {{drop: [{name}]}}"))
        return found
