"""Values as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

NOTHING = "-"


def plain(value: object) -> str:
    """Text on one line without control characters: data must not steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(str(value).split()))


def number(value: Any, digits: int = 4) -> str:
    """A number with few digits; `-` when there is none."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return NOTHING if value is None else plain(value)
    if math.isnan(value):
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}"


def share(value: float | None) -> str:
    """A share of 1 as percent."""
    return NOTHING if value is None or math.isnan(value) else f"{100 * value:.3g}%"


def moment(seconds: float | None) -> str:
    """Seconds since 1970 as a UTC time."""
    return NOTHING if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def lasted(seconds: float | None) -> str:
    """A time that something took."""
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def metric(value: Any) -> tuple[str, str, str]:
    """Value, 95% interval and baseline of a metric: `{"value", "low", "high", "baseline"}` or a number."""
    if not isinstance(value, dict):
        return number(value), NOTHING, NOTHING
    low, high = value.get("low"), value.get("high")
    interval = NOTHING if low is None or high is None else f"{number(low)} to {number(high)}"
    return number(value.get("value")), interval, number(value.get("baseline"))


def bound(value: Any) -> str:
    """A gate's bound: `at least 0.8, at most 1`, or the text itself."""
    if not isinstance(value, dict):
        return number(value)
    words = {"min": "at least", "max": "at most", "vs_live": "against live at least"}
    parts = [f"{words.get(key, key)} {number(limit)}" for key, limit in value.items() if limit is not None]
    return ", ".join(parts) or NOTHING
