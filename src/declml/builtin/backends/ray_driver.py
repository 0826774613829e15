"""Orders to Ray Serve, in a process of its own: JSON in, JSON out.

A process of its own because one process can be connected to one Ray only, and a run may have its own.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from declml.api import DeclmlError, write_whole
from declml.builtin.backends.child import build

if TYPE_CHECKING:
    from ray.serve.config import AutoscalingContext
    from starlette.requests import Request
    from starlette.responses import Response

DEPLOYMENT = "replica"
LOAD = "under_way"
TARGET = 8.0
"""Requests under way that one replica should have on average."""
FAILED = "failed.error"


class RayReplica:
    """The one deployment class of every project: a replica of any factory inside a Serve replica."""

    def __init__(self, factory: str, argument: dict[str, Any]) -> None:
        self._factory, self._argument = factory, argument
        self._replica: Any = None

    def reconfigure(self, shares: dict[str, Any]) -> None:
        """Build the replica with its first shares; later give it others.

        Other shares that it cannot take leave it as it was: its heartbeat tells, and the backend decides.
        """
        if self._replica is not None:
            try:
                self._replica.configure(shares)
            except DeclmlError:
                logging.getLogger("ray.serve").exception("the shares were not taken")
            return
        try:
            self._replica = build(self._factory, {**self._argument, "shares": shares})
        except DeclmlError as error:
            told = Path(self._argument["heartbeats"]) / FAILED
            write_whole(told, json.dumps({**error.as_dict(), "generation": self._argument["generation"]}).encode())
            raise

    async def __call__(self, request: Request) -> Response:
        """Serve's own way in: slower, the same answers."""
        from starlette.responses import Response

        url = request.url
        status, headers, body = await self._replica.answer(
            request.method, url.path, url.query, dict(request.headers), await request.body()
        )
        return Response(body, status, headers)

    def check_health(self) -> None:
        """Raise when the replica cannot score a real row."""
        self._replica.healthy()

    def record_autoscaling_stats(self) -> dict[str, float]:
        """What scaling goes by."""
        return {LOAD: self._replica.load()}

    def __del__(self) -> None:
        if self._replica is not None:
            self._replica.stop()


def scale(context: AutoscalingContext) -> tuple[int, dict[str, Any]]:
    """As many replicas as keep the average of requests under way at `TARGET`."""
    loads = (context.aggregated_metrics or {}).get(LOAD) or {}
    wanted = math.ceil(sum(loads.values()) / TARGET)
    lowest, highest = context.capacity_adjusted_min_replicas, context.capacity_adjusted_max_replicas
    return max(lowest, min(highest, wanted)), {}


def application(order: dict[str, Any]) -> Any:
    """The Serve application of an order."""
    from ray import serve

    wanted = order["wanted"]
    argument = {**wanted["replica"], "generation": order["form"], "heartbeats": order["heartbeats"]}
    count: dict[str, Any] = {"num_replicas": wanted["replicas_min"]}
    if wanted["replicas_max"] > wanted["replicas_min"]:
        count = {
            "autoscaling_config": {
                "min_replicas": wanted["replicas_min"],
                "max_replicas": wanted["replicas_max"],
                "policy": {"policy_function": "declml.builtin.backends.ray_driver:scale"},
            }
        }
    deployment = serve.deployment(
        RayReplica,
        name=DEPLOYMENT,
        user_config=wanted["shares"],
        max_ongoing_requests=wanted["max_ongoing_requests"],
        ray_actor_options={"num_cpus": order["num_cpus"]},
        health_check_period_s=5,
        health_check_timeout_s=15,
        graceful_shutdown_timeout_s=30,
        max_constructor_retry_count=1,
        max_surge_percent=100,
        **count,
    )
    # Without a version Serve replaces all replicas at each `serve.run`; with one, other shares only reconfigure them.
    return deployment.options(version=order["form"], _internal=True).bind(wanted["factory"], argument)


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order: `run` an application, `delete` some, or tell the `status` of all."""
    from ray import serve

    if order["do"] == "run":
        serve.start(http_options={"host": "127.0.0.1", "port": order["serve_port"]})
        serve.run(application(order), name=order["app"], route_prefix=order["prefix"], blocking=False)
    elif order["do"] == "delete":
        for app in sorted(set(order["apps"]) & serve.status().applications.keys()):
            serve.delete(app)
    return {
        "applications": {
            name: {
                "status": str(app.status.value),
                "message": app.message,
                "replicas": sum(
                    n for d in app.deployments.values() for s, n in d.replica_states.items() if s == "RUNNING"
                ),
            }
            for name, app in serve.status().applications.items()
        }
    }


def main() -> int:
    """Read the order, connect, obey, answer on the real standard output."""
    answer_to = os.dup(1)
    os.dup2(2, 1)
    order = json.loads(sys.stdin.read())
    import ray

    try:
        ray.init(address=os.environ["RAY_ADDRESS"], namespace="declml", log_to_driver=False, logging_level="ERROR")
        answer = obey(order)
    except Exception as error:  # noqa: BLE001 - Ray raises anything; the backend tells it in its own words
        answer = {"failure": f"{type(error).__name__}: {str(error).strip()[:2000]}"}
    os.write(answer_to, json.dumps(answer).encode())
    return 0
