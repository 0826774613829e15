"""What a run should tell besides its tables: rows set aside, warnings about the data, a model that beats nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from declml.store.store import Store

MOST = 5


def told_of(store: Store, artifacts: Mapping[str, str]) -> list[str]:
    """Sentences about the artifacts of a run, the most important first."""

    def content(name: str) -> dict[str, Any]:
        return json.loads(store.objects.read(artifacts[name])) if name in artifacts else {}

    notes = []
    report = content("ingest_report")
    if report.get("set_aside"):
        worst = report["rules"][0]
        notes.append(
            f"{report['set_aside']:,} of {report['rows']:,} rows were set aside, first row {worst['row']} of "
            f"{worst['origin']}: '{worst['column']}' must be {worst['rule']}"
        )
    notes += content("evaluation").get("notes", [])
    warnings = [one["what"] for one in content("review").get("findings", []) if one["level"] == "warning"]
    more = [f"{len(warnings) - MOST} more warnings are on the card"] if len(warnings) > MOST else []
    return [*notes, *warnings[:MOST], *more]
