"""`declml logs`: the log of a Ray job."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from declml.cli.cluster import Cluster, address_argument
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

NAME = "logs"
SUMMARY = "the log of a Ray job"
TAKES_SPEC = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("job", metavar="ID", help="as `declml submit` or `declml jobs` printed it")
    parser.add_argument(
        "-f", "--follow", action="store_true", help="go on until the job ends; its exit code is the answer"
    )
    address_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print what there is, or follow."""
    cluster = Cluster.connect(args.address)
    if args.follow:
        from declml.cli.following import follow

        cluster.job(args.job)
        return follow(args, cluster, args.job).tell(args)
    text = cluster.log(args.job)
    if args.json:
        answer(args, {"job": args.job, "log": text}, "")
    else:
        sys.stdout.write(text)
    return 0
