"""From the words on the command line to a command. Imports nothing until a command is known."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMMANDS = {
    "check": "validate the spec without building anything",
    "plan": "what run would do and why",
    "run": "build what changed, gate it, serve what passed",
    "up": "start the local service and serve what is live",
    "down": "stop the local service",
    "status": "what is live, and how it is: conditions with reasons",
    "deploy": "serve a release",
    "promote": "move the release on trial one step nearer to live",
    "rollback": "serve the release before, or another one",
    "history": "what was live when, and why it changed",
    "predict": "score a file with a release",
    "monitor": "check the window now: what moved, and how much",
    "releases": "the releases made so far",
    "runs": "the runs so far",
    "submit": "the same run as a Ray job on a cluster",
    "jobs": "the Ray jobs of a cluster",
    "logs": "the log of a Ray job",
    "stop": "stop a Ray job",
    "plugins": "what is installed, and what could not be loaded",
}
"""Every command of this declml, with its summary. The module of a command is `declml.cli.commands.NAME`."""

USAGE = "usage: declml [--json] [-q|-v] COMMAND [SPEC] [OVERRIDES...]"
GLOBAL_FLAGS = {"--json", "-q", "--quiet", "-v", "--verbose"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the answer is the exit code (docs/commands.md lists them)."""
    words = list(sys.argv[1:] if argv is None else argv)
    flags: list[str] = []
    while words and words[0] in GLOBAL_FLAGS:
        flags.append(words.pop(0))
    if not words or words[0] in {"-h", "--help", "help"}:
        print(help_text())  # noqa: T201 - the answer
        return 0
    if words[0] == "--version":
        from declml import __version__

        print(f"declml {__version__}")  # noqa: T201 - the answer
        return 0
    from declml.cli.guard import guarded

    return guarded(_command(words[0]), words[0], flags + words[1:])


def _command(name: str) -> Callable[[Sequence[str]], int]:
    if name in COMMANDS:
        from declml.cli.dispatch import dispatch

        return lambda words: dispatch(name, words)

    def other(words: Sequence[str]) -> int:
        from declml.cli.dispatch import guest_command

        return guest_command(name, words)

    return other


def help_text() -> str:
    """The page of `declml --help`."""
    width = max(map(len, COMMANDS))
    lines = [USAGE, "", "declml keeps a machine-learning service equal to its YAML.", "", "commands:"]
    lines += [f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items()]
    lines += [
        "",
        "SPEC is a YAML file; it may be left out in a folder that has only one.",
        "OVERRIDES are Hydra's: model.tune.trials=5, gates.roc_auc.min=0.9, env=prod.",
        "declml COMMAND --help says more.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
