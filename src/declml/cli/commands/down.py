"""`declml down`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "Stop the local service. Releases and aliases stay: `up` serves the same again."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to stop what other projects use too."""
    parser.add_argument(
        "--all", action="store_true", help="stop the local Ray too, although other projects are served by it"
    )


def run(args: argparse.Namespace) -> int:
    """Stop what `up` and `run` started."""
    from declml.project.live import down

    project = open_project(args)
    stopped = down(project, everything=args.all)
    answer(args, {"project": project.name, "stopped": stopped}, "stopped" if stopped else "nothing was running")
    return 0
