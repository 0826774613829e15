"""Progress on stderr: a live line on a terminal, plain lines otherwise, nothing with -q."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from declml.core.events import Event

ERASE = "\r\x1b[2K"


class Progress:
    """Shows the events of a run."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._open = False

    def __call__(self, event: Event) -> None:
        """Show one event."""
        step, facts = str(event.facts.get("step", "")), event.facts
        if event.name == "step_started":
            self._passing(f"{step} ...")
        elif event.name == "step_progress":
            share = facts.get("done")
            part = f" {share:.0%}" if isinstance(share, int | float) else ""
            self._passing(f"{step}{part} {facts.get('text', '')}")
        elif event.name == "step_finished":
            seconds = facts.get("seconds")
            took = f" {seconds:.1f} s" if isinstance(seconds, int | float) and seconds >= 0.05 else ""
            why = f" ({facts['reason']})" if facts.get("reason") else ""
            self._line(f"{facts.get('state', 'done'):<7} {step}{took}{why}")

    def _passing(self, text: str) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(ERASE + text[:width])
            sys.stderr.flush()
            self._open = True

    def _line(self, text: str) -> None:
        sys.stderr.write((ERASE if self._open else "") + text + "\n")
        sys.stderr.flush()
        self._open = False


def progress(args: argparse.Namespace) -> Callable[[Event], None]:
    """The watcher for a command line."""
    if args.quiet:
        return lambda _event: None
    return Progress(live=sys.stderr.isatty() and os.environ.get("TERM") != "dumb")
