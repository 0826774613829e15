"""What only the whole spec shows: settings that do not fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.spec.check_columns import columns
from declml.spec.check_gates import gates, metrics
from declml.spec.check_live import deployment, monitor, store
from declml.spec.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from declml.plugin.registry import Registry
    from declml.spec.root import ProjectSpec

__all__ = ["Trouble", "check"]


def check(spec: ProjectSpec, registry: Registry) -> Iterator[Trouble]:
    """Everything that does not fit together, with paths of the expanded spec."""
    yield from columns(spec)
    yield from _split(spec)
    yield from _model(spec)
    known = metrics(registry)
    yield from gates(spec, known)
    yield from deployment(spec)
    yield from monitor(spec)
    yield from store(spec)


def _split(spec: ProjectSpec) -> Iterator[Trouble]:
    by, group = spec.split.by, spec.split.group
    if by not in {"auto", "time", "random", "group"}:
        yield Trouble(
            "E1005", ("split", "by"), f"rows cannot be split by '{by}'", "known: auto, time, random, group:COLUMN"
        )
    if by == "time" and spec.time is None:
        yield Trouble(
            "E1108", ("split", "by"), "split by time needs the time column", "add time: COLUMN, or split: random"
        )
    if by == "group" and not group:
        yield Trouble("E1108", ("split", "by"), "split by group needs a column", "write split: group:COLUMN")
    if by in {"auto", "time", "random"} and group:
        yield Trouble(
            "E1108", ("split", "group"), f"split.group has no meaning when rows are split by {by}", "add by: group"
        )
    if not 0 < spec.split.test < 1:
        hint = "write test: 20%"
        yield Trouble("E1005", ("split", "test"), "the test needs a share of the rows, and training the rest", hint)


def _model(spec: ProjectSpec) -> Iterator[Trouble]:
    if not spec.model.try_:
        yield Trouble("E1005", ("model", "try"), "no family of models is tried", "write try: [hist_gbm]")
    if spec.model.tune.time <= 0:
        yield Trouble("E1005", ("model", "tune", "time"), "a search without time tries nothing", "write time: 10m")
    for number, framework in enumerate(spec.model.try_):
        if spec.task != "auto" and spec.task not in framework.tasks:
            what = f"{framework.type} does no {spec.task}"
            yield Trouble("E1102", ("model", "try", number), what, "take it out of model.try")
