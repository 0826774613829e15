"""`declml run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.cli.configuration import shown_configuration
from declml.cli.open import open_projects
from declml.cli.output import answer, say
from declml.cli.progress import progress

if TYPE_CHECKING:
    import argparse

SUMMARY = "Build what changed, gate it, serve what passed."
REFUSED = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """How far, and where."""
    parser.add_argument("--until", metavar="STEP", help="stop after this step")
    parser.add_argument("--engine", metavar="TYPE", help="inline, processes or ray: short for engine=TYPE")


def run(args: argparse.Namespace) -> int:
    """Run one spec, or each job of a sweep with a table at the end."""
    if args.engine:
        args.overrides = [*args.overrides, f"engine={args.engine}"]
    if args.cfg:
        return shown_configuration(args)
    projects = open_projects(args)
    say(args, [f"note: {note}" for note in dict.fromkeys(note for one in projects for note in one.loaded.notes)])
    watch = progress(args)
    choices = [" ".join(project.loaded.overrides) for project in projects]
    documents: list[dict[str, Any]] = []
    for project, choice in zip(projects, choices, strict=True):
        if args.multirun:
            say(args, f"run {len(documents) + 1} of {len(projects)}: {choice}")
        documents.append(project.run(until=args.until, watch=watch).as_dict())
    _answer(args, documents, choices)
    return REFUSED if any(one["status"] == "refused" for one in documents) else 0


def _answer(args: argparse.Namespace, documents: list[dict[str, Any]], choices: list[str]) -> None:
    from declml.report.table import run_summary, sweep_table

    if args.multirun:
        answer(args, documents, sweep_table(documents, choices))
    else:
        answer(args, documents[0], run_summary(documents[0], steps=args.quiet))
