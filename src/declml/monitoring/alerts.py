"""From a check to alerts: which rules are broken, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.core.digest import digest
from declml.core.errors import AlertError
from declml.monitoring.result import Alert

if TYPE_CHECKING:
    from declml.monitoring.result import ColumnCheck, Notice, WindowReport
    from declml.store.release import Release


def open_alerts(
    release: Release, checks: list[ColumnCheck], notices: tuple[Notice, ...], at: float, before: dict[str, Any] | None
) -> tuple[Alert, ...]:
    """An alert for each column that moved and for each notice that is one.

    An alert that was open in the report `before` of the same release keeps its beginning and its identity; one that was
    closed in between is another alert.
    """
    begun = {}
    if before and before["release"] == release.number:
        begun = {(alert["rule"], alert["column"]): alert["since"] for alert in before["alerts"]}
    found = [("drift", check.column, check.sentence, check.strength) for check in checks if check.status == "moved"]
    found += [(notice.kind, notice.column, notice.sentence, 0.0) for notice in notices if notice.alert]
    alerts = []
    for rule, column, sentence, strength in found:
        since = float(begun.get((rule, column), at))
        identity = digest([release.project, release.number, rule, column, since])
        alerts.append(Alert(identity, rule, column, sentence, since, strength))
    return tuple(alerts)


def raise_alerts(report: WindowReport) -> None:
    """Raise when an alert is open.

    Raises:
        AlertError: E6001, exit code 4.
    """
    if not report.alerts:
        return
    count = len(report.alerts)
    raise AlertError(
        "E6001",
        f"{count} alert{'s are' if count > 1 else ' is'} open on {report.project}@{report.release}",
        where=", ".join(alert.column for alert in report.alerts if alert.column),
        why=report.alerts[0].sentence,
        next="look at the window; then train on newer rows with 'declml run', or undo with 'declml rollback'",
    )
