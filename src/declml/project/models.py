"""The exported model of a release, at hand in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from declml.plugin.registry import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from declml.plugin.kinds.exporter import Exporter
    from declml.store.release import Release
    from declml.store.store import Store

    Score = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]

ROWS = 65_536


def scorer(release: Release, store: Store) -> Score:
    """The model as a function: X [n, p] to probabilities [n, k] or values [n, 1], a bounded number of rows at a time."""
    import numpy as np

    exporter = cast("Exporter", registry().build("exporter", "onnx"))
    model = store.objects.read(release.artifacts["onnx"])

    def score(X: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        parts = [exporter.predict(model, X[at : at + ROWS]) for at in range(0, len(X), ROWS)]
        return np.concatenate(parts).astype(np.float32)

    return score
