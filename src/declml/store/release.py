"""A release: model + schema + reference profile + lineage, immutable."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from declml.core.digest import digest


@dataclass(frozen=True, slots=True)
class Release:
    """What `churn@7` is. Artifacts are digests into the store's objects.

    features: `[{"name", "categories": [...]}]` in the order of the model's input columns; an empty list of categories is a number.
    classes: the class labels as text in the order of the probability columns; empty for a regression.
    class_values: the same labels as they are in the data (JSON int, bool or text), for replies.
    artifacts: name -> digest: "onnx", "model" (fitted Python object), "schema" (canonical JSON of TableSchema), "profile" (TableProfile bytes:
        the features, then "prediction"), "parity" (reference rows + answers for the self-test of a replica, Arrow IPC).
    metrics: `{name: {"value", "low", "high"}}`. gates: `[{"name", "value", "bound", "passed"}]`.
    lineage: spec digest, dataset digest, run, step keys, code and library versions, trial settings.
    """

    project: str
    number: int
    task: str
    target: str
    features: tuple[dict[str, Any], ...]
    classes: tuple[str, ...]
    class_values: tuple[Any, ...]
    artifacts: dict[str, str]
    metrics: dict[str, dict[str, float]]
    gates: tuple[dict[str, Any], ...]
    lineage: dict[str, Any]
    created: float
    key: str | None = None
    time: str | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """The name people use: `churn@7`."""
        return f"{self.project}@{self.number}"

    @property
    def digest(self) -> str:
        """The content address: everything but the number and the moment."""
        content = asdict(self)
        for moment in ("number", "created"):
            del content[moment]
        return digest(content)

    def as_dict(self) -> dict[str, Any]:
        """The manifest as JSON."""
        return {**asdict(self), "digest": self.digest}

    @classmethod
    def from_dict(cls, manifest: dict[str, Any]) -> Release:
        """The release of a manifest. Sequences become tuples again."""
        fields = {name: manifest[name] for name in cls.__slots__}
        for name in ("features", "classes", "class_values", "gates", "notes"):
            fields[name] = tuple(fields[name])
        return cls(**fields)
