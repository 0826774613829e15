"""A component is its settings."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import ValidationError

from declml.api import Choose, Search, Tune
from declml.plugin.tuning import Axis, space, with_settings


class Sampled(Search):
    """A search that only holds settings."""

    type: Literal["sampled"] = "sampled"
    rate: Annotated[float, Tune(0.01, 0.3, log=True)] = 0.1
    depth: Annotated[int, Tune(1, 9)] = 3
    leaves: Annotated[int | None, Tune(2, 64)] = None
    rule: Annotated[str, Choose("a", "b")] = "a"
    fixed: int = 7

    def start(self, axes: dict[str, Axis], seed: int):
        raise NotImplementedError


def test_identity_holds_kind_type_revision_and_settings() -> None:
    assert Sampled(depth=4).identity() == {
        "kind": "search", "revision": 1, "type": "sampled",
        "rate": 0.1, "depth": 4, "leaves": None, "rule": "a", "fixed": 7,
    }  # fmt: skip


def test_what_the_user_wrote_is_not_searched() -> None:
    assert set(space(Sampled())) == {"rate", "depth", "leaves", "rule"}
    assert set(space(Sampled(depth=3))) == {"rate", "leaves", "rule"}


def test_whole_ranges_know_that_they_are() -> None:
    axes = space(Sampled())
    assert {name: axis.integer for name, axis in axes.items()} == {
        "rate": False, "depth": True, "leaves": True, "rule": False,
    }  # fmt: skip


def test_with_settings_keeps_what_was_written_and_checks_the_rest() -> None:
    tuned = with_settings(Sampled(fixed=8), {"depth": 5})
    assert (tuned.fixed, tuned.depth) == (8, 5)
    with pytest.raises(ValidationError, match="deep"):
        with_settings(Sampled(), {"deep": 5})


@pytest.mark.parametrize(
    "wrong", [{"depth": "3"}, {"depth": 2.5}, {"rate": "0.1"}, {"rate": float("nan")}, {"dpeth": 3}]
)
def test_settings_are_strict(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Sampled(**wrong)
