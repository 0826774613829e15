"""What is promised about false alarms."""

from __future__ import annotations

MONTH = 30 * 86_400.0
ALPHA = 0.01
"""Bound for a single look."""


def budget(every: float, per_month: float = 1.0) -> float:
    """The bound for each look when a look is taken every so many seconds and `per_month` false alarms are allowed.

    When nothing changed, a look raises a false alarm with at most this probability, so the expected number of them in
    30 days is at most `per_month`. Never above `ALPHA`.
    """
    return min(ALPHA, per_month * every / MONTH)


def controls(alpha: float, tests: int) -> str:
    """What is promised about false alarms, no more."""
    return (
        f"When nothing changed and rows are independent, at most 1 look in {1 / alpha:.0f} raises a false alarm: "
        f"{tests} tests, false discovery rate {alpha:.2g} (Benjamini-Hochberg), and only changes large enough to "
        "matter. Looks are counted one by one; nothing is promised for rows that follow one another in time."
    )
