"""The page of the spec describes every key, and what must be given."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

import pytest

from declml.plugin.component import Component, Settings
from declml.spec.gates import Bound, Gates
from declml.spec.root import ProjectSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]*)\|", re.MULTILINE)


def keys(model: type[Settings], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Every key path of a model, and whether it must be given."""
    for name, field in model.model_fields.items():
        path = prefix + (field.alias or name)
        yield path, field.is_required()
        for inner, suffix in nested(field.annotation):
            yield from keys(inner, f"{path}{suffix}.")
    if model is Gates:
        yield f"{prefix}METRIC", False
        yield from keys(Bound, f"{prefix}METRIC.")


def nested(annotation: Any, suffix: str = "") -> Iterator[tuple[type[Settings], str]]:
    """The settings classes inside a type; components are chosen by type and have keys of their own."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        if not issubclass(annotation, Component):
            yield annotation, suffix
    elif origin is dict:
        yield from nested(inner[1], ".NAME")
    elif origin is tuple:
        yield from nested(inner[0], "[]")
    elif origin is Annotated:
        yield from nested(inner[0], suffix)
    elif origin in {Union, types.UnionType}:
        for one in inner:
            yield from nested(one, suffix)


@pytest.fixture(scope="module")
def page() -> dict[str, str]:
    """The keys of the page, with what it says about defaults."""
    rows = ROW.findall((DOCS / "spec.md").read_text(encoding="utf-8"))
    assert len(rows) == len({key for key, _ in rows}), "a key is described twice"
    return {key: default.strip() for key, default in rows}


def test_the_page_describes_every_key_and_no_other(page: dict[str, str]) -> None:
    ProjectSpec.model_rebuild()
    assert set(page) == {key for key, _ in keys(ProjectSpec)}


def test_what_must_be_given_is_marked(page: dict[str, str]) -> None:
    filled = {
        "model",
        "model.try",
        "model.tune",
        "model.tune.search",
        "deployment.route",
        "deployment.backend",
        "engine",
    }
    required = {key for key, needed in keys(ProjectSpec) if needed} - filled  # short forms fill these
    assert {key for key, default in page.items() if default == "required"} == required
