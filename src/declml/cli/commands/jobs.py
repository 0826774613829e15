"""`declml jobs`: the Ray jobs of a cluster."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from declml.cli.cluster import Cluster, address_argument
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

NAME = "jobs"
SUMMARY = "the Ray jobs of a cluster"
TAKES_SPEC = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    address_argument(parser)


def run(args: argparse.Namespace) -> int:
    """List, newest first."""
    rows = [_row(job) for job in Cluster.connect(args.address).jobs()]
    answer(args, rows, _table(rows) if rows else "no jobs")
    return 0


def _row(job: Any) -> dict[str, Any]:
    ended = job.end_time / 1000 if job.end_time else None
    began = job.start_time / 1000 if job.start_time else None
    return {
        "job": job.submission_id,
        "project": (job.metadata or {}).get("declml", ""),
        "status": job.status.value.lower(),
        "exit_code": job.driver_exit_code,
        "started": datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds") if began else "",
        "seconds": round((ended or time.time()) - began, 1) if began else 0.0,
    }


def _table(rows: list[dict[str, Any]]) -> str:
    names = list(rows[0])
    cells = [names] + [["" if row[name] is None else str(row[name]) for name in names] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )
