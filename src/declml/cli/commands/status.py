"""`declml status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "What is live, and how it is: conditions with reasons. Starts nothing."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(args: argparse.Namespace) -> int:
    """Show aliases and conditions."""
    from declml.project.live import status
    from declml.report.table import status_table

    found = status(open_project(args))
    answer(args, found, status_table(found))
    return 0
