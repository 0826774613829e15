"""`declml up`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "Start the local service and serve what is live."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(args: argparse.Namespace) -> int:
    """Start, and bring the deployment to what the aliases say."""
    from declml.project.live import up
    from declml.report.table import deployment_summary

    project = open_project(args)
    deployment = up(project)
    answer(args, deployment, deployment_summary(deployment))
    return 0
