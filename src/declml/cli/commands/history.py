"""`declml history`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "What was live when, and why it changed."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(args: argparse.Namespace) -> int:
    """Show the ledger, checked."""
    from declml.report.table import history_table

    project = open_project(args)
    ledger = project.store_to_read.ledger
    ledger.verify()
    entries = ledger.history(project.name)
    answer(args, [asdict(entry) for entry in entries], history_table(entries))
    return 0
