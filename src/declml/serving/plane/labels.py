"""Labels over HTTP."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from declml.serving.plane.contract import json_of
from declml.serving.plane.refusal import MOST_PROBLEMS, Problem, RefusedError, breaks_schema
from declml.store.predictions import knows
from declml.store.segments import REPLICA_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from declml.serving.plane.plane import Plane
    from declml.store.release import Release

FORM = 'send labels as [{"id": "...", "label": ...}] or [{"key": "...", "label": ...}]'


def parse(body: bytes, release: Release, most: int) -> list[dict[str, Any]]:
    """The labels of a body, checked against the classes or the numbers of the release.

    Raises:
        RefusedError: 400 not JSON, 413 too many, 422 a label breaks the rules.
    """
    value = json_of(body)
    value = [value] if isinstance(value, dict) else value
    if not isinstance(value, list):
        raise RefusedError(422, "E5020", FORM)
    if len(value) > most:
        raise RefusedError(413, "E5022", f"{len(value)} labels in one request; at most {most} are taken")
    problems: list[Problem] = []
    found: list[dict[str, Any]] = []
    for place, entry in enumerate(value):
        wrong = _wrong(entry, release)
        if wrong:
            problems.append(Problem(place, *wrong))
        else:
            found.append({**entry, "key": str(entry["key"])} if "key" in entry else entry)
    if problems:
        raise breaks_schema(problems[: MOST_PROBLEMS * 10])
    return found


def keep(plane: Plane, labels: Sequence[dict[str, Any]]) -> bytes:
    """Write labels down; those whose prediction was never made are told and left out. Runs off the loop."""
    unknown = [entry["id"] for entry in labels if "id" in entry and not _made(plane, entry["id"])]
    left_out = set(unknown)
    kept = [entry for entry in labels if entry.get("id") not in left_out]
    if kept:
        plane.labels.append(kept)
    plane.counters.labels["kept"] += len(kept)
    plane.counters.labels["unknown"] += len(unknown)
    return msgspec.json.encode({"kept": len(kept), "unknown": unknown})


def _made(plane: Plane, identifier: str) -> bool:
    if identifier.startswith(plane.replica):
        try:
            return 0 < int(identifier[REPLICA_NAME:], 16) < plane.counter
        except ValueError:
            return False
    return knows(plane.address.log, identifier)


def _wrong(entry: object, release: Release) -> tuple[str, str, str] | None:
    if not isinstance(entry, dict) or "label" not in entry or len(entry.keys() & {"id", "key"}) != 1 or len(entry) != 2:
        return "", "type", FORM
    if "id" in entry and not (isinstance(entry["id"], str) and 0 < len(entry["id"]) <= 64):
        return "id", "type", "must be the id of a prediction"
    if "key" in entry and (isinstance(entry["key"], bool) or not isinstance(entry["key"], str | int)):
        return "key", "type", "must be a text or a whole number"
    label = entry["label"]
    if release.classes:
        known = any(type(label) is type(value) and label == value for value in release.class_values)
        return None if known else ("label", "values", "is not one of the classes of this deployment")
    if isinstance(label, bool) or not isinstance(label, int | float) or not math.isfinite(label):
        return "label", "type", "must be a number"
    return None
