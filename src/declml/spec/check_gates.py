"""Gates against metrics: can they pass, can they fail, do they look the right way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from declml.core.suggest import suggestion
from declml.plugin.kinds.metric import Metric
from declml.spec.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from declml.plugin.registry import Registry
    from declml.spec.gates import Bound
    from declml.spec.root import ProjectSpec
    from declml.spec.trouble import Path

Known = dict[str, type[Metric]]


def metrics(registry: Registry) -> Known:
    """The installed metrics by name."""
    found = {name: registry.find("metric", name) for name in registry.names("metric")}
    return {name: one for name, one in found.items() if issubclass(one, Metric)}


def gates(spec: ProjectSpec, known: Known) -> Iterator[Trouble]:
    """Every gate, and the metric that a search looks at."""
    for name, bound in spec.gates.metrics.items():
        path: Path = ("gates", name)
        if name not in known:
            hint = suggestion(name, [*known, "parity_gap", "latency_p99", "tests", "approve"])
            yield Trouble("E1006", path, f"no metric of type '{name}' is installed", hint)
            continue
        yield from _fits_task(name, known[name], spec, path)
        yield from _bound(name, known[name], bound, path)
    if spec.gates.parity_gap is not None:
        yield from _parity(spec.gates.parity_gap)
    if spec.gates.latency_p99 is not None and spec.gates.latency_p99.max <= 0:
        yield Trouble("E1101", ("gates", "latency_p99", "max"), "no answer takes no time", "write max: 5ms")
    yield from _one_task(spec, known)
    metric = spec.model.tune.metric
    if metric != "auto":
        path = ("model", "tune", "metric")
        if metric not in known:
            yield Trouble(
                "E1006", path, f"no metric of type '{metric}' is installed", suggestion(metric, [*known, "auto"])
            )
        else:
            yield from _fits_task(metric, known[metric], spec, path)


def _fits_task(name: str, metric: type[Metric], spec: ProjectSpec, path: Path) -> Iterator[Trouble]:
    if spec.task != "auto" and spec.task not in metric.tasks:
        what = f"{name} is a metric of {' and '.join(sorted(metric.tasks))}, and the task is {spec.task}"
        yield Trouble("E1102", path, what, "choose a metric of the task, or change task")


def _one_task(spec: ProjectSpec, known: Known) -> Iterator[Trouble]:
    """With `task: auto`, gates of different tasks cannot all hold."""
    if spec.task != "auto":
        return
    first = ""
    for name in spec.gates.metrics:
        if name not in known:
            continue
        if first and not known[name].tasks & known[first].tasks:
            what = f"{name} and {first} belong to different tasks"
            yield Trouble("E1102", ("gates", name), what, "keep the gates of one task")
        first = first or name


def _parity(bound: Bound) -> Iterator[Trouble]:
    if bound.max is None:
        yield Trouble("E1102", ("gates", "parity_gap"), "a gap needs a max", "write parity_gap: {max: 0.05}")
    elif bound.max < 0:
        yield Trouble("E1101", ("gates", "parity_gap", "max"), "no gap is below 0", "write parity_gap: {max: 0.05}")


def _verdict(never: bool) -> str:
    return "can never pass" if never else "always passes"


def _bound(name: str, metric: type[Metric], bound: Bound, path: Path) -> Iterator[Trouble]:
    low, high = metric.bounds
    lies = f"{name} lies {_between(low, high)}"
    if bound.min is None and bound.max is None and bound.vs_live is None:
        yield Trouble("E1101", path, f"the gate {name} asks for nothing", f"write {name}: {{{_better(metric)}: ...}}")
    if bound.min is not None and (bound.min > high or bound.min <= low):
        what = f"{lies}, so min: {bound.min:g} {_verdict(bound.min > high)}"
        yield Trouble("E1101", (*path, "min"), what, _percent(bound.min, low, high))
    if bound.max is not None and (bound.max < low or bound.max >= high):
        what = f"{lies}, so max: {bound.max:g} {_verdict(bound.max < low)}"
        yield Trouble("E1101", (*path, "max"), what, _percent(bound.max, low, high))
    if bound.min is not None and bound.max is not None and bound.min > bound.max:
        yield Trouble(
            "E1101", path, f"no {name} is at least {bound.min:g} and at most {bound.max:g}", "swap min and max"
        )
    if bound.vs_live is not None and abs(bound.vs_live) > high - low:
        what = f"{lies}, so vs_live: {bound.vs_live:g} {_verdict(bound.vs_live > 0)}"
        yield Trouble(
            "E1101", (*path, "vs_live"), what, "write the difference in units of the metric, for example -0.005"
        )
    wrong = "max" if metric.higher_is_better else "min"
    if (
        getattr(bound, wrong) is not None
        and getattr(bound, _better(metric)) is None
        and low <= getattr(bound, wrong) <= high
    ):
        what = f"{name} is better when {'higher' if metric.higher_is_better else 'lower'}: {wrong} alone lets bad models pass"
        yield Trouble("E1102", (*path, wrong), what, f"write {_better(metric)}: {getattr(bound, wrong):g}")


def _better(metric: type[Metric]) -> str:
    return "min" if metric.higher_is_better else "max"


def _between(low: float, high: float) -> str:
    if math.isinf(low):
        return f"below {high:g}"
    return f"above {low:g}" if math.isinf(high) else f"between {low:g} and {high:g}"


def _percent(value: float, low: float, high: float) -> str:
    return f"did you mean {value / 100:.2f}?" if low <= value / 100 <= high == 1 and value >= 10 else ""
