"""`declml releases`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "The releases made so far; with --card, the card of one."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which release to show."""
    parser.add_argument("--card", metavar="N", type=int, help="print the card of release N")


def run(args: argparse.Namespace) -> int:
    """List releases, or show one."""
    project = open_project(args)
    store = project.store_to_read
    if args.card is not None:
        from declml.report.card import release_card

        release = store.releases.get(project.name, args.card)
        answer(args, release.as_dict(), release_card(release))
        return 0
    from declml.report.table import releases_table

    releases, aliases = store.releases.all(project.name), store.ledger.aliases(project.name)
    answer(args, [release.as_dict() for release in releases], releases_table(releases, aliases))
    return 0
