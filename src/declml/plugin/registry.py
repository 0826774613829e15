"""Finding components: built-ins first, then a folder's `plugins.py`, then installed packages.

A plugin that fails to load costs only its own components: the failure is kept as a note for `declml plugins` and for
the message "no such type".
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from declml.core.digest import digest_bytes
from declml.core.errors import DeclmlError, SpecError
from declml.core.suggest import suggestion
from declml.plugin import hooks
from declml.plugin.command import Command
from declml.plugin.component import Component
from declml.plugin.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from declml.core.events import Event

GROUP = "declml"
BUILT_IN = "built in"
BLOCK = "DECLML_DISABLE_PLUGINS"

BUILTIN = {
    "source": "declml.builtin.sources",
    "check": "declml.builtin.checks",
    "framework": "declml.builtin.frameworks",
    "search": "declml.builtin.searches",
    "metric": "declml.builtin.metrics",
    "exporter": "declml.builtin.exporters",
    "statistic": "declml.builtin.statistics",
    "channel": "declml.builtin.channels",
    "executor": "declml.builtin.executors",
    "backend": "declml.builtin.backends",
}
"""Where the built-in components of a kind are: plugin modules like any other, loaded when a kind is first needed."""


@dataclass(slots=True)
class Provider:
    """One plugin as found: where it comes from, what it offers, and what went wrong."""

    name: str
    origin: str
    version: str = ""
    components: list[type[Component]] = field(default_factory=list)
    seconds: float = 0.0
    failure: str = ""


class Registry:
    """The components at hand. One per process is enough: `registry()`."""

    def __init__(self) -> None:
        self._plugins = pluggy.PluginManager("declml")
        self._plugins.add_hookspecs(hooks)
        self._types: dict[tuple[str, str], tuple[type[Component], Provider]] = {}
        self._clashes: dict[tuple[str, str], str] = {}
        self._loaded: set[str] = set()
        self._guests_loaded = False
        self.providers: list[Provider] = []
        self.notes: list[str] = []

    def find(self, kind: str, name: str) -> type[Component]:
        """The component class of this kind and type.

        Raises:
            SpecError: E1006, with the nearest names and the plugins that failed to load; E7001, two guests offer it.
        """
        self._load_builtin(kind)
        if (kind, name) not in self._types:
            self.load_guests()
        if (kind, name) not in self._types:
            raise SpecError("E1006", self.missing(kind, name), next="declml plugins")
        if (kind, name) in self._clashes:
            raise SpecError("E7001", self._clashes[kind, name], next=f"uninstall one, or name one in {BLOCK}")
        return self._types[kind, name][0]

    def missing(self, kind: str, name: str) -> str:
        """The sentence for a type that nobody offers."""
        text = f"no {kind} of type '{name}' is installed; {suggestion(name, self.names(kind))}"
        others = sorted(k for k, n in self._types if n == name and k != kind)
        text += f" ('{name}' is a {others[0]})" if others else ""
        failed = [provider for provider in self.providers if provider.failure]
        return text + "".join(f"; plugin {p.name} could not be loaded: {p.failure}" for p in failed)

    def names(self, kind: str) -> list[str]:
        """All types of a kind, built-in and installed."""
        self._load_builtin(kind)
        self.load_guests()
        return sorted(name for k, name in self._types if k == kind)

    def build(self, kind: str, value: object) -> Component:
        """A component from what a spec says: a type name, a mapping with `type`, or the component itself.

        Raises:
            SpecError: E1006 no such type. pydantic.ValidationError: a setting is wrong.
        """
        if isinstance(value, Component):
            return value
        settings: dict[str, Any] = {"type": value} if isinstance(value, str) else dict(value)  # type: ignore[call-overload] # a wrong shape is told by the caller
        return self.find(kind, str(settings.get("type"))).model_validate(settings)

    def load_guests(self) -> None:
        """Load every installed plugin once."""
        if self._guests_loaded:
            return
        self._guests_loaded = True
        blocked = {name.strip() for name in os.environ.get(BLOCK, "").split(",")}
        for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
            version = entry.dist.version if entry.dist else ""
            provider = Provider(entry.dist.name if entry.dist else entry.name, entry.value, version)
            if blocked & {entry.name, provider.name}:
                provider.failure = f"blocked by {BLOCK}"
                self.providers.append(provider)
            else:
                self._guarded(provider, entry.load)

    def load_file(self, path: Path) -> None:
        """Load a `plugins.py` that lies beside a spec."""
        key = str(path.resolve())
        if key in self._loaded or not path.is_file():
            return
        self._loaded.add(key)

        self._guarded(Provider(path.name, key), lambda: _import_file(path, key))

    def conf_folders(self) -> list[str]:
        """Folders of config groups that plugins offer."""
        self.load_guests()
        return [folder for folders in self._answers("declml_conf") for folder in folders]

    def commands(self) -> list[Command]:
        """Commands that plugins offer."""
        self.load_guests()
        return [command for commands in self._answers("declml_commands") for command in commands]

    def tell(self, event: Event) -> None:
        """Tell every observer; one that raises becomes a note."""
        self.load_guests()
        self._answers("declml_event", event=event)

    def _answers(self, hook: str, **arguments: object) -> list[Any]:
        found = []
        for name, module in self._plugins.list_name_plugin():
            try:
                with contextlib.redirect_stdout(sys.stderr):
                    found += [self._shaped(hook, answer) for answer in self._call(module, hook, **arguments)]
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a guest may raise anything, and never fails a run
                self.notes.append(f"plugin {name}: {hook}: {type(error).__name__}: {error}")
        return found

    def _call(self, module: object, hook: str, **arguments: object) -> list[Any]:
        others = self._plugins.get_plugins() - {module}
        answers: list[Any] = self._plugins.subset_hook_caller(hook, others)(**arguments)
        return answers

    @staticmethod
    def _shaped(hook: str, answer: object) -> object:
        wanted = {"declml_conf": str, "declml_commands": Command}.get(hook)
        if wanted and not (isinstance(answer, list | tuple) and all(isinstance(item, wanted) for item in answer)):
            raise TypeError(f"it must answer a list of {wanted.__name__}, not {answer!r}")
        return answer

    def _load_builtin(self, kind: str) -> None:
        module = BUILTIN.get(kind)
        if module and module not in self._loaded:
            self._loaded.add(module)
            provider = Provider(f"declml.{kind}", BUILT_IN)
            self._accept(provider, importlib.import_module(module))
            self.providers.append(provider)

    def _guarded(self, provider: Provider, load: Callable[[], Any]) -> None:
        """Load a guest; whatever goes wrong is its `failure`."""
        began = time.perf_counter()
        try:
            with contextlib.redirect_stdout(sys.stderr):
                self._accept(provider, load())
        except KeyboardInterrupt:
            raise
        except DeclmlError as error:
            provider.failure = error.what
        except BaseException as error:  # noqa: BLE001 - importing a guest may raise anything, SystemExit too
            provider.failure = f"{type(error).__name__}: {error}".strip(": ")
        if provider.failure:
            self.notes.append(f"plugin {provider.name} could not be loaded: {provider.failure}")
        provider.seconds = time.perf_counter() - began
        self.providers.append(provider)

    def _accept(self, provider: Provider, module: ModuleType) -> None:
        """Take all that a plugin offers, or nothing of it."""
        level = getattr(module, "DECLML_API", hooks.API_LEVEL)
        if level > hooks.API_LEVEL:
            raise DeclmlError("E7002", f"it needs plugin API {level}, this declml has {hooks.API_LEVEL}")
        try:
            self._plugins.register(module, name=f"{provider.name} ({provider.origin})")
            found = self._offered(provider, module)
        except BaseException:
            if self._plugins.is_registered(module):
                self._plugins.unregister(module)
            raise
        self._types |= {key: (component, provider) for key, component in found.items()}
        provider.components = list(found.values())

    def _offered(self, provider: Provider, module: ModuleType) -> dict[tuple[str, str], type[Component]]:
        """The components of a registered plugin by kind and type, checked."""
        self._plugins.check_pending()
        if provider.origin != BUILT_IN and not self._plugins.get_hookcallers(module):
            raise DeclmlError("E7002", "it has no hook; is @plugin missing?")
        found: dict[tuple[str, str], type[Component]] = {}
        for some in self._call(module, "declml_components"):
            for component in some:
                key = self._checked(provider, component)
                if key in found:
                    raise DeclmlError("E7001", f"{provider.name} provides {key[0]} '{key[1]}' twice")
                found[key] = component
        return found

    def _checked(self, provider: Provider, component: Any) -> tuple[str, str]:
        """Kind and type of a component that keeps the rules. Built-ins of its kind are loaded first."""
        if not (isinstance(component, type) and issubclass(component, Component)) or component.kind not in KINDS:
            raise DeclmlError("E7002", f"{component!r} is not a component of a known kind")
        if "type" not in component.model_fields or not isinstance(component.model_fields["type"].default, str):
            raise DeclmlError("E7002", f'{component.__name__} has no type: Literal["name"] = "name"')
        if lacking := sorted(getattr(component, "__abstractmethods__", ())):
            raise DeclmlError("E7002", f"{component.__name__} does not define {', '.join(lacking)}")
        key = (component.kind, component.type_name())
        if provider.origin != BUILT_IN:
            component.model_rebuild()
            self._load_builtin(component.kind)
        if key in self._types:
            other = self._types[key][1]
            clash = f"{key[0]} '{key[1]}' is provided by both {other.name} and {provider.name}"
            if other.origin != BUILT_IN:
                self._clashes[key] = clash
            raise DeclmlError("E7001", clash)
        return key


def _import_file(path: Path, key: str) -> ModuleType:
    """Import a file under a name that is the same in every process, so that its components pickle."""
    spec = importlib.util.spec_from_file_location(f"declml_plugins_{digest_bytes(key.encode())[:12]}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[spec.name]
        raise
    return module


_current = Registry()


def registry() -> Registry:
    """The registry of this process."""
    return _current


def fresh_registry() -> Registry:
    """Start over with an empty registry, for tests."""
    global _current  # noqa: PLW0603 - one registry a process is the point
    _current = Registry()
    return _current
