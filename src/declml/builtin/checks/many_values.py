"""Categories that look like identifiers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from declml.api import Check, DataReview, Finding


class ManyValues(Check):
    """A category with nearly as many values as rows names the rows instead of describing them."""

    type: Literal["many_values"] = "many_values"
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    most: Annotated[int, Field(ge=2)] = 1000

    def review(self, data: DataReview) -> list[Finding]:
        """A warning for each such feature."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = []
        for name in data.features:
            column = data.rows[name]
            if pa.types.is_floating(column.type):
                continue
            values, present = pc.count_distinct(column).as_py(), len(column) - column.null_count
            unique_text = pa.types.is_string(column.type) and values > max(20, self.share * present)
            unique_whole = pa.types.is_integer(column.type) and present > 100 and values == present and _steps(column)
            if unique_text or unique_whole:
                what = f"'{name}' has {values} different values in {present} rows: it looks like an identifier"
                found.append(
                    Finding(self.type, "warning", (name,), what, f"key: {name}, or features: {{drop: [{name}]}}")
                )
            elif pa.types.is_string(column.type) and values > self.most:
                what = f"'{name}' has {values} categories; most will have too few rows to learn from"
                found.append(Finding(self.type, "note", (name,), what))
        return found


def _steps(column: object) -> bool:
    """Whether whole numbers only ever rise by one, as a row counter does."""
    import numpy as np

    values = column.drop_null().to_numpy()  # type: ignore[attr-defined] # pyarrow has no types
    return bool((np.diff(values) == 1).all())
