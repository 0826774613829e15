"""`declml promote`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "Move the release on trial one step nearer to live."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(args: argparse.Namespace) -> int:
    """Move the aliases and what is served, together."""
    from declml.project.live import promote
    from declml.report.table import deployment_summary

    deployment = promote(open_project(args))
    answer(args, deployment, deployment_summary(deployment))
    return 0
