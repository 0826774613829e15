"""The list of codes and the code agree: none unlisted, none unused, none ambiguous."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from declml.core.codes import CODES

SOURCE = Path(__file__).parents[2] / "src" / "declml"
LIST = SOURCE / "core" / "codes.py"
CODE = re.compile(r"E\d{4}")


def _used() -> dict[str, set[str]]:
    """Codes that stand alone in a string constant of the source: what is raised, not what a docstring tells."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        if path == LIST:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                found.setdefault(node.value, set()).add(str(path.relative_to(SOURCE)))
    return found


def test_every_raised_code_is_listed() -> None:
    used = _used()
    assert {code: sorted(used[code]) for code in used if code not in CODES} == {}


def test_every_listed_code_is_raised() -> None:
    assert sorted(set(CODES) - set(_used())) == []


def test_every_code_named_in_a_docstring_is_listed() -> None:
    named = {
        (code, str(path.relative_to(SOURCE)))
        for path in SOURCE.rglob("*.py")
        for code in re.findall(r"\bE\d{4}\b", path.read_text(encoding="utf-8"))
    }
    assert sorted(pair for pair in named if pair[0] not in CODES) == []


def test_no_code_is_written_twice_in_the_list() -> None:
    [table] = [node for node in ast.walk(ast.parse(LIST.read_text(encoding="utf-8"))) if isinstance(node, ast.Dict)]
    keys = [key.value for key in table.keys if isinstance(key, ast.Constant)]
    assert sorted(keys) == sorted(set(keys))
    assert all(CODE.fullmatch(key) for key in keys)


def test_every_code_says_one_sentence_and_no_two_say_the_same() -> None:
    assert [
        code
        for code, text in CODES.items()
        if not (text.endswith(".") and (text[0].isupper() or text.startswith("declml ")))
    ] == []
    assert len(set(CODES.values())) == len(CODES)
