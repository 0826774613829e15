"""The executors and backends that a spec names by default, where they are not built yet."""

from typing import Literal

from declml.api import Backend, Component, Executor, plugin
from declml.plugin.registry import registry


class _Ray(Executor):
    type: Literal["ray"] = "ray"
    address: str | None = None

    def start(self): ...


class _Inline(_Ray):
    type: Literal["inline"] = "inline"


class _Processes(_Ray):
    type: Literal["processes"] = "processes"


class _OnRay(Backend):
    type: Literal["ray"] = "ray"

    def apply(self, home, wanted): ...
    def observe(self, home, project): ...
    def remove(self, home, project): ...
    def up(self, home): ...
    def down(self, home): ...


class _Process(_OnRay):
    type: Literal["process"] = "process"


@plugin
def declml_components() -> list[type[Component]]:
    """Those that nobody offers yet."""
    known = {kind: registry().names(kind) for kind in ("executor", "backend")}
    return [one for one in (_Ray, _Inline, _Processes, _OnRay, _Process) if one.type_name() not in known[one.kind]]
