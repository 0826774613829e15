"""`declml predict`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.cli.open import open_project
from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "Score a file with a release, without a server."


def arguments(parser: argparse.ArgumentParser) -> None:
    """From where, to where, with what."""
    parser.add_argument("--input", metavar="FILE", required=True, help="csv, parquet or jsonl; gzip by name")
    parser.add_argument("--output", metavar="FILE", required=True, help="csv, parquet or jsonl")
    parser.add_argument("--release", type=int, metavar="N", help="the release (default: the live one, else the newest)")


def run(args: argparse.Namespace) -> int:
    """Score a file."""
    from pathlib import Path

    from declml.project.scoring import score_file

    project = open_project(args)
    done = score_file(project, args.input, Path(args.output), args.release)
    text = f"{done['rows']} rows scored with {done['release']} into {args.output}"
    answer(
        args,
        done,
        text + (f"; {done['refused']} rows break the schema and have no prediction" if done["refused"] else ""),
    )
    return 0
