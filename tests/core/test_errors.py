"""Errors answer where, what, why and what next, and cross processes whole."""

from __future__ import annotations

import pickle

import pytest

from declml.core.errors import AlertError, ConflictError, DeclmlError, GateError, SpecError
from declml.core.place import Diagnostic, Place

ALL = {DeclmlError: 1, SpecError: 2, GateError: 3, AlertError: 4, ConflictError: 1}


@pytest.mark.parametrize("kind", ALL)
def test_an_error_crosses_processes_whole(kind: type[DeclmlError]) -> None:
    error = kind("E3001", "what", where="where", why="why", next="next")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.as_dict() == error.as_dict()
    assert str(again) == str(error) == "error[E3001]: what\n  --> where\n  why: why\n  next: next"
    assert again.exit_code == ALL[kind]


def test_findings_cross_too_and_all_are_shown() -> None:
    found = [
        Diagnostic(
            "E1003", "no key 'taget'", Place("a.yaml", 3, 1), "taget", "taget: x\n^^^^^", "did you mean 'target'?"
        ),
        Diagnostic("E1004", "'name' is missing", Place("a.yaml")),
        Diagnostic("E1005", "not a number", Place(override="model.tune.trials=x")),
    ]
    error = SpecError.of(found)
    again = pickle.loads(pickle.dumps(error))
    assert again.diagnostics == tuple(found)
    assert (error.code, error.where, error.next) == ("E1003", "a.yaml:3:1", "did you mean 'target'?")
    assert str(again).split("\n\n") == [
        "error[E1003]: no key 'taget'\n  --> a.yaml:3:1   at taget\n    taget: x\n    ^^^^^\n  next: did you mean 'target'?",
        "error[E1004]: 'name' is missing\n  --> a.yaml",
        "error[E1005]: not a number\n  --> command line: model.tune.trials=x",
    ]


def test_a_code_that_is_not_listed_is_a_bug() -> None:
    with pytest.raises(LookupError, match="E9999"):
        DeclmlError("E9999", "what")


def test_only_answers_that_exist_are_shown() -> None:
    assert str(DeclmlError("E3001", "what")) == "error[E3001]: what"
