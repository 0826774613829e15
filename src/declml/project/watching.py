"""The monitor of a project: which window, which release, who hears of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from declml.core.errors import SpecError
from declml.core.events import Event
from declml.core.units import parse_duration
from declml.monitoring.budget import ALPHA, budget
from declml.monitoring.check import check_window
from declml.monitoring.delivery import deliver
from declml.monitoring.record import last_check, record_check
from declml.monitoring.window import window_of_log, window_of_source
from declml.plugin.registry import registry

if TYPE_CHECKING:
    from declml.monitoring.result import WindowReport
    from declml.project.project import Project


def check(
    project: Project,
    *,
    file: str | None = None,
    since: str | None = None,
    until: str | None = None,
    release: int | None = None,
) -> WindowReport:
    """Check the logged predictions, or the rows of a file; record the check and deliver new alerts.

    Raises:
        SpecError: a time cannot be read, or --since is given with a file. DeclmlError: there is no release, no reference.
    """
    if file is not None and (since or until):
        raise SpecError("E1000", "--since and --until-time choose logged predictions; they don't go with --input")
    chosen, store = project.release(release), project.store
    if file is not None:
        from declml.project.files import source_of_file
        from declml.project.models import scorer

        window = window_of_source(
            source_of_file(file), project.base, chosen, store, name=file, score=scorer(chosen, store)
        )
    else:
        log = store.root / "predictions" / project.name
        window = window_of_log(log, chosen, _moment(since, "--since"), _moment(until, "--until-time"))
    before = last_check(store, project.name, window.kind)
    alpha = budget(project.spec.monitor.every) if project.spec.monitor else ALPHA
    report = check_window(chosen, store, window, alpha=alpha, before=before)
    record_check(store, report)
    channels = project.spec.monitor.alerts if project.spec.monitor else ()
    for delivery in deliver(store, report, channels, project.base):
        if delivery.failure:
            registry().notes.append(f"channel {delivery.channel}: {delivery.failure}; sent again with the next check")
    known = {alert["id"] for alert in before["alerts"]} if before else set()
    for alert in report.alerts:
        if alert.id in known:
            continue
        registry().tell(Event("alert_opened", project.name, {"id": alert.id, "sentence": alert.sentence}))
    return report


def _moment(text: str | None, flag: str) -> float | None:
    """Seconds since 1970 of `7d` (so long ago) or of an ISO time (UTC when it names no zone)."""
    if text is None:
        return None
    try:
        return time.time() - parse_duration(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SpecError("E1000", f"{flag} {text} is no time", next="write 7d, 12h or 2026-05-31T14:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
