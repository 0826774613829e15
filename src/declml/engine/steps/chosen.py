"""What later steps need of the choice: its features, its framework, and the rows of one side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from declml.engine.steps.dataset import Target

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from declml.engine.step import StepContext
    from declml.plugin.kinds.framework import Feature, Framework

INPUTS = ("dataset", "review", "split", "choice")
"""The artifacts that `Chosen.of` reads."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choice of the search, and what it is about."""

    target: Target
    features: tuple[Feature, ...]
    framework: Framework
    weight: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, step: StepContext) -> Chosen:
        """From the artifacts of a step."""
        from declml.plugin.kinds.framework import Feature
        from declml.plugin.registry import registry

        facts = json.loads(step.read("choice"))
        framework = cast("Framework", registry().build("framework", facts["framework"]))
        features = tuple(Feature(one["name"], tuple(one["categories"])) for one in facts["features"])
        return cls(Target.from_review(json.loads(step.read("review"))), features, framework, facts["weight"], facts)

    def weight_of(self, step: StepContext, keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64] | None:
        """The weight column of some rows, when there is one."""
        from declml.engine.steps.dataset import weights

        if self.weight in {"unit", "balanced"}:
            return None
        return weights(step.path("dataset"), self.weight)[keep]


def side(step: StepContext, which: int) -> npt.NDArray[np.bool_]:
    """A mask [n] of the rows of one side of the split."""
    from declml.engine.steps.split import sides_of

    mask: npt.NDArray[np.bool_] = sides_of(step.read("split")) == which
    return mask


def rows_of(step: StepContext, chosen: Chosen, keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """The features X float32 of some rows."""
    from declml.engine.steps.dataset import matrix

    return matrix(step.path("dataset"), chosen.features, keep)


def truth_of(step: StepContext, chosen: Chosen, keep: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """The target of some rows."""
    from declml.engine.steps.dataset import truth

    return truth(step.path("dataset"), chosen.target)[keep]
