"""`-m`: every run of a sweep, enumerated by Hydra and validated before the first one starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.config.load import Loaded, load, locate, search_path
from declml.config.sources import shown
from declml.core.errors import SpecError
from declml.core.place import Diagnostic
from declml.plugin.registry import registry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST = 10_000
"""More runs than this are refused: a slip of the finger, not a sweep."""


def sweep(
    spec_file: Path | None,
    overrides: Sequence[str] = (),
    *,
    config_dir: str | Path | None = None,
    config_name: str | None = None,
) -> list[Loaded]:
    """One spec for each combination, in Hydra's order (the last override turns fastest).

    `Loaded.overrides` says which combination it is. Choices, ranges and globs work as in Hydra.

    Raises:
        SpecError: the findings of every combination that is wrong, each told once.
    """
    from declml.config import hydra_errors
    from declml.config.session import Session

    file, extra = locate(spec_file, config_dir, config_name)
    registry().load_file(file.parent / "plugins.py")
    session = Session(file.parent, search_path(file.parent, extra))
    try:
        combinations = session.enumerate(file.stem, overrides)
    except hydra_errors.EXPECTED as error:
        groups = session.groups() if "Could not" in str(error) else {}
        raise SpecError.of([hydra_errors.retold(error, overrides, groups, shown(file))]) from None
    if len(combinations) > MOST:
        raise SpecError("E1017", f"this sweep has {len(combinations)} runs", why=f"more than {MOST} are refused")
    return _preflight(file, combinations, config_dir if extra else None)


def _preflight(file: Path, combinations: list[list[str]], config_dir: str | Path | None) -> list[Loaded]:
    loaded: list[Loaded] = []
    found: dict[Diagnostic, None] = {}
    for overrides in combinations:
        try:
            loaded.append(load(file, overrides, config_dir=config_dir))
        except SpecError as error:
            found |= dict.fromkeys(error.diagnostics or [Diagnostic(error.code, error.what, hint=error.next)])
    if found:
        raise SpecError.of(list(found))
    return loaded
