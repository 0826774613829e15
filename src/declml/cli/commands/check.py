"""`declml check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.configuration import shown_configuration
from declml.cli.open import open_projects
from declml.cli.output import answer, say

if TYPE_CHECKING:
    import argparse

SUMMARY = "Validate the spec without building anything."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to look at the data too."""
    parser.add_argument("--data", action="store_true", help="read the first rows of the sources too")


def run(args: argparse.Namespace) -> int:
    """Check one spec, or each job of a sweep."""
    if args.cfg:
        return shown_configuration(args)
    notes: list[str] = []
    projects = open_projects(args)
    for project in projects:
        notes += project.loaded.notes
        if args.data:
            notes += project.check_data()
    say(args, [f"note: {note}" for note in dict.fromkeys(notes)])
    names = [project.name for project in projects]
    answer(args, {"project": names[0], "valid": True, "notes": notes}, f"{names[0]}: the spec is valid")
    return 0
