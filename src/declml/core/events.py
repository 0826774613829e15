"""What happened, for observers: a name, the project, the time, and facts as JSON values."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Names: run_started, step_started, step_finished, run_finished, release_created, alias_moved, alert_opened.
    `at` is seconds since 1970 (UTC).
    """

    name: str
    project: str
    facts: dict[str, object] = field(default_factory=dict)
    at: float = field(default_factory=time.time)
