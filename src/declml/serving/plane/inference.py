"""The Open Inference Protocol, version 2: tensors as JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

import declml
from declml.serving.plane.contract import json_of
from declml.serving.plane.refusal import RefusedError

if TYPE_CHECKING:
    import numpy.typing as npt

    from declml.serving.plane.contract import Contract, Rows
    from declml.serving.plane.model import Model
    from declml.store.release import Release

DATATYPES = {"number": "FP64", "whole": "INT64", "flag": "BOOL", "text": "BYTES"}
KNOWN = {
    "BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FP16", "FP32", "FP64", "BYTES",
}  # fmt: skip


class TensorForm:
    """A request with one tensor for each column, `[n]` or `[n, 1]`, or with one matrix `x` [n, p] as the model reads it."""

    own_reply = True

    def __init__(self, body: bytes, project: str, replica: str) -> None:
        self._request = json_of(body)
        self._project, self._replica = project, replica
        if not isinstance(self._request, dict) or not isinstance(self._request.get("inputs"), list):
            raise RefusedError(422, "E5020", 'send {"inputs": [{"name", "shape", "datatype", "data"}, ...]}')
        self._inputs = [_checked(tensor) for tensor in self._request["inputs"]]
        names = [tensor["name"] for tensor in self._inputs]
        if len(set(names)) != len(names):
            raise RefusedError(422, "E5020", "two inputs have the same name")

    def decode(self, contract: Contract) -> Rows:
        """The rows, validated.

        Raises:
            RefusedError: 413 too many rows, 422 the tensors or a row break the rules.
        """
        if len(self._inputs) == 1 and self._inputs[0]["name"] == "x" and "x" not in contract.known:
            return contract.decode_objects(self._matrix(contract, self._inputs[0]))
        lengths = {tensor["shape"][0] for tensor in self._inputs}
        if len(lengths) != 1 or any(math.prod(tensor["shape"]) != tensor["shape"][0] for tensor in self._inputs):
            raise RefusedError(422, "E5020", "each column is a tensor of shape [n] or [n, 1], with the same n")
        names = [tensor["name"] for tensor in self._inputs]
        columns = [tensor["data"] for tensor in self._inputs]
        return contract.decode_objects([dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)])

    def render(self, release: Release, answers: list[tuple[int, int, npt.NDArray[np.float32]]]) -> bytes:
        """The outputs `prediction`, `probability` (classification) and `id`."""
        count = len(answers)
        y = np.stack([answer for _, _, answer in answers]) if answers else np.empty((0, 1), np.float32)
        outputs: list[dict[str, Any]] = []
        if release.classes:
            best = y.argmax(axis=1).tolist() if count else []
            values = [release.class_values[place] for place in best]
            outputs.append(_tensor("prediction", _datatype(release.class_values), [count], values))
            shape = [count, len(release.classes)]
            outputs.append(_tensor("probability", "FP32", shape, [_finite(cell) for cell in y.ravel().tolist()]))
        else:
            outputs.append(_tensor("prediction", "FP32", [count], [_finite(cell) for cell in y.ravel().tolist()]))
        outputs.append(_tensor("id", "BYTES", [count], [f"{self._replica}{counter:x}" for counter, _, _ in answers]))
        version = str(answers[0][1] if answers else release.number)
        reply = {"model_name": self._project, "model_version": version, "outputs": outputs}
        if isinstance(self._request.get("id"), str):
            reply["id"] = self._request["id"]
        return msgspec.json.encode(reply)

    def _matrix(self, contract: Contract, tensor: dict[str, Any]) -> list[dict[str, Any]]:
        """The matrix as rows: codes of categories become their text, 0 and 1 of flags become false and true."""
        shape, data, width = tensor["shape"], tensor["data"], len(contract.rules)
        if len(shape) != 2 or shape[1] != width:
            raise RefusedError(
                422, "E5020", f"x has {width} columns: {', '.join(rule.name for rule in contract.rules)}"
            )
        return [
            {rule.name: contract.cell_of(place, data[start + place]) for place, rule in enumerate(contract.rules)}
            for start in range(0, len(data), width)
        ]


def server_metadata() -> dict[str, Any]:
    """The server as the protocol describes it."""
    return {"name": "declml", "version": declml.__version__, "extensions": []}


def model_metadata(project: str, model: Model) -> dict[str, Any]:
    """The live release as the protocol describes it."""
    release = model.release
    outputs = [{"name": "prediction", "datatype": _datatype(release.class_values), "shape": [-1]}]
    if release.classes:
        outputs.append({"name": "probability", "datatype": "FP32", "shape": [-1, len(release.classes)]})
    outputs.append({"name": "id", "datatype": "BYTES", "shape": [-1]})
    return {
        "name": project,
        "versions": [str(release.number)],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": r.name, "datatype": DATATYPES[r.kind], "shape": [-1]} for r in model.contract.rules],
        "outputs": outputs,
    }


def _checked(tensor: object) -> dict[str, Any]:
    if not isinstance(tensor, dict) or not {"name", "shape", "datatype", "data"} <= tensor.keys():
        raise RefusedError(422, "E5020", "an input has name, shape, datatype and data")
    name, shape, data = tensor["name"], tensor["shape"], tensor["data"]
    if not isinstance(name, str) or not isinstance(shape, list) or not isinstance(data, list):
        raise RefusedError(422, "E5020", "an input's name is a text, its shape and data are lists")
    if tensor["datatype"] not in KNOWN:
        raise RefusedError(422, "E5020", f"input '{name[:100]}': datatype must be one of {', '.join(sorted(KNOWN))}")
    if not 1 <= len(shape) <= 2 or not all(type(size) is int and size >= 0 for size in shape):
        raise RefusedError(422, "E5020", f"input '{name[:100]}': shape must be [n] or [n, m]")
    while data and isinstance(data[0], list):
        if not all(isinstance(part, list) for part in data):
            raise RefusedError(422, "E5020", f"input '{name[:100]}': data is nested unevenly")
        data = [cell for part in data for cell in part]
    if math.prod(shape) != len(data):
        raise RefusedError(422, "E5020", f"input '{name[:100]}': the shape {shape} does not fit {len(data)} values")
    return {"name": name, "shape": shape, "data": data}


def _tensor(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def _datatype(values: tuple[Any, ...]) -> str:
    if not values:
        return "FP32"
    kinds = {type(value) for value in values}
    return "BOOL" if kinds == {bool} else "INT64" if kinds == {int} else "BYTES"


def _finite(cell: float) -> float | None:
    return cell if math.isfinite(cell) else None
