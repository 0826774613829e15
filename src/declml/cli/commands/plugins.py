"""`declml plugins`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from declml.cli.output import answer

if TYPE_CHECKING:
    import argparse

SUMMARY = "What is installed: components by kind, and plugins that could not be loaded."
TAKES_SPEC = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(args: argparse.Namespace) -> int:
    """List plugins and components."""
    from declml.plugin.kinds import KINDS
    from declml.plugin.registry import registry
    from declml.report.table import plugins_table

    here = registry()
    here.load_file(Path.cwd() / "plugins.py")
    kinds = {kind: here.names(kind) for kind in KINDS}
    providers = [
        {
            "name": one.name,
            "version": one.version,
            "from": one.origin,
            "components": [f"{component.kind} {component.type_name()}" for component in one.components],
            "seconds": round(one.seconds, 4),
            "failure": one.failure,
        }
        for one in here.providers
    ]
    answer(args, {"kinds": kinds, "plugins": providers}, plugins_table(kinds, providers))
    return 0
