"""From parsed words to projects: one, or one for each job of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from declml.cli.dispatch import only_spec
from declml.core.errors import SpecError

if TYPE_CHECKING:
    import argparse

    from declml.project import Project


def spec_file(args: argparse.Namespace) -> Path | None:
    """The file that was named, or the only one here; None with --config-name."""
    if args.config_name or args.config_dir:
        if args.spec:
            raise SpecError("E1000", "a spec file and --config-dir/--config-name exclude each other")
        return None
    return Path(args.spec) if args.spec else only_spec(Path.cwd())


def open_project(args: argparse.Namespace) -> Project:
    """The project of a command line."""
    from declml.project import Project

    if args.multirun:
        raise SpecError("E1000", "this command takes no sweep (-m)", next="declml run -m ...")
    return Project.open(spec_file(args), args.overrides, config_dir=args.config_dir, config_name=args.config_name)


def open_projects(args: argparse.Namespace) -> list[Project]:
    """The projects of a command line: one, or one for each job of a sweep. All are validated before any is used."""
    from declml.project import Project

    if not args.multirun:
        return [open_project(args)]
    return Project.sweep(spec_file(args), args.overrides, config_dir=args.config_dir, config_name=args.config_name)
