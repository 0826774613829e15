"""Telling people: every open alert over every channel, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from declml.core.digest import digest
from declml.core.errors import DeclmlError
from declml.monitoring.record import append, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from declml.monitoring.result import Alert, WindowReport
    from declml.plugin.kinds.channel import Channel
    from declml.store.store import Store


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message. failure: empty when it was delivered."""

    channel: str
    alerts: tuple[str, ...]
    failure: str = ""


def deliver(store: Store, report: WindowReport, channels: Sequence[Channel], base: Path) -> list[Delivery]:
    """Send the alerts that a channel has not had yet, one message for each channel.

    At least once: a delivery is recorded after it succeeded, so a crash in between sends it again, under the same
    `facts["id"]`. A channel that fails costs only its own message, which is sent again with the next check.
    """
    path = store.root / "monitor" / report.project / "deliveries.jsonl"
    sent = {(entry["channel"], alert) for entry in read(path) for alert in entry["alerts"]}
    results = []
    for place, channel in enumerate(channels):
        name = f"{channel.type} {place + 1}"
        key = digest([place, channel.identity()])
        new = [alert for alert in report.alerts if (key, alert.id) not in sent]
        if not new:
            continue
        failure = _send(channel, report, new, base)
        if not failure:
            append(path, {"at": report.at, "channel": key, "alerts": [alert.id for alert in new]})
        results.append(Delivery(name, tuple(alert.id for alert in new), failure))
    return results


def _send(channel: Channel, report: WindowReport, alerts: list[Alert], base: Path) -> str:
    """Why it failed; empty when it was delivered."""
    name = f"{report.project}@{report.release}"
    title = f"{name}: {len(alerts)} new alert{'s' if len(alerts) > 1 else ''}"
    text = "\n".join(alert.sentence for alert in alerts)
    facts: dict[str, object] = {
        "id": digest([alert.id for alert in alerts]),
        "project": report.project,
        "release": report.release,
        "at": report.at,
        "window": report.window,
        "alerts": [
            {"id": alert.id, "rule": alert.rule, "column": alert.column, "since": alert.since} for alert in alerts
        ],
    }
    try:
        channel.at(base).send(title, text, facts)
    except DeclmlError as error:
        return f"{error.what}: {error.why}" if error.why else error.what
    except Exception as error:  # noqa: BLE001 - a guest's channel must not cost the check or the other channels
        return type(error).__name__
    return ""
