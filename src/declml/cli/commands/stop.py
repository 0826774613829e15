"""`declml stop`: end a Ray job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from declml.cli.cluster import Cluster, address_argument
from declml.cli.output import answer
from declml.core.errors import DeclmlError

if TYPE_CHECKING:
    import argparse

NAME = "stop"
SUMMARY = "stop a Ray job"
TAKES_SPEC = False
PATIENCE = 30.0  # seconds until a job that was asked must have ended


def arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("job", metavar="ID", help="as `declml submit` or `declml jobs` printed it")
    address_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Ask, then wait until it has ended."""
    cluster = Cluster.connect(args.address)
    running = cluster.stop(args.job)
    ends = time.monotonic() + PATIENCE
    found = cluster.job(args.job)
    while not found.status.is_terminal():
        if time.monotonic() > ends:
            what = f"job {args.job} was asked to stop and still runs after {PATIENCE:.0f} s"
            raise DeclmlError(
                "E8035", what, where=cluster.address, next=f"declml logs {args.job} --address {cluster.address}"
            )
        time.sleep(0.5)
        found = cluster.job(args.job)
    status = found.status.value.lower()
    said = f"{args.job} {status}" if running else f"{args.job} had ended before: {status}"
    answer(args, {"job": args.job, "status": status, "was_running": running}, said)
    return 0
