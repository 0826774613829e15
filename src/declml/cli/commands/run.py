"""`declml run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.cli.configuration import shown_configuration
from declml.cli.open import open_projects
from declml.cli.output import answer, say
from declml.cli.progress import progress

if TYPE_CHECKING:
    import argparse

    from declml.project.building import Built

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
    built = []
    for project in projects:
        if len(projects) > 1:
            say(args, f"run {len(built) + 1} of {len(projects)}: {' '.join(project.loaded.overrides)}")
        built.append(project.run(until=args.until, watch=watch))
    document: Any = built[0].as_dict() if len(built) == 1 else [one.as_dict() for one in built]
    answer(args, document, _text(built))
    return REFUSED if any(one.result.status == "refused" for one in built) else 0


def _text(built: list[Built]) -> Any:
    from declml.report.table import run_summary, sweep_table

    documents = [one.as_dict() for one in built]
    return run_summary(documents[0]) if len(built) == 1 else sweep_table(documents)
