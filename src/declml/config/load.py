"""From a file and overrides to a validated spec, with every finding at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from declml.config.findings import Composed, in_file_order, of_validation
from declml.config.sources import shown
from declml.core.errors import SpecError
from declml.core.suggest import closest
from declml.plugin.registry import registry
from declml.spec.root import ProjectSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from declml.config.provenance import Origins
    from declml.config.resolve import Resolved
    from declml.config.session import Composition
    from declml.core.place import Diagnostic, Place
    from declml.spec.sugar import Expanded

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A validated spec and what it was made from.

    data: the composed config before sugar, references to the environment kept. base: the folder of the spec.
    overrides: as typed. notes: what is accepted and not acted on yet. files: every file it was composed from.
    """

    spec: ProjectSpec
    data: dict[str, Any]
    base: Path
    file: Path
    overrides: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    _origins: Callable[[], Origins] = field(repr=False, compare=False, default=None)  # type: ignore[assignment] # set by load

    def place(self, path: str) -> Place | None:
        """Where the value at a key path (`model.tune.trials`) was written, or its nearest written parent; None for a default."""
        words = parse_path(path)
        origin, found = self._origins().nearest(words)
        return (origin.value if found == words else origin.key) if found else None


def parse_path(path: str) -> KeyPath:
    """`a.b[0].c` as its words."""
    words = path.replace("[", ".").replace("]", "").split(".")
    return tuple(int(word) if word.isdigit() else word for word in words)


def load(
    spec_file: Path | None,
    overrides: Sequence[str] = (),
    *,
    config_dir: str | Path | None = None,
    config_name: str | None = None,
) -> Loaded:
    """Compose, expand and validate a spec.

    Args:
        spec_file: the YAML file; None with `config_dir` and `config_name`.
        overrides: Hydra's override grammar, without sweeps; paths of the spec language need no `+`.
        config_dir: the folder of the spec when `spec_file` is None, else one more folder of config groups.
        config_name: the name of the spec in `config_dir`, with or without `.yaml`.

    Raises:
        SpecError: with every finding in `diagnostics`, in file order. Nothing was touched.
    """
    file, extra = locate(spec_file, config_dir, config_name)
    registry().load_file(file.parent / "plugins.py")
    return _validated(file, list(overrides), compose(file, overrides, extra))


def locate(spec_file: Path | None, config_dir: str | Path | None, config_name: str | None) -> tuple[Path, list[str]]:
    """The spec's file, and folders to search besides its own."""
    extra: list[str] = []
    if spec_file is None:
        folder = Path(config_dir) if config_dir else Path.cwd()
        name = config_name or ""
        spec_file = folder / (name if name.endswith(".yaml") else f"{name}.yaml")
        if not name:
            raise SpecError(
                "E1901", "no spec was named", next="declml check SPEC.yaml, or --config-dir with --config-name"
            )
    elif config_dir:
        if not Path(config_dir).is_dir():
            raise SpecError("E1001", "the folder of --config-dir does not exist", where=str(config_dir))
        extra.append(f"file://{Path(config_dir).resolve()}")
    file = spec_file.absolute()
    if not file.is_file():
        raise _not_there(file)
    if file.suffix != ".yaml":
        raise SpecError(
            "E1001",
            "the name of a spec ends in .yaml",
            where=shown(file),
            next=f"mv {shown(file)} {shown(file.with_suffix('.yaml'))}",
        )
    return file, extra


def _not_there(file: Path) -> SpecError:
    if file.is_dir():
        return SpecError(
            "E1001", "this is a folder, not a spec", where=shown(file), next=f"declml check {shown(file)}/SPEC.yaml"
        )
    there = [one.name for one in file.parent.glob("*.y*ml")] if file.parent.is_dir() else []
    best = closest(file.name, there)
    hint = f"did you mean {best}?" if best else f"specs here: {', '.join(sorted(there))}" if there else ""
    return SpecError("E1001", "this spec does not exist", where=shown(file), next=hint)


def compose(file: Path, overrides: Sequence[str], extra: Sequence[str]) -> Composition:
    """What Hydra makes of a spec, its search path and overrides.

    Raises:
        SpecError: what cannot be read, parsed or composed.
    """
    from declml.config import hydra_errors
    from declml.config.session import Session

    session = Session(file.parent, search_path(file.parent, extra))
    try:
        return session.compose(file.stem, overrides)
    except hydra_errors.EXPECTED as error:
        groups = session.groups() if "Could not" in str(error) else {}
        raise SpecError.of([hydra_errors.retold(error, overrides, groups, shown(file))]) from None


def search_path(folder: Path, extra: Sequence[str]) -> list[str]:
    """Where config groups are found after the spec's own folder."""
    beside = [f"file://{folder / 'conf'}"] if (folder / "conf").is_dir() else []
    return [*extra, *beside, *registry().conf_folders(), "pkg://declml.conf"]


def _validated(file: Path, overrides: list[str], composition: Composition) -> Loaded:
    from omegaconf import OmegaConf

    from declml.config.resolve import resolve
    from declml.config.schema_files import inline_schema
    from declml.spec.checks import check
    from declml.spec.later import not_acted_on
    from declml.spec.repair import concerns
    from declml.spec.sugar import expand

    found: list[Diagnostic] = [one for document, _ in composition.documents for one in document.findings]
    resolved = resolve(composition.config)
    raw = {k: v for k, v in OmegaConf.to_container(composition.config, resolve=False).items() if k != "hydra"}  # type: ignore[union-attr] # a DictConfig gives a dict
    composed = _Lazily(composition, raw, shown(file))
    data = _environment(resolved, composed, found)
    found += [composed.get().finding("E1013", *one) for one in _targets(data)]
    files = [document.file for document, _ in composition.documents]
    files.sort(key=lambda name: name != shown(file))
    data_with_schema = inline_schema(data, file.parent, composed, found)
    expanded = expand(data_with_schema)
    found += [composed.get().finding(one.code, one.path, one.what, one.hint) for one in expanded.mistakes]
    spec, wrong = _spec(expanded, resolved, composed, found)
    for one in check(spec, registry()) if spec is not None else ():
        source = expanded.source(one.path)
        if not expanded.is_mistaken(source) and not concerns(one.path, wrong):
            found.append(composed.get().finding(one.code, source, one.what, one.hint))
    if found or spec is None:
        raise SpecError.of(in_file_order(_once(found), files))
    return Loaded(
        spec,
        resolved.data,
        file.parent,
        file,
        tuple(overrides),
        not_acted_on(spec),
        tuple(files),
        lambda: composed.get().origins,
    )


class _Lazily:
    """Places are computed when there is something to place."""

    def __init__(self, composition: Composition, raw: Any, file: str) -> None:
        self._composition, self._raw, self._file = composition, raw, file
        self._composed: Composed | None = None
        self.references: dict[KeyPath, str] = {}

    def get(self) -> Composed:
        if self._composed is None:
            self._composed = Composed(self._composition.origins(), self._raw, self._file, self.references)
        return self._composed


def _environment(resolved: Resolved, composed: _Lazily, found: list[Diagnostic]) -> dict[str, Any]:
    from declml.config.resolve import read_environment, references

    found += [composed.get().finding(one.code, one.path, one.what, one.hint) for one in resolved.broken]
    composed.references |= references(resolved.data)
    data: dict[str, Any] = read_environment(resolved.data)
    return data


def _targets(data: Any, path: KeyPath = ()) -> list[tuple[KeyPath, str, str]]:
    """Every `_target_`: Hydra's way to name code, which a spec has not."""
    found: list[tuple[KeyPath, str, str]] = []
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, one in pairs:
        if key in {"_target_", "_partial_", "_args_", "_convert_", "_recursive_"}:
            found.append(
                ((*path, key), f"'{key}' would name code, and a spec cannot", "choose a component by type: NAME")
            )
        found += _targets(one, (*path, key))
    return found


def _spec(
    expanded: Expanded, resolved: Resolved, composed: _Lazily, found: list[Diagnostic]
) -> tuple[ProjectSpec | None, set[KeyPath]]:
    """The spec; when values are wrong, they are told, and the spec without them is what can still be checked."""
    from pydantic import ValidationError

    from declml.config.resolve import decode_at
    from declml.spec.repair import repaired

    decoded = False

    def interpolated(path: KeyPath) -> bool:
        return "${" in str(composed.get().raw_at(expanded.source(path)))

    while True:
        try:
            return ProjectSpec.model_validate(expanded.data), set()
        except ValidationError as error:
            wrong = [tuple(one["loc"]) for one in error.errors()]
            if not decoded and decode_at(expanded.data, wrong, interpolated):
                decoded = True
                continue
            _told(error, expanded, resolved, composed, found)
            return repaired(expanded.data, error) or (None, set())


def _told(error: Any, expanded: Expanded, resolved: Resolved, composed: _Lazily, found: list[Diagnostic]) -> None:
    broken = [one.path for one in resolved.broken]
    known = {(one.place, one.path) for one in found}
    code = [one.path for one in found if one.code == "E1013"]
    for one in of_validation(error, expanded, composed.get(), broken):
        told = any(path.startswith(one.path) for path in code)
        if not told and (one.place, one.path) not in known:
            found.append(one)


def _once(found: list[Diagnostic]) -> list[Diagnostic]:
    """One finding for each place: a trap in the source explains the type error that it causes."""
    traps = {one.place for one in found if one.code in {"E1011", "E1012"}}
    kept: dict[tuple[object, ...], Diagnostic] = {}
    for one in found:
        if one.place in traps and one.code not in {"E1011", "E1012"} and one.place and one.place.line:
            continue
        kept.setdefault((one.place, one.code, "" if one.code in {"E1011", "E1012"} else one.what), one)
    return list(kept.values())
