"""What a plugin may use. Everything here is stable within an API level.

Heavy modules are imported when a name is first used, so `from declml.api import Statistic` stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.core.digest import digest, digest_bytes, digest_file
from declml.core.errors import AlertError, ConflictError, DeclmlError, GateError, SpecError
from declml.core.events import Event
from declml.core.files import whole_file, write_whole
from declml.core.reference import reveal
from declml.core.suggest import suggestion
from declml.core.units import parse_duration, parse_fraction, parse_size, show_duration, show_size
from declml.plugin.command import Command
from declml.plugin.component import Component, Settings
from declml.plugin.hooks import API_LEVEL, plugin
from declml.plugin.kinds import (
    Backend,
    Channel,
    Check,
    Compressor,
    Executor,
    Exporter,
    Framework,
    Metric,
    Search,
    Sink,
    Source,
    Statistic,
    Storage,
    Transform,
)
from declml.plugin.kinds.backend import Observed, Wanted
from declml.plugin.kinds.check import DataReview, Finding
from declml.plugin.kinds.framework import Feature, Task, Training
from declml.plugin.kinds.search import Asker
from declml.plugin.kinds.source import FileDigests, SourceBatch
from declml.plugin.tuning import Axis, Choose, Tune

if TYPE_CHECKING:
    from declml.stats.profile import Profile

__all__ = [
    "API_LEVEL",
    "AlertError",
    "Asker",
    "Axis",
    "Backend",
    "Channel",
    "Check",
    "Choose",
    "Command",
    "Component",
    "Compressor",
    "ConflictError",
    "DataReview",
    "DeclmlError",
    "Event",
    "Executor",
    "Exporter",
    "Feature",
    "FileDigests",
    "Finding",
    "Framework",
    "GateError",
    "Metric",
    "Observed",
    "Profile",
    "Search",
    "Settings",
    "Sink",
    "Source",
    "SourceBatch",
    "SpecError",
    "Statistic",
    "Storage",
    "Task",
    "Training",
    "Transform",
    "Tune",
    "Wanted",
    "digest",
    "digest_bytes",
    "digest_file",
    "parse_duration",
    "parse_fraction",
    "parse_size",
    "plugin",
    "reveal",
    "show_duration",
    "show_size",
    "suggestion",
    "whole_file",
    "write_whole",
]


def __getattr__(name: str) -> object:
    if name == "Profile":
        from declml.stats.profile import Profile

        return Profile
    raise AttributeError(f"module 'declml.api' has no attribute '{name}'")
