"""Units as words: `30d`, `5ms`, `2MB`, `20%`. Ambiguous ones are refused."""

from __future__ import annotations

import re
from decimal import Decimal

DURATIONS = {"ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
SIZES = {
    "B": 1,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_NUMBER_UNIT = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-z%]+)\s*")


def _split(text: object, what: str, example: str) -> tuple[float, str]:
    match = _NUMBER_UNIT.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise ValueError(f"{what} needs a number and a unit, for example {example}, not {text!r}")
    return float(match[1]), match[2]


def parse_duration(text: object) -> float:
    """Seconds of a duration such as `30d`, `5ms`, `6h`, `10min`.

    Raises:
        ValueError: no unit, an unknown one, or a negative time.
    """
    number, unit = _split(text, "a duration", "10m or 30d")
    if unit == "M":
        raise ValueError(f"{text!r} is ambiguous: write 'min' for minutes or 'd' for days")
    if unit not in DURATIONS:
        raise ValueError(f"{unit!r} is not a unit of time; known: {', '.join(DURATIONS)}")
    if number < 0:
        raise ValueError(f"a duration cannot be negative: {text!r}")
    return number * DURATIONS[unit]


def parse_size(text: object) -> int:
    """Bytes of a size such as `2MB` (10**6) or `2MiB` (2**20).

    Raises:
        ValueError: no unit, an unknown or ambiguous one, or a negative size.
    """
    number, unit = _split(text, "a size", "2MB")
    if unit not in SIZES:
        hint = " (bits or bytes? write MB)" if unit.lower().rstrip("b") in {"m", "g", "k", "t"} else ""
        raise ValueError(f"{unit!r} is not a unit of size{hint}; known: {', '.join(SIZES)}")
    if number < 0:
        raise ValueError(f"a size cannot be negative: {text!r}")
    return round(number * SIZES[unit])


def parse_fraction(text: object) -> float:
    """A share between 0 and 1, from `20%` or `0.2`.

    Raises:
        ValueError: outside 0..1, or a bare number above 1 that may mean percent.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        if not 0 <= text <= 1:
            raise ValueError(f"a share lies between 0 and 1; for percent write '{text:g}%'")
        return float(text)
    number, unit = _split(text, "a share", "20% or 0.2")
    if unit != "%" or not 0 <= number <= 100:
        raise ValueError(f"a share is written as 20% or 0.2, not {text!r}")
    return number / 100


def show_duration(seconds: float) -> str:
    """The shortest text that parses back to `seconds`."""
    for unit in ("w", "d", "h", "min", "s"):
        if seconds and seconds % DURATIONS[unit] == 0:
            return f"{seconds / DURATIONS[unit]:.0f}{unit}"
    exact = Decimal(repr(float(seconds)))
    return f"{_plain(exact * 1000)}ms" if seconds < 1 else f"{_plain(exact)}s"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_size(size: int) -> str:
    """A size for people, in decimal units."""
    for unit in ("TB", "GB", "MB", "kB"):
        if size >= SIZES[unit] * (1 if unit == "kB" else 0.9995):
            return f"{_plain(Decimal(f'{size / SIZES[unit]:.3g}'))} {unit}"
    return f"{size} B"
