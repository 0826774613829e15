import json
from types import SimpleNamespace

import pytest

from declml.cli.following import code_of, result_in
from declml.core.errors import DeclmlError


def ended(status: str, code: int | None, message: str = "") -> SimpleNamespace:
    """A job as Ray describes it."""
    facts = {"store": "/data/.declml"}
    return SimpleNamespace(status=SimpleNamespace(value=status), driver_exit_code=code, message=message, metadata=facts)


@pytest.mark.parametrize(
    ("status", "code"), [("SUCCEEDED", 0), ("FAILED", 1), ("FAILED", 2), ("FAILED", 3), ("FAILED", 4)]
)
def test_the_answer_of_declml_is_the_answer_of_submit(status: str, code: int) -> None:
    assert code_of(ended(status, code), "j", "a") == code


@pytest.mark.parametrize(
    ("found", "code", "told"),
    [
        (ended("FAILED", -9), "E8035", "signal 9"),
        (ended("FAILED", 127), "E8035", "--python"),
        (ended("FAILED", 77, "it went wrong\nmore"), "E8035", "exit code 77; it went wrong"),
        (ended("FAILED", None, "the actor died"), "E8035", "the actor died"),
        (ended("STOPPED", None), "E8035", "was stopped"),
        (ended("FAILED", 86), "E8036", "/data/.declml"),
    ],
)
def test_another_end_is_told(found: SimpleNamespace, code: str, told: str) -> None:
    with pytest.raises(DeclmlError) as caught:
        code_of(found, "j", "a")
    assert caught.value.code == code
    assert told in str(caught.value)


def test_the_last_document_of_a_log_is_the_result() -> None:
    first, last = ({"n": n, "deep": {"a": [1, 2]}} for n in (1, 2))
    log = f"words\n{json.dumps(first, indent=2)}\n{{broken\n{json.dumps(last, indent=2)}\nmore words\n"
    assert result_in(log) == last
    assert result_in("no document\n{\nnot json") is None
