"""`declml runs`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "The runs so far, newest first."


def arguments(parser: argparse.ArgumentParser) -> None:
    """How many."""
    parser.add_argument("--most", type=int, default=20, metavar="N", help="show at most N runs (default 20)")


def run(args: argparse.Namespace) -> int:
    """List runs."""
    from declml.report.table import runs_table

    project = open_project(args)
    runs = project.store_to_read.records.runs(project.name)[: args.most]
    answer(args, [asdict(one) for one in runs], runs_table(runs))
    return 0
