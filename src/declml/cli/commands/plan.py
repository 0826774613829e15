"""`declml plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.configuration import shown_configuration
from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "What run would do and why."
CHANGES = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """The exit code."""
    parser.add_argument("--detailed-exitcode", action="store_true", help="exit with 5 when there is something to do")


def run(args: argparse.Namespace) -> int:
    """Show the list that run would execute."""
    if args.cfg:
        return shown_configuration(args)
    from declml.report.table import plan_table

    project = open_project(args)
    planned = project.plan()
    rollout = project.rollout(planned)
    document = {"project": project.name, "steps": [step.as_dict() for step in planned.steps], "rollout": rollout}
    answer(args, document, plan_table(planned.steps, rollout))
    return CHANGES if args.detailed_exitcode and planned.changes else 0
