"""Conditions a release must meet."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from declml.plugin.component import Settings
from declml.spec.types import Duration, Items


class Bound(Settings):
    """A metric's bounds. `vs_live`: the smallest allowed difference to the live release on the same test rows."""

    min: float | None = None
    max: float | None = None
    vs_live: float | None = None


class DurationBound(Settings):
    """A time's bounds."""

    max: Duration


class Gates(Settings):
    """Metric bounds by metric name, and the gates with keys of their own.

    parity_gap: how far the metric of the exported model may be from that of the fitted one, on the same test rows.
    latency_p99: within which time 99 of 100 single rows are scored. tests: files of behavioural tests. approve: who must agree.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Bound] = Field(init=False)

    parity_gap: Bound | None = None
    latency_p99: DurationBound | None = None
    tests: Items[str] = ()
    approve: Items[str] = ()

    @property
    def metrics(self) -> dict[str, Bound]:
        """The bounds on metrics, by metric name."""
        return dict(self.__pydantic_extra__ or {})
