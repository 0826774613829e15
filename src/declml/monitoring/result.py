"""What a check found: one entry a column, notices, alerts."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["moved", "stable", "unknown"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A fact about the window that is not a test: a column that is gone, rows that break the schema, an empty window.

    kind: a short stable name. column: empty when it concerns the whole window. alert: whether it opens an alert.
    """

    kind: str
    sentence: str
    column: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class ColumnCheck:
    """One column of the window against the reference.

    role: feature, or the model's own answer. kind: number or category. moved: "distribution", "nulls".
    findings: what is told whatever the verdict (`declml.stats.evidence.Finding`). sentence: what happened, for people.
    statistics: value by type of statistic, None where it is not defined. measure: what `effect` is.
    effect: size with one-sided 95% bounds (value, low, high). p, q: of the distribution test, raw and corrected.
    null_p, null_q: of the null-rate test. null_rate: of reference and window. present: values of both.
    detectable: smallest effect that a window of this size notices in four of five cases; shift: the same as a shift in
    standard deviations (numbers only). strength: how many times the smallest effect that matters; orders the report.
    """

    column: str
    role: Literal["feature", "prediction"]
    kind: Literal["number", "category"]
    status: Status
    moved: tuple[str, ...]
    findings: tuple[str, ...]
    sentence: str
    statistics: dict[str, float | None]
    measure: str
    effect: tuple[float, float, float]
    p: float
    q: float
    null_p: float
    null_q: float
    null_rate: tuple[float, float]
    present: tuple[int, int]
    detectable: float
    shift: float
    strength: float


@dataclass(frozen=True, slots=True)
class Alert:
    """A broken rule: what, where, how much, since when.

    id: the same as long as the alert stays open. rule: "drift", or the kind of a notice. since: seconds since 1970.
    """

    id: str
    rule: str
    column: str
    sentence: str
    since: float
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class WindowReport:
    """The answer of one check. Columns are sorted by how much they moved.

    window: `{"kind": "log" or "file", "source", "since", "until", "rows"}`, times in seconds since 1970 or None.
    reference_rows: rows of the reference profile. alpha: bound on the share of false alarms of this look. tests: how
    many were corrected together. controls: one sentence on what is promised about false alarms.
    """

    project: str
    release: int
    at: float
    window: dict[str, Any]
    reference_rows: int
    columns: tuple[ColumnCheck, ...]
    notices: tuple[Notice, ...]
    alerts: tuple[Alert, ...]
    alpha: float
    tests: int
    controls: str
    notes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Rows of the window."""
        return int(self.window["rows"])

    @property
    def status(self) -> Literal["alert", "quiet", "unknown"]:
        """Alert: something moved. Unknown: too little was seen to say anything of any column. Quiet: neither."""
        if self.alerts:
            return "alert"
        return "quiet" if any(column.status != "unknown" for column in self.columns) else "unknown"

    @property
    def moved(self) -> tuple[ColumnCheck, ...]:
        """The columns that moved, strongest first."""
        return tuple(column for column in self.columns if column.status == "moved")

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON: what is not a finite number becomes null."""
        return {"status": self.status, **{name: _plain(value) for name, value in asdict(self).items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
