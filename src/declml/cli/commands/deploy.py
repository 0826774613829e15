"""`declml deploy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "Serve a release (the newest, or --release N), by the declared rollout."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which release."""
    parser.add_argument("--release", type=int, metavar="N", help="the release to serve (default: the newest)")


def run(args: argparse.Namespace) -> int:
    """Move the aliases and what is served, together."""
    from declml.project.live import deploy
    from declml.report.table import deployment_summary

    deployment = deploy(open_project(args), args.release)
    answer(args, deployment, deployment_summary(deployment))
    return 0
