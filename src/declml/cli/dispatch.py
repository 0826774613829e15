"""One parser for every command: common flags, Hydra's flags, the spec and its overrides."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, NoReturn

from declml.cli.main import COMMANDS
from declml.core.errors import SpecError
from declml.core.suggest import suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are spec errors with a suggestion."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and leaving."""
        known = [flag for action in self._actions for flag in action.option_strings]
        strange = message.removeprefix("unrecognized arguments: ").split()
        hint = f"; {suggestion(strange[0], known)}" if message.startswith("unrecognized") else ""
        raise SpecError("E1000", f"{self.prog}: {message}{hint}", next=f"{self.prog} --help")


def dispatch(name: str, words: Sequence[str]) -> int:
    """Run a built-in command."""
    module = importlib.import_module(f"declml.cli.commands.{name}")
    args = parser_of(name, module).parse_intermixed_args(words)
    if getattr(module, "TAKES_SPEC", True):
        args.spec, args.overrides = _spec_and_overrides(args.words)
    code: int = module.run(args)
    return code


def parser_of(name: str, module: ModuleType) -> Parser:
    """The parser of a command."""
    parser = Parser(prog=f"declml {name}", description=module.SUMMARY, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    loud = parser.add_mutually_exclusive_group()
    loud.add_argument("-q", "--quiet", action="store_true", help="no progress")
    loud.add_argument("-v", "--verbose", action="store_true", help="more of what happens")
    if getattr(module, "TAKES_SPEC", True):
        parser.add_argument("words", nargs="*", metavar="[SPEC] OVERRIDES", help="a YAML file, then key=value")
        hydra = parser.add_argument_group("Hydra")
        hydra.add_argument("-cd", "--config-dir", help="folder of the spec, with --config-name")
        hydra.add_argument("-cn", "--config-name", help="name of the spec in --config-dir")
        hydra.add_argument("--cfg", choices=["job"], help="print the composed spec and leave")
        hydra.add_argument("--resolve", action="store_true", help="with --cfg: interpolations resolved, secrets masked")
        hydra.add_argument("-m", "--multirun", action="store_true", help="sweep: run once for each choice")
    module.arguments(parser)
    return parser


def _spec_and_overrides(words: Sequence[str]) -> tuple[str | None, list[str]]:
    is_spec = bool(words) and "=" not in words[0] and not words[0].startswith(("~", "+"))
    return (words[0], list(words[1:])) if is_spec else (None, list(words))


def only_spec(folder: Path) -> Path:
    """The spec of a folder that has just one.

    Raises:
        SpecError: E1901, none or several.
    """
    found = sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(".schema.yaml") and _is_spec(path))
    if len(found) != 1:
        what = "no spec was named, and there is none here" if not found else "several specs are here; name one"
        raise SpecError(
            "E1901", what, where=str(folder), next=f"declml check {found[0].name if found else 'SPEC.yaml'}"
        )
    return found[0]


def _is_spec(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    lines = text.splitlines()
    return any(line.startswith("name:") for line in lines) and any(
        line.startswith(("data:", "target:")) for line in lines
    )


def guest_command(name: str, words: Sequence[str]) -> int:
    """Run a command that a plugin offers."""
    from declml.plugin.registry import registry

    offered = {command.name: command for command in registry().commands()}
    if name not in offered:
        known = [*COMMANDS, *offered]
        raise SpecError("E1000", f"there is no command '{name}'; {suggestion(name, known)}", next="declml --help")
    return offered[name].run([word for word in words if word not in {"--json", "-q", "-v"}])
