"""Step `profile`: how the features were distributed in training, and the answers on the test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from declml.engine.step import Step, StepContext
from declml.engine.steps.chosen import INPUTS, Chosen, rows_of, side

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from declml.engine.steps.dataset import Target
    from declml.plugin.kinds.exporter import Exporter
    from declml.plugin.kinds.framework import Feature
    from declml.stats.profile import Profile

SAMPLE = 1000
"""Values of every number kept for exact statistics."""


def run(step: StepContext) -> None:
    """Profile each feature of the training rows, then the answers, in the order that monitoring reads them."""
    from declml.engine.steps.dataset import TEST, TRAIN, let_go
    from declml.plugin.registry import registry
    from declml.stats.table import TableProfile

    let_go()
    chosen = Chosen.of(step)
    exporter = cast("Exporter", registry().build("exporter", "onnx"))
    answer = exporter.predict(step.read("onnx"), rows_of(step, chosen, side(step, TEST)))
    prediction = profile_answers(answer, chosen.target)
    X = rows_of(step, chosen, side(step, TRAIN))
    profiles = [profile_feature(X[:, place], feature) for place, feature in enumerate(chosen.features)]
    step.fact("rows", len(X))
    let_go()
    step.put("profile", TableProfile([*profiles, prediction]).to_bytes())


def profile_feature(values: npt.NDArray[np.float32], feature: Feature) -> Profile:
    """The profile of one column of X."""
    import numpy as np

    from declml.stats.profile import Profile

    if not feature.is_category:
        return Profile.fit_number(np.ascontiguousarray(values), name=feature.name, sample=SAMPLE)
    codes = np.where(np.isnan(values), -1, values).astype(np.int32)
    return Profile.fit_category(codes, feature.categories, name=feature.name)


def profile_answers(answer: npt.NDArray[np.float64], target: Target) -> Profile:
    """The profile of the answers: values, the probability of the second of two classes, or the likeliest of more."""
    import numpy as np

    from declml.stats.profile import Profile

    if len(target.classes) > 2:
        return Profile.fit_category(answer.argmax(axis=1).astype(np.int32), target.classes, name="prediction")
    values = np.ascontiguousarray(answer[:, -1], np.float32)
    return Profile.fit_number(values, name="prediction", sample=SAMPLE)


PROFILE = Step("profile", run, inputs=(*INPUTS, "onnx"), outputs=("profile",))
