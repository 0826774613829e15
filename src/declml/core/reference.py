"""Secrets by reference: the text `${oc.env:NAME}` stands for an environment variable until the moment it is used."""

from __future__ import annotations

import os
import re

from declml.core.errors import DeclmlError

REFERENCE = re.compile(r"\$\{oc\.env:([A-Za-z_][A-Za-z0-9_]*)\}")
_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/\s@'\"]+@")
_NAMED = re.compile(
    r"(?P<name>['\"]?\b[\w-]*(?:password|passwd|secret|token|api_?key|credential)[\w-]*['\"]?\s*[:=]\s*)"
    r"(?!\s*['\"]?\$\{)(?P<value>'[^']*'|\"[^\"]*\"|[^\s,}\]]+)",
    re.IGNORECASE,
)


def has_reference(text: str) -> bool:
    """Whether `text` holds a reference to the environment."""
    return REFERENCE.search(text) is not None


def reveal(text: str) -> str:
    """`text` with every reference replaced by its value. Call it at the moment of use; never keep, log or print the answer.

    Raises:
        DeclmlError: E1015, a variable is not set. The message names the variable only.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise DeclmlError("E1015", f"the environment variable {match[1]} is not set", next=f"export {match[1]}=...")
        return os.environ[match[1]]

    return REFERENCE.sub(value, text)


def masked(text: str) -> str:
    """`text` for people: credentials in URLs, and values of keys that name a secret, are replaced by `***`."""
    text = _USERINFO.sub(lambda match: f"{match['scheme']}***@", text)
    return _NAMED.sub(lambda match: f"{match['name']}***", text)


def decoded(text: str) -> str | int | float | bool:
    """A value of the environment as YAML would read it: a number where it is one."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)
