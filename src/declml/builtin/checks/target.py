"""Whether the target can be learnt at all."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from declml.api import Check, DataReview, Finding


class Target(Check):
    """The target is there, varies, and each class has rows enough; rows without a target are counted."""

    type: Literal["target"] = "target"
    rows_per_class: Annotated[int, Field(ge=2)] = 10

    def review(self, data: DataReview) -> list[Finding]:
        """Errors for what cannot be trained on, a warning for rows without a target."""
        import pyarrow.compute as pc

        column = data.rows[data.target]
        at = (data.target,)
        known = len(column) - column.null_count
        counts = {
            row["values"]: row["counts"] for row in pc.value_counts(column.drop_null().combine_chunks()).to_pylist()
        }
        if len(counts) < 2:
            said = "has no value in any row" if not counts else f"has only one value, {next(iter(counts))!r}"
            return [
                Finding(
                    self.type,
                    "error",
                    at,
                    f"the target '{data.target}' {said}",
                    "check `target` and the data: there is nothing to learn",
                )
            ]
        found = []
        if data.task == "classification":
            rare = {value: count for value, count in counts.items() if count < self.rows_per_class}
            for value, count in sorted(rare.items(), key=lambda item: item[1])[:5]:
                what = (
                    f"class {value!r} of '{data.target}' has {count} of {known} rows, fewer than {self.rows_per_class}"
                )
                found.append(Finding(self.type, "error", at, what, "bring more rows of it, or merge or drop the class"))
        if column.null_count:
            what = f"{column.null_count} of {len(column)} rows have no '{data.target}'; they are not used"
            found.append(Finding(self.type, "warning", at, what))
        return found
