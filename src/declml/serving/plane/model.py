"""A release that is loaded, proven and warm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import orjson

from declml.core.errors import DeclmlError
from declml.serving.plane.contract import Contract
from declml.store.segments import Slot

if TYPE_CHECKING:
    import numpy.typing as npt

    from declml.serving.plane.drift import Drift
    from declml.store.release import Release
    from declml.store.store import Store

    Matrix = npt.NDArray[np.float32]

TOLERANCE = 1e-4
PROOF_BATCH = 512


class Model:
    """One release in memory: its contract, its ONNX session, the form of its replies.

    `score` may be called by several threads; everything else belongs to the loop of the plane.
    """

    def __init__(
        self, release: Release, contract: Contract, session: Any, proof: tuple[Matrix, Matrix], replica: str
    ) -> None:
        self.release = release
        self.number = release.number
        self.contract = contract
        self.columns = len(release.features)
        self.drift: Drift | None = None
        self._session = session
        self._proof = proof
        self._labels = [orjson.dumps(value) for value in release.class_values]
        pairs = b",".join(_quoted(name) + b":%b" for name in release.classes)
        start = b'{"id":"' + replica.encode() + b'%x","prediction":%b'
        self._item = start + (b',"probability":{' + pairs + b"}}" if release.classes else b"}")

    def score(self, X: Matrix) -> Matrix:
        """Class probabilities [n, k] or values [n, 1] of rows [n, p]."""
        answers: Matrix = self._session.run(["y"], {"x": X})[0]
        return answers

    def prove(self) -> None:
        """Answer the reference rows as on the day the release was made.

        Raises:
            DeclmlError: E5004, an answer differs.
        """
        rows, wanted = self._proof
        for start in range(0, len(rows), PROOF_BATCH):
            answers = self.score(rows[start : start + PROOF_BATCH])
            expected = wanted[start : start + PROOF_BATCH]
            if answers.shape != expected.shape:
                raise self._refused(f"it answers in the shape {answers.shape}, not {expected.shape}")
            gap = np.abs(answers - expected) / np.maximum(np.abs(expected), 1.0)
            if not (gap <= TOLERANCE).all():
                worst = int(np.nanargmax(np.where(np.isnan(gap), np.inf, gap).max(axis=1)))
                raise self._refused(
                    f"reference row {start + worst} is answered {answers[worst]}, not {expected[worst]}"
                )

    def alive(self) -> None:
        """Score one real row.

        Raises:
            DeclmlError: E5004, the answer differs.
        """
        rows, wanted = self._proof
        if len(rows) and not np.allclose(self.score(rows[:1]), wanted[:1], TOLERANCE, TOLERANCE):
            raise self._refused("reference row 0 is no longer answered as it was")

    def render(self, first: int, answers: Matrix) -> list[bytes]:
        """The JSON of each prediction; ids count up from `first`."""
        item = self._item
        texts = orjson.dumps(np.ascontiguousarray(answers), option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].split(b"],[")
        if not self._labels:
            return [item % (first + place, text) for place, text in enumerate(texts)]
        labels = self._labels
        best = answers.argmax(axis=1).tolist()
        return [item % (first + place, labels[best[place]], *text.split(b",")) for place, text in enumerate(texts)]

    def slot(self, role: str) -> Slot:
        """This release in the prediction log."""
        return Slot(self.number, role, self.release.features, self.release.classes)

    def _refused(self, why: str) -> DeclmlError:
        return DeclmlError(
            "E5004", f"{self.release.name} answers differently from when it was made", why=why,
            next="make the release again: declml run",
        )  # fmt: skip


def load_model(store: Store, project: str, number: int, replica: str, most_rows: int) -> Model:
    """A release of the store, proven on its reference rows.

    Raises:
        DeclmlError: E4001 or E4009 from the store; E5004, it cannot be served.
    """
    from declml.spec.schema import TableSchema

    release = store.releases.get(project, number)
    schema = TableSchema.model_validate(json.loads(_artifact(store, release, "schema")))
    contract = Contract(release, schema, most_rows)
    model = Model(release, contract, _session(store, release), _proof(store, release), replica)
    for size in (1, 2, 16):
        model.score(np.zeros((size, model.columns), np.float32))
    model.prove()
    if "profile" in release.artifacts:
        from declml.serving.plane.drift import Drift

        model.drift = Drift(release, _artifact(store, release, "profile"))
    return model


def _artifact(store: Store, release: Release, name: str) -> bytes:
    if name not in release.artifacts:
        raise DeclmlError("E5004", f"{release.name} cannot be served: it has no artifact '{name}'")
    return store.objects.read(release.artifacts[name])


def _session(store: Store, release: Release) -> Any:
    import onnxruntime

    content = _artifact(store, release, "onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise DeclmlError("E5004", f"{release.name} cannot be loaded", why=str(error)[:500]) from error
    if [put.name for put in session.get_inputs()] != ["x"] or "y" not in [out.name for out in session.get_outputs()]:
        raise DeclmlError("E5004", f"{release.name} cannot be served: its graph has no input 'x' or no output 'y'")
    return session


def _proof(store: Store, release: Release) -> tuple[Matrix, Matrix]:
    import pyarrow as pa

    table = pa.ipc.open_file(pa.py_buffer(_artifact(store, release, "parity"))).read_all()

    def matrix(letter: str, width: int) -> Matrix:
        columns = [table.column(f"{letter}{place}").to_numpy() for place in range(width)]
        return np.ascontiguousarray(np.stack(columns, axis=1), np.float32)

    return matrix("f", len(release.features)), matrix("y", max(len(release.classes), 1))


def _quoted(text: str) -> bytes:
    return msgspec.json.encode(text).replace(b"%", b"%%")
