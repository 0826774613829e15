"""What is wrong with a text that is not YAML, in words that help."""

from __future__ import annotations

import re

import yaml

from declml.core.place import Diagnostic, Place
from declml.core.reference import masked

_OPEN_INTERPOLATION = re.compile(r"[{,\[]\s*[\w-]*:?\s*\$\{")
_NO_SPACE = re.compile(r"^\s*[A-Za-z_][\w-]*:[^\s/]")


def snippet(text: str, line: int, column: int) -> str:
    """The source line with a caret below the column, credentials masked; empty when there is no such line."""
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return ""
    shown = masked(lines[line - 1])
    if len(shown) > 160 or shown != lines[line - 1]:
        return shown[:160]
    indent = "".join(c if c == "\t" else " " for c in shown[: column - 1])
    return f"{shown}\n{indent}^"


def syntax_error(text: str, file: str, error: Exception) -> Diagnostic:
    """The finding for an error of the YAML reader. The slower reader is asked again: its messages say more."""
    if isinstance(error, yaml.YAMLError):
        error = _retold(text) or error
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return Diagnostic("E1002", f"this is not YAML: {_unprintable(error)}", Place(file))
    line, column = mark.line + 1, mark.column + 1
    unspaced = _unspaced(text, line)
    if unspaced:
        what = f"'{masked(text.splitlines()[unspaced - 1].strip())}' is not 'key: value'"
        shown = snippet(text, unspaced, 1)
        return Diagnostic("E1002", what, Place(file, unspaced, 1), snippet=shown, hint="put a space after the colon")
    what, hint = _words(text, line, str(getattr(error, "problem", "") or error))
    return Diagnostic("E1002", what, Place(file, line, column), snippet=snippet(text, line, column), hint=hint)


def _retold(text: str) -> yaml.YAMLError | None:
    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except yaml.YAMLError as error:
        return error
    return None


def _unprintable(error: Exception) -> str:
    if isinstance(error, yaml.reader.ReaderError):
        code = error.character if isinstance(error.character, int) else ord(error.character)
        return f"character #x{code:04x} at position {error.position} is not allowed"
    return str(error).splitlines()[0]


def _unspaced(text: str, line: int) -> int:
    """The line at or before the error that lacks a blank after its colon, or 0."""
    lines = text.splitlines()
    near = [number for number in range(min(line, len(lines)), 0, -1) if lines[number - 1].strip()][:2]
    return next((number for number in near if _NO_SPACE.match(lines[number - 1])), 0)


def _words(text: str, line: int, problem: str) -> tuple[str, str]:
    lines = text.splitlines()
    at = lines[line - 1] if 1 <= line <= len(lines) else ""
    before = next((one for one in reversed(lines[: line - 1]) if one.strip()), "")
    if "\t" in at[: len(at) - len(at.lstrip())] or "'\\t'" in problem:
        return "a tab is used for indentation", "indent with spaces"
    if any(_OPEN_INTERPOLATION.search(one) and "}" in one for one in (at, before)):
        return "an interpolation inside { } or [ ] must be quoted", 'write "${...}" with quotes'
    if "found character" in problem and "cannot start any token" in problem:
        return "a value starts with a character that YAML keeps for itself", "quote the value"
    if "mapping values are not allowed here" in problem:
        return (
            "a colon or an indentation is in the wrong place",
            "quote the value, or check the indentation of this line",
        )
    if "expected <block end>" in problem or "block mapping" in problem:
        return (
            "this line is indented differently from the lines it belongs to",
            "give keys of one mapping one indentation",
        )
    return f"this is not YAML: {problem}", ""
