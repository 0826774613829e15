"""What the rows look like: the file `<name>.schema.yaml`, or the inline key `schema`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from declml.plugin.component import Settings
from declml.spec.types import Fraction, Items

ColumnType = Literal["int", "float", "bool", "category", "text", "date", "datetime"]


class Column(Settings):
    """One column: its type and its rules. A row that breaks a rule is quarantined at ingest and refused (422) when served.

    values: the known categories (category only). other: whether a category outside `values` is a new category (`allow`:
    counted, scored as unseen) or an error (`refuse`). min, max: inclusive, for numbers. format: strptime of dates as text.
    """

    type: ColumnType
    nullable: bool = True
    min: float | None = None
    max: float | None = None
    values: Items[str] = ()
    other: Literal["allow", "refuse"] = "allow"
    unique: bool = False
    format: str | None = None


class TableSchema(Settings):
    """The columns in order. `max_bad_rows`: the share of quarantined rows above which a run stops."""

    columns: Annotated[dict[str, Column], Field(min_length=1)]
    max_bad_rows: Annotated[Fraction, Field()] = 0.01

    def to_bytes(self) -> bytes:
        """The JSON text of this schema. Columns keep their order, which is the order of the features."""
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> TableSchema:
        """The schema of `to_bytes`."""
        return cls.model_validate_json(content)
