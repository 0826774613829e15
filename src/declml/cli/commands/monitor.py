"""`declml monitor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "Check the window now: what moved, and how much. Exits with 4 when an alert is open."
ALERT = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which window."""
    parser.add_argument("--input", metavar="FILE", help="check the rows of a file instead of the logged predictions")
    parser.add_argument(
        "--since", metavar="TIME", help="the window's start: a duration back from now (7d) or an ISO time"
    )
    parser.add_argument("--until-time", metavar="TIME", help="the window's end, likewise")
    parser.add_argument("--release", type=int, metavar="N", help="compare with this release (default: the live one)")
    parser.add_argument("--html", metavar="FILE", help="write the report as one HTML page too")


def run(args: argparse.Namespace) -> int:
    """Check one window."""
    from declml.project.watching import check

    project = open_project(args)
    report = check(project, file=args.input, since=args.since, until=args.until_time, release=args.release)
    if args.html:
        from pathlib import Path

        from declml.core.files import write_whole
        from declml.report.window_html import window_html

        write_whole(Path(args.html), window_html(report.as_dict()).encode())
    from declml.report.table import window_table

    answer(args, report.as_dict(), window_table(report.as_dict()))
    return ALERT if report.alerts else 0
