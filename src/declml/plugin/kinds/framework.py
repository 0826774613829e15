"""How a family of models is fitted."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from declml.plugin.component import Component

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the feature matrix.

    A category column holds codes 0..len(categories)-1, the next code for values unseen in training, and NaN for null;
    a number column holds the number, and NaN for null.
    """

    name: str
    categories: tuple[str, ...] = ()

    @property
    def is_category(self) -> bool:
        """Whether the column holds category codes."""
        return bool(self.categories)


@dataclass(frozen=True, slots=True)
class Training:
    """What a framework is fitted on.

    X: float32 [n, p], NaN = null. y: int64 class codes [n], or float64 values [n]. weight: float64 [n] or None.
    """

    X: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    features: tuple[Feature, ...]
    task: Task
    classes: tuple[str, ...] = ()
    weight: npt.NDArray[np.float64] | None = None
    seed: int = 0
    threads: int = 1
    facts: dict[str, Any] = field(default_factory=dict)


class Framework(Component):
    """Fits one family of models. Settings that a search may try carry a `Tune` or `Choose` on their field.

    Guarantees: the same `Training` gives the same model; `predict` works on any X [n, p] with NaN anywhere;
    `to_onnx` agrees with `predict` on every row within 1e-5 of its scale.
    """

    kind: ClassVar[str] = "framework"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification", "regression"})

    @abstractmethod
    def fit(self, training: Training) -> Any:
        """The fitted model. It must pickle."""

    @abstractmethod
    def predict(self, model: Any, X: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Class probabilities [n, k] (classification) or values [n, 1] (regression)."""

    @abstractmethod
    def to_onnx(self, model: Any, features: tuple[Feature, ...], task: Task) -> bytes:
        """An ONNX model: input `x` float32 [n, p]; one of its outputs is what `predict` gives (named `y`), float32."""
