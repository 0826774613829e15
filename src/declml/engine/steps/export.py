"""Step `export`: the model as ONNX, and the proof that it answers like the fitted one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from declml.core.errors import DeclmlError
from declml.engine.step import Step, StepContext
from declml.engine.steps.chosen import INPUTS, Chosen, rows_of, side
from declml.engine.steps.fit import fitted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from declml.plugin.kinds.exporter import Exporter
    from declml.plugin.kinds.framework import Feature

    Floats = npt.NDArray[np.float64]

MOST_ROWS = 10_000
"""Test rows that both models answer."""
PROOF_ROWS = 100
"""Rows kept for the self-test of a replica, at most."""
TOLERANCE = 1e-5
"""The largest difference, as a share of the scale of the answers."""
SHOWN = 3


def run(step: StepContext) -> None:
    """Export, compare on real rows, keep some for replicas."""
    import numpy as np

    from declml.engine.steps.dataset import TEST
    from declml.plugin.registry import registry

    chosen = Chosen.of(step)
    exporter = cast("Exporter", registry().build("exporter", "onnx"))
    model = fitted(step)
    exported = exporter.export(chosen.framework, model, chosen.features, chosen.target.task)
    keep = np.flatnonzero(side(step, TEST))
    keep = keep[_evenly(len(keep), MOST_ROWS)]
    mask = np.zeros(len(side(step, TEST)), bool)
    mask[keep] = True
    real = rows_of(step, chosen, mask)
    X = np.concatenate([real, disturbed(real[_evenly(len(real), MOST_ROWS // 10)], chosen.features)])
    expected, answered = chosen.framework.predict(model, X), exporter.predict(exported, X)
    worst = compare(X, expected, answered, keep, chosen)
    step.fact("compared", len(X))
    step.fact("largest_difference", worst)
    step.fact("bytes", len(exported))
    step.put("onnx", exported)
    proof = _evenly(len(X), PROOF_ROWS)
    step.put("parity", _proof(X[proof], answered[proof]))


def disturbed(X: npt.NDArray[np.float32], features: tuple[Feature, ...]) -> npt.NDArray[np.float32]:
    """Copies of real rows with a tenth of the numbers null, a tenth of the categories null and a tenth unseen."""
    import numpy as np

    generator = np.random.default_rng(0)
    other = X.copy()
    chance = generator.random(other.shape)
    other[chance < 0.1] = np.nan
    for place, feature in enumerate(features):
        if feature.is_category:
            other[chance[:, place] > 0.9, place] = len(feature.categories)
    return other


def compare(
    X: npt.NDArray[np.float32], expected: Floats, answered: Floats, rows: npt.NDArray[np.int64], chosen: Chosen
) -> float:
    """The largest difference as a share of the scale.

    Raises:
        DeclmlError: E3103 it is too large; names the rows and both answers.
    """
    import numpy as np

    family = chosen.framework.type
    if expected.shape != answered.shape:
        why = f"it gives answers of shape {answered.shape}, the fitted model {expected.shape}"
        raise DeclmlError("E3103", f"the ONNX model of {family} answers differently", why=why)
    scale = 1.0 if chosen.target.task == "classification" else max(float(np.abs(expected).max(initial=0.0)), 1e-30)
    gaps = np.abs(expected - answered).max(axis=1, initial=0.0) / scale
    gaps[np.isnan(gaps)] = np.inf
    wrong = np.flatnonzero(gaps > TOLERANCE)
    if not len(wrong):
        return float(gaps.max(initial=0.0))
    told = []
    for place in wrong[np.argsort(-gaps[wrong], kind="stable")][:SHOWN]:
        name = (
            f"row {rows[place] + 1} of the dataset"
            if place < len(rows)
            else "a real row with null and unseen values put in"
        )
        told.append(f"{name}: fitted {_shown(expected[place])}, ONNX {_shown(answered[place])}")
    raise DeclmlError(
        "E3103", f"the ONNX model of {family} answers differently on {len(wrong)} of {len(X)} rows",
        why="; ".join(told), next=f"take another family than {family} in model.try, and report this",
    )  # fmt: skip


def _shown(answer: Floats) -> str:
    return "[" + ", ".join(f"{value:.7g}" for value in answer[:5]) + "]"


def _evenly(n: int, most: int) -> npt.NDArray[np.int64]:
    """Positions of at most `most` of `n` things, evenly spread."""
    import numpy as np

    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.int64)


def _proof(X: npt.NDArray[np.float32], answered: Floats) -> bytes:
    """Rows f0..fp-1 and answers y0..yk-1, float32, as an Arrow IPC file."""
    import io

    import numpy as np
    import pyarrow as pa

    columns = {f"f{place}": X[:, place] for place in range(X.shape[1])}
    columns |= {f"y{place}": answered[:, place].astype(np.float32) for place in range(answered.shape[1])}
    table = pa.table(columns)
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


EXPORT = Step("export", run, inputs=(*INPUTS, "model"), outputs=("onnx", "parity"))
