"""`declml rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "Serve the release before, or --to N. Moves a pointer; fails no request."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("--to", type=int, metavar="N", help="the release to go back to (default: the previous one)")


def run(args: argparse.Namespace) -> int:
    """Move the aliases and what is served, together."""
    from declml.project.live import rollback
    from declml.report.table import deployment_summary

    deployment = rollback(open_project(args), args.to)
    answer(args, deployment, deployment_summary(deployment))
    return 0
