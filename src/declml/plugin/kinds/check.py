"""What can be wrong with a data set."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from declml.plugin.component import Component

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation: how bad, on which columns, in one sentence, and what to do."""

    check: str
    level: Literal["note", "warning", "error"]
    columns: tuple[str, ...]
    what: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class DataReview:
    """What a check sees: the rows, the roles of the columns, and how they are used.

    task: "classification" or "regression". split: "time", "random" or "group".
    """

    rows: pa.Table
    target: str
    features: tuple[str, ...]
    key: str | None
    time: str | None
    task: str = "classification"
    split: str = ""


class Check(Component):
    """Looks at a data set before a model is trained. An "error" finding stops the run."""

    kind: ClassVar[str] = "check"

    @abstractmethod
    def review(self, data: DataReview) -> list[Finding]:
        """Findings, worst first; empty when all is well."""
