"""What a command says: results on stdout, the rest on stderr."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable


def answer(args: argparse.Namespace, document: Any, text: Any) -> None:
    """Give the result: one JSON document with `--json`, else text (a string or a rich renderable)."""
    if args.json:
        sys.stdout.write(json.dumps(document, indent=2, default=str) + "\n")
    elif isinstance(text, str):
        sys.stdout.write(text.rstrip("\n") + "\n")
    else:
        from rich.console import Console

        width = None if sys.stdout.isatty() else 160
        Console(file=sys.stdout, width=width, no_color=bool(os.environ.get("NO_COLOR")) or None).print(text)
    sys.stdout.flush()


def say(args: argparse.Namespace, lines: str | Iterable[str]) -> None:
    """Tell something that is not the result."""
    if args.quiet:
        return
    for line in [lines] if isinstance(lines, str) else lines:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - stderr is where this belongs
