"""The live side of a spec: deployment and monitor."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from declml.plugin.component import Settings
from declml.spec.types import AnyBackend, AnyChannel, AnySink, Duration, Fraction, Items


class Replicas(Settings):
    """How many serving processes."""

    min: Annotated[int, Field(ge=1)] = 1
    max: Annotated[int, Field(ge=1)] = 1


class RolloutStep(Settings):
    """One step on the way to live: `{shadow: 24h}` or `{canary: 10%, for: 6h}`."""

    shadow: Duration | None = None
    canary: Fraction | None = None
    for_: Duration | None = Field(default=None, alias="for")


class Deployment(Settings):
    """How releases are served."""

    route: Annotated[str, Field(pattern=r"^/[A-Za-z0-9_/.-]*$")]
    replicas: Replicas = Replicas()
    max_ongoing_requests: Annotated[int, Field(ge=1)] = 100
    rollout: Items[RolloutStep] = ()
    explain: bool = False
    sinks: Items[AnySink] = ()
    backend: AnyBackend
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080


class Heal(Settings):
    """What may be done without asking."""

    retrain: Literal["propose", "auto", "off"] = "propose"
    rollback: Literal["propose", "auto", "off"] = "propose"


class Monitor(Settings):
    """Windows, statistics and rules on a deployment."""

    every: Duration = 3600.0
    drift: Literal["auto", "off"] = "auto"
    performance: Literal["auto", "off"] = "auto"
    alerts: Items[AnyChannel] = ()
    heal: Heal = Heal()
