"""Rows in time that would be shuffled."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from declml.api import Check, DataReview, Finding


class TimeShuffle(Check):
    """Neighbours in time share their target: a random split tests on rows whose neighbours were learnt.

    Measured as the correlation of the target with itself one row earlier, in the order of the time column.
    """

    type: Literal["time_shuffle"] = "time_shuffle"
    correlation: Annotated[float, Field(gt=0, le=1)] = 0.3

    def review(self, data: DataReview) -> list[Finding]:
        """A warning when rows have a time, are split at random, and follow one another."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        if data.split == "time" or data.rows.num_rows < 100:
            return []
        time = data.time or next((f.name for f in data.rows.schema if pa.types.is_temporal(f.type)), None)
        if time is None:
            return []
        target = data.rows[data.target].take(pc.sort_indices(data.rows[time]))
        if pa.types.is_string(target.type):
            target = target.combine_chunks().dictionary_encode().indices
        values = np.asarray(target.cast(pa.float64(), safe=False).drop_null().to_numpy(), np.float64)
        if len(values) < 100 or values[1:].std() == 0 or values[:-1].std() == 0:
            return []
        correlation = float(np.corrcoef(values[:-1], values[1:])[0, 1])
        if correlation < self.correlation:
            return []
        what = f"'{data.target}' follows its last value in '{time}' (correlation {correlation:.2f}), and the split is {data.split or 'random'}: the test will look better than the future"
        return [Finding(self.type, "warning", (time,), what, f"time: {time}")]
