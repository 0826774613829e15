"""The one error of this layer."""

from __future__ import annotations


class StatsError(ValueError):
    """Arguments that no statistic is defined for, or bytes that are not a profile. The message says which and why."""
