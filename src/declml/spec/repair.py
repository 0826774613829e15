"""A spec with its wrong values taken out, so that what does not fit together is told in the same breath as what is wrong."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from declml.spec.root import ProjectSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from declml.spec.sugar import Path

STAND_INS: dict[Path, Any] = {
    ("name",): "unnamed",
    ("target",): "target",
    ("data",): {"train": {"type": "csv", "path": "-"}},
    ("data", "train"): {"type": "csv", "path": "-"},
    ("model", "try"): [{"type": "hist_gbm"}],
    ("model", "tune", "search"): {"type": "random"},
    ("engine",): {"type": "inline"},
    ("deployment", "route"): "/unnamed",
    ("deployment", "backend"): {"type": "process"},
}
"""What stands in for a required value that is wrong or missing. Nothing that is said about a stand-in is told."""


def repaired(data: dict[str, Any], error: ValidationError) -> tuple[ProjectSpec, set[Path]] | None:
    """The spec without its wrong values, and the paths of those; None when too much is wrong."""
    data = copy.deepcopy(data)
    wrong: set[Path] = set()
    for _ in range(3):
        wrong |= {_take_out(data, tuple(one["loc"])) for one in error.errors()}
        try:
            return ProjectSpec.model_validate(data), wrong
        except ValidationError as again:
            error = again
    return None


def concerns(path: Path, wrong: Iterable[Path]) -> bool:
    """Whether a path lies at, above or below a wrong one."""
    return any(path[: len(one)] == one[: len(path)] for one in wrong)


def _take_out(data: dict[str, Any], path: Path) -> Path:
    """Take out the value at `path`, or the nearest mapping entry above it; the path that was taken."""
    taken = next((one for one in STAND_INS if path[: len(one)] == one and (path == one or one != ("data",))), None)
    if taken is None:
        numbers = [index for index, word in enumerate(path) if isinstance(word, int)]
        taken = path[: numbers[0]] if numbers else path
    here: Any = data
    for word in taken[:-1]:
        here = here.get(word) if isinstance(here, dict) else None
    if isinstance(here, dict) and taken:
        here.pop(taken[-1], None)
        if taken in STAND_INS:
            here[taken[-1]] = copy.deepcopy(STAND_INS[taken])
    return taken
