"""Hydra, driven through its own object. The only module that imports Hydra's internals.

Import it inside functions only: it brings Hydra.
"""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hydra import version as hydra_version
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.core_plugins.importlib_resources_config_source import ImportlibResourcesConfigSource
from hydra._internal.defaults_list import create_defaults_list
from hydra._internal.hydra import Hydra
from hydra._internal.sources_registry import SourcesRegistry
from hydra._internal.utils import create_config_search_path
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf._utils import split_key
from omegaconf.errors import GrammarParseError

from declml.config.overrides import Change
from declml.config.provenance import Origins
from declml.config.sources import file_name, read_file, read_resource
from declml.config.yaml_errors import snippet
from declml.config.yaml_traps import scalars
from declml.core.errors import SpecError
from declml.core.place import Diagnostic, Place
from declml.spec.sugar import OPENABLE, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hydra.core.default_element import ResultDefault

    from declml.config.yaml_guard import Document

BASE = "1.3"
TEXT_KEYS = frozenset({
    "name", "owner", "description", "task", "data", "target", "key", "time", "schema", "split", "engine", "store",
})  # fmt: skip
"""Keys of a spec whose value may be a word: `engine=inline` is a word or an option, `deployment=steady` only an option."""


@dataclass(slots=True)
class Composition:
    """What Hydra made of files and overrides: the config, what it was made from, and the places of its values."""

    config: DictConfig
    documents: list[tuple[Document, str]]
    changes: list[Change]
    openings: list[tuple[tuple[str, ...], tuple[str, ...]]]
    groups: dict[str, list[str]] = field(default_factory=dict)

    def origins(self) -> Origins:
        """The places, computed when somebody asks."""
        found = Origins()
        opening = dict(self.openings)
        for document, package in self.documents:
            found.lay(document, package)
        for path, inner in opening.items():
            origin = found.exact(path)
            if origin is not None and not origin.is_mapping:
                found.open(path, inner)
        for change in self.changes:
            found.remove(change.path) if change.delete else found.override(change.path, change.value, change.text)
        return found


REPLACING = {"path", "type", "train"}
"""Keys of a mapping that says itself what a scalar would say: it replaces the scalar."""


class _GuardedFiles(FileConfigSource):
    """YAML files of a folder, read through the guard."""

    def load_config(self, config_path: str) -> ConfigResult:
        path = file_name(self.path, self._normalize_file_name(config_path))
        if not path.is_file():
            raise ConfigLoadError(f"Config not found : {path}")
        return _result(self, read_file(path))


class _GuardedResources(ImportlibResourcesConfigSource):
    """YAML files of a package, read through the guard. Hydra's own files are Hydra's business."""

    def load_config(self, config_path: str) -> ConfigResult:
        if self.path.split(".")[0] in {"hydra", "hydra_plugins"}:
            return super().load_config(config_path)
        name = self._normalize_file_name(config_path)
        document = read_resource(self.path, name)
        if document is None:
            raise ConfigLoadError(f"Config not found : {name}")
        return _result(self, document)


class _Result(ConfigResult):
    document: Document


def _result(source: ConfigSource, document: Document) -> ConfigResult:
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        what = f"a config is a mapping of keys to values, this file holds a {type(data).__name__}"
        raise SpecError.of([Diagnostic("E1002", what, Place(document.file, 1, 1), hint="write 'key: value' lines")])
    try:
        config = OmegaConf.create(data)
    except GrammarParseError:
        raise SpecError.of([_ill_formed(document)]) from None
    header = ConfigSource._get_header_dict(document.text[:512])
    result = _Result(provider=source.provider, path=f"{source.scheme()}://{source.path}", config=config, header=header)
    result.document = document
    return result


def _ill_formed(document: Document) -> Diagnostic:
    """The first interpolation of a file that cannot be read."""
    for node in scalars(document.root):
        try:
            OmegaConf.create({"value": node.value})
        except GrammarParseError:
            place = document.place(node.start_mark)
            shown = snippet(document.text, place.line, place.column)
            what = "this interpolation is not closed or not well formed"
            return Diagnostic("E1014", what, place, snippet=shown, hint="write ${key} or ${oc.env:NAME}")
    return Diagnostic("E1014", "an interpolation is not well formed", Place(document.file))


class _Repository(CachingConfigRepository):
    """A repository in which some names are values although a folder of that name exists."""

    values: frozenset[str] = frozenset()

    def group_exists(self, config_path: str) -> bool:
        return config_path not in self.values and super().group_exists(config_path)


class _Loader(ConfigLoaderImpl):
    """Hydra's loader with declml's strict layer: known paths need no `+`, and what was read is remembered."""

    def __init__(self, search_path: Any) -> None:
        super().__init__(search_path)
        self.documents: list[tuple[Document, str]] = []
        self.changes: list[Change] = []
        self.openings: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        self.open_paths: set[tuple[str, ...]] = set()
        self.chosen: set[str] = set()

    def _parse_overrides_and_create_caching_repo(
        self, config_name: str | None, overrides: list[str]
    ) -> tuple[list[Override], CachingConfigRepository]:
        parsed, _ = super()._parse_overrides_and_create_caching_repo(config_name, overrides)
        repo = _Repository(self.repository)
        self._process_config_searchpath(config_name, parsed, repo)
        choices = [one for one in parsed if self._is_choice(one, repo)]
        repo.values = frozenset(
            one.key_or_group for one in parsed if one not in choices and not one.key_or_group.startswith("hydra")
        )
        known = self._known(config_name, [one for one in parsed if one not in choices], repo) if choices else set()
        self.chosen = set()
        for one in choices:
            if one.type == OverrideType.CHANGE and one.get_key_element() not in known:
                self.chosen.add(one.key_or_group)
                one.type = OverrideType.ADD
            elif one.type == OverrideType.DEL and one.get_key_element()[1:] not in known:
                repo.values |= {one.key_or_group}
        self.changes = []
        for one in parsed:
            if one.is_sweep_override() or one.key_or_group.startswith("hydra") or repo.group_exists(one.key_or_group):
                continue
            if one.package is None:
                path = tuple(split_key(one.key_or_group))
                self.changes.append(Change(path, one.value(), str(one.input_line), one.type == OverrideType.DEL))
            if one.type == OverrideType.CHANGE:
                one.type = OverrideType.FORCE_ADD
        return parsed, repo

    @staticmethod
    def _is_choice(one: Override, repo: CachingConfigRepository) -> bool:
        """Whether an override chooses an option of a group; `deployment=false` sets a value although a group has that name."""
        if one.key_or_group.startswith("hydra") or not repo.group_exists(one.key_or_group):
            return False
        if one.is_sweep_override() or one.is_delete() or one.package is not None:
            return True
        value = one.value()
        if isinstance(value, str) and one.key_or_group not in TEXT_KEYS:
            return True
        options = value if isinstance(value, list) else [value]
        return all(isinstance(name, str) and repo.config_exists(f"{one.key_or_group}/{name}") for name in options)

    @staticmethod
    def _known(config_name: str | None, others: list[Override], repo: CachingConfigRepository) -> set[str]:
        """The groups that the defaults lists name."""
        found = create_defaults_list(repo, config_name, others, prepend_hydra=False, skip_missing=True)
        return set(found.overrides.known_choices)

    def _compose_config_from_defaults_list(self, defaults: list[ResultDefault], repo: Any) -> DictConfig:
        self.documents = []
        loaded = [(one, repo.load_config(config_path=one.config_path)) for one in defaults]
        for default, result in loaded:
            if isinstance(result, _Result):
                package = result.header["package"] if default.package is None else default.package
                self.documents.append((result.document, package or ""))
        self.open_paths = self._paths_to_open()
        self.openings = []
        return super()._compose_config_from_defaults_list(defaults, repo)

    def _paths_to_open(self) -> set[tuple[str, ...]]:
        """Where sugar meets a mapping: the sugar is opened first, so that nothing of it is lost in the merge."""
        found = set()
        for path in OPENABLE:
            mappings = any(isinstance(_at(doc.data, package, path), dict) for doc, package in self.documents)
            changed = any(len(c.path) > len(path) and c.path[: len(path)] == path for c in self.changes)
            whole = any(
                c.path == path and isinstance(c.value, dict) and not REPLACING & set(c.value) for c in self.changes
            )
            if mappings or changed or whole:
                found.add(path)
        return found

    def _load_single_config(self, default: ResultDefault, repo: Any) -> ConfigResult:
        result = super()._load_single_config(default, repo)
        self._give_way(default, result)
        for path in sorted(self.open_paths, key=len):
            parent = OmegaConf.select(result.config, ".".join(path[:-1])) if path[:-1] else result.config
            if not isinstance(parent, DictConfig) or path[-1] not in parent:
                continue
            node = parent._get_node(path[-1])
            mapping = None if isinstance(node, DictConfig) else opened(path, node._value())  # type: ignore[union-attr]
            if mapping is not None:
                parent[path[-1]] = mapping[0]
                self.openings.append((path, mapping[1]))
        return result

    def _give_way(self, default: ResultDefault, result: ConfigResult) -> None:
        """A component chosen on the command line replaces one of another type: settings of two types do not mix."""
        for key in self.chosen - {str(default.config_path).split("/")[0]}:
            here = result.config.get(key) if isinstance(result.config, DictConfig) else None
            types = [_at(doc.data, package, (key, "type")) for doc, package in self.documents if package == key]
            if isinstance(here, DictConfig) and types and "type" in here and here.get("type") not in types:
                del result.config[key]


def _at(data: Any, package: str, path: tuple[str, ...]) -> Any:
    """The value that a file gives to a path of the composed config, or nothing."""
    words = tuple(word for word in package.split(".") if word and word != "_global_")
    if words:
        if words[: len(path)] == path[: len(words)] and len(words) >= len(path):
            return {}
        if path[: len(words)] != words:
            return None
    for word in path[len(words) :]:
        data = data.get(word) if isinstance(data, dict) else None
    return data


class Session:
    """One search path: the spec's folder, the user's `conf/`, plugins' folders, declml's own groups."""

    def __init__(self, folder: Path, extra: Sequence[str]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            hydra_version.setbase(BASE)
            Plugins.instance()
            search = create_config_search_path(f"file://{folder}")
        path = search.get_path()
        schema = path.pop()
        for number, one in enumerate(extra):
            search.append(f"declml-{number}", one)
        path.append(schema)
        self._search = search

    @contextlib.contextmanager
    def _driving(self) -> Iterator[tuple[Hydra, _Loader]]:
        """Hydra with guarded sources; the sources and the global state of the process are put back."""
        types = SourcesRegistry.instance().types
        before, state = dict(types), GlobalHydra.instance().hydra
        types["file"], types["pkg"] = _GuardedFiles, _GuardedResources
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                loader = _Loader(self._search)
                GlobalHydra.instance().clear()
                yield Hydra("declml", loader), loader
        finally:
            types.clear()
            types.update(before)
            GlobalHydra.instance().hydra = state

    def compose(self, name: str, overrides: Sequence[str]) -> Composition:
        """The config of a spec with overrides. Hydra's and OmegaConf's errors pass through."""
        with self._driving() as (hydra, loader):
            config = hydra.compose_config(name, list(overrides), RunMode.RUN)
            HydraConfig.instance().set_config(config)
            return Composition(config, loader.documents, loader.changes, loader.openings)

    def groups(self) -> dict[str, list[str]]:
        """Every config group with its options, Hydra's own left out."""
        with self._driving() as (hydra, loader):
            names = [one for one in hydra.list_all_config_groups() if one.split("/")[0] != "hydra"]
            return {one: loader.get_group_options(one) for one in names}

    def enumerate(self, name: str, overrides: Sequence[str]) -> list[list[str]]:
        """The overrides of each run of a sweep, in Hydra's order."""
        with self._driving() as (hydra, loader):
            config = hydra.compose_config(name, list(overrides), RunMode.MULTIRUN, validate_sweep_overrides=False)
            params = OmegaConf.to_container(config.hydra.sweeper.params) if config.hydra.sweeper.get("params") else {}
            lines = [f"{key}={value}" for key, value in dict(params).items()]  # type: ignore[arg-type] # Hydra's schema says dict
            parsed = OverridesParser.create(config_loader=loader).parse_overrides([*lines, *overrides])
            return [list(one) for batch in BasicSweeper.split_arguments(parsed, None) for one in batch]
