"""The kinds of component. Each file states one contract; `declml.testing` checks it."""

from declml.plugin.kinds.backend import Backend
from declml.plugin.kinds.channel import Channel
from declml.plugin.kinds.check import Check
from declml.plugin.kinds.compressor import Compressor
from declml.plugin.kinds.executor import Executor
from declml.plugin.kinds.exporter import Exporter
from declml.plugin.kinds.framework import Framework
from declml.plugin.kinds.metric import Metric
from declml.plugin.kinds.search import Search
from declml.plugin.kinds.sink import Sink
from declml.plugin.kinds.source import Source
from declml.plugin.kinds.statistic import Statistic
from declml.plugin.kinds.storage import Storage
from declml.plugin.kinds.transform import Transform

KINDS = {
    kind.kind: kind
    for kind in (
        Source, Sink, Check, Transform, Framework, Search, Metric,
        Compressor, Exporter, Statistic, Channel, Executor, Backend, Storage,
    )
}  # fmt: skip

__all__ = [
    "KINDS",
    "Backend",
    "Channel",
    "Check",
    "Compressor",
    "Executor",
    "Exporter",
    "Framework",
    "Metric",
    "Search",
    "Sink",
    "Source",
    "Statistic",
    "Storage",
    "Transform",
]
