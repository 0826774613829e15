"""Errors of Hydra and OmegaConf, retold: which override, which file, what next."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from declml.core.place import Diagnostic, Place
from declml.core.reference import masked
from declml.core.suggest import suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPECTED = (HydraException, OmegaConfBaseException, ValueError, TypeError, LookupError, AssertionError, OSError)
"""Hydra tells wrong input with all of these; `model.try.x=1` ends in a TypeError."""
_GROUP = re.compile(r"Could not (?:find|load) '([^']+)'")
_QUOTABLE = re.compile(r"[^\w./:,\[\]{}$@+~*-]")


def retold(error: Exception, overrides: Sequence[str], groups: dict[str, list[str]], file: str) -> Diagnostic:
    """The finding for an exception that Hydra raised while composing."""
    if isinstance(error, OverrideParseException):
        return _unparsed(error)
    text = str(error)
    cause = error.__cause__
    if isinstance(error, MissingConfigException):
        return _missing(error, overrides, groups, file)
    if "Ambiguous value" in text or "requires --multirun" in text:
        return _sweeping(text, overrides)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if isinstance(cause, Exception) and str(cause):
        lines.append(str(getattr(cause, "msg", None) or cause).splitlines()[0])
    culprit = next((one for one in overrides if one in text or _key(one) in _quoted(text)), "")
    if culprit:
        return Diagnostic(
            "E1017", _joined(lines, culprit), Place(override=masked(culprit)), _key(culprit), hint=_next(culprit, lines)
        )
    return Diagnostic("E1018", _joined(lines, ""), Place(file), hint=_hint_of(text))


def _key(override: str) -> str:
    return override.split("=", maxsplit=1)[0].lstrip("+~")


def _quoted(text: str) -> set[str]:
    return {found.lstrip("+~") for found in re.findall(r"'([^']+)'", text)}


def _joined(lines: list[str], culprit: str) -> str:
    said = [line for line in lines if not line.startswith(("See http", "To append", "Either", "Or add"))]
    shown = masked(culprit)
    return masked("; ".join(line[:1].lower() + line[1:] for line in said)).replace(culprit, shown)[:400]


def _next(culprit: str, lines: list[str]) -> str:
    text = " ".join(lines)
    if "already at" in text:
        return f"leave the + out: {masked(culprit.lstrip('+'))}"
    return ""


def _hint_of(text: str) -> str:
    if "_self_" in text:
        return "add '- _self_' to the defaults list: first for 'others override this file', last for the reverse"
    return "see the defaults list of this file"


def _sweeping(text: str, overrides: Sequence[str]) -> Diagnostic:
    culprit = next((one for one in overrides if one in text), "")
    key, _, value = culprit.partition("=")
    hint = f"to try each one, add -m; for a list write '{masked(f'{key}=[{value}]')}'"
    if " " in value:
        hint = f"""for one text write '{masked(f'{key}="{value}"')}'"""
    what = "this override has several values, and this is one run"
    return Diagnostic("E1017", what, Place(override=masked(culprit)), _key(culprit), hint=hint)


def _unparsed(error: OverrideParseException) -> Diagnostic:
    override = error.override
    key, sign, value = override.partition("=")
    place = Place(override=masked(override))
    if not sign and not override.startswith("~"):
        return Diagnostic("E1017", f"'{masked(override)}' is not an override", place, hint="write key=value")
    if key != key.strip() or value != value.lstrip():
        hint = f"write {masked(key.strip() + '=' + value.strip())} without spaces"
        return Diagnostic("E1017", "an override has no spaces around its =", place, key.strip(), hint=hint)
    hint = ""
    if value and _QUOTABLE.search(value) and '"' not in value:
        hint = f"quote the value: '{masked(key)}=\"{masked(value)}\"'"
    return Diagnostic("E1017", "this override cannot be read", place, key, hint=hint)


def _missing(
    error: MissingConfigException, overrides: Sequence[str], groups: dict[str, list[str]], file: str
) -> Diagnostic:
    wanted = str(error.missing_cfg_file or "")
    group, _, option = wanted.rpartition("/")
    options = groups.get(group, [str(one) for one in (error.options or [])])
    culprit = next((one for one in overrides if group and _key(one).split("@")[0] == group), "")
    place = Place(override=masked(culprit)) if culprit else _in_defaults(file, group, option)
    if not group:
        close = suggestion(wanted, groups)
        return Diagnostic("E1016", f"there is no config '{wanted}'", place, hint=close)
    if group not in groups:
        what = f"there is no config group '{group}'"
        return Diagnostic("E1016", what, place, group, hint=suggestion(group, groups))
    what = f"the config group {group} has no option '{option}'"
    return Diagnostic("E1016", what, place, group, hint=suggestion(option, options))


def _in_defaults(file: str, group: str, option: str) -> Place:
    """The line of a defaults list that chooses an option."""
    entry = re.compile(rf"\s*-\s.*\b{re.escape(group)}\b.*\b{re.escape(option)}\b")
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for number, line in enumerate(Path(file).read_text(encoding="utf-8").splitlines(), 1):
            if entry.match(line):
                return Place(file, number, line.index("-") + 3)
    return Place(file)
