"""Rows that are there more than once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from declml.api import Check, DataReview, Finding


class Duplicates(Check):
    """Equal rows weigh more than they should, and cross a random split."""

    type: Literal["duplicates"] = "duplicates"
    share: Annotated[float, Field(ge=0, le=1)] = 0.01

    def review(self, data: DataReview) -> list[Finding]:
        """A warning above `share` of the rows, a note below; a warning for keys that are there twice."""
        import numpy as np
        import polars as pl

        found = []
        rows = data.rows.num_rows
        if data.key and data.time is None:
            keys = data.rows[data.key]
            again = len(keys) - keys.null_count - pl.from_arrow(keys).drop_nulls().n_unique()
            if again:
                what = f"{again} rows repeat a key of '{data.key}'"
                found.append(
                    Finding(
                        self.type,
                        "warning",
                        (data.key,),
                        what,
                        'split: {by: "group:' + data.key + '"} keeps equal keys together',
                    )
                )
        marks = [pl.DataFrame(batch).hash_rows(seed=0).to_numpy() for batch in data.rows.to_batches()]
        again = rows - len(np.unique(np.concatenate(marks)))
        if again:
            level: Literal["note", "warning"] = "warning" if again > self.share * rows else "note"
            what = f"{again} of {rows} rows equal an earlier row in every column"
            found.append(Finding(self.type, level, (), what, "remove them where the data is made, or set `key`"))
        return found
