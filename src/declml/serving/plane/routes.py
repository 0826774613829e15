"""What each address of a deployment answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

import msgspec

from declml.core.errors import DeclmlError
from declml.core.suggest import closest
from declml.serving.plane import documents, inference, labels
from declml.serving.plane.arrow import ArrowForm
from declml.serving.plane.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from declml.serving.plane.exchange import Exchange
    from declml.serving.plane.model import Model
    from declml.serving.plane.plane import Plane

    Route = Callable[[Plane, Exchange], None]
    Table = dict[str, dict[str, Route]]

ARROW = "application/vnd.apache.arrow.stream"
METRICS = "text/plain; version=0.0.4; charset=utf-8"


def table(plane: Plane) -> Table:
    """The routes of a deployment: path -> method -> what answers."""
    prefix, name = plane.address.prefix, plane.address.project
    routes: Table = {
        prefix or "/": {"POST": predict},
        f"{prefix}/labels": {"POST": take_labels},
        f"{prefix}/schema": {"GET": schema},
        f"{prefix}/openapi.json": {"GET": openapi},
        f"{prefix}/metrics": {"GET": metrics},
        "/metrics": {"GET": metrics},
        f"{prefix}/v2": {"GET": server_metadata},
        f"{prefix}/v2/health/live": {"GET": live},
        f"{prefix}/v2/health/ready": {"GET": ready},
        f"{prefix}/v2/models/{name}": {"GET": model_metadata},
        f"{prefix}/v2/models/{name}/ready": {"GET": ready},
        f"{prefix}/v2/models/{name}/infer": {"POST": infer},
    }
    for methods in routes.values():
        if "GET" in methods:
            methods["HEAD"] = methods["GET"]
    return routes


def dispatch(plane: Plane, exchange: Exchange) -> None:
    """Answer by path and method.

    Raises:
        RefusedError: 403 from a web page, 404 no such path, 405 no such method, and what the route itself refuses.
    """
    path = unquote(exchange.path)
    if len(path) > 1:
        path = path.rstrip("/")
    methods = plane.routes.get(path)
    if methods is None:
        best = closest(path, plane.routes)
        raise RefusedError(
            404,
            "E5024",
            f"no such path; {f'did you mean {best}?' if best else f'predictions are at {plane.address.route}'}",
        )
    if exchange.method not in methods:
        allowed = ", ".join(sorted(methods))
        raise RefusedError(405, "E5024", f"this path takes {allowed}", headers={"Allow": allowed})
    if exchange.method == "POST" and b"origin" in exchange.headers:
        raise RefusedError(403, "E5029", "requests from web pages are not taken")
    methods[exchange.method](plane, exchange)


def predict(plane: Plane, exchange: Exchange) -> None:
    """Rows as JSON or Arrow."""
    if parse_qs(exchange.query).get("explain", ["false"])[-1].lower() not in {"false", "0", ""}:
        raise RefusedError(400, "E5027", "explanations are not available in this version; ask without ?explain")
    if content_type(exchange) == ARROW:
        exchange.form = ArrowForm(exchange.body)
    else:
        must_be_json(exchange, f"application/json or {ARROW}")
    plane.enqueue(exchange)


def infer(plane: Plane, exchange: Exchange) -> None:
    """Tensors of the Open Inference Protocol."""
    must_be_json(exchange, "application/json")
    exchange.form = inference.TensorForm(exchange.body, plane.address.project, plane.replica)
    plane.enqueue(exchange)


def take_labels(plane: Plane, exchange: Exchange) -> None:
    """Truth that comes later."""
    must_be_json(exchange, "application/json")
    release = _live(plane).release
    found = labels.parse(exchange.body, release, plane.limits.rows)
    plane.off_loop(lambda: labels.keep(plane, found), exchange)


def schema(plane: Plane, exchange: Exchange) -> None:
    """The JSON Schema of a row."""
    exchange.answer(200, msgspec.json.encode(documents.row_schema(_live(plane))), "application/schema+json")


def openapi(plane: Plane, exchange: Exchange) -> None:
    """The OpenAPI document."""
    exchange.answer(200, msgspec.json.encode(documents.openapi(plane.address, _live(plane))))


def metrics(plane: Plane, exchange: Exchange) -> None:
    """Prometheus text of this replica."""
    gauges = {"connections": float(len(plane.connections)), "requests_under_way": float(plane.under_way())}
    text = plane.counters.text(plane.address.project, plane.replica, plane.lineup, gauges)
    exchange.answer(200, text, METRICS)


def server_metadata(plane: Plane, exchange: Exchange) -> None:  # noqa: ARG001 - all routes are called alike
    """What answers here."""
    exchange.answer(200, msgspec.json.encode(inference.server_metadata()))


def model_metadata(plane: Plane, exchange: Exchange) -> None:
    """Inputs and outputs of the live release."""
    exchange.answer(200, msgspec.json.encode(inference.model_metadata(plane.address.project, _live(plane))))


def live(plane: Plane, exchange: Exchange) -> None:  # noqa: ARG001 - all routes are called alike
    """The process answers."""
    exchange.answer(200, b'{"live":true}')


def ready(plane: Plane, exchange: Exchange) -> None:
    """The live release scored a real row just now."""
    model = _live(plane)
    try:
        model.alive()
    except DeclmlError as error:
        raise RefusedError(503, error.code, error.what) from error
    exchange.answer(200, b'{"ready":true,"name":"%b","release":%d}' % (plane.address.project.encode(), model.number))


def content_type(exchange: Exchange) -> str:
    """The media type without parameters; empty when none was sent."""
    return exchange.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def must_be_json(exchange: Exchange, known: str) -> None:
    """Refuse another media type than JSON."""
    kind = content_type(exchange)
    if kind and kind != "application/json":
        raise RefusedError(415, "E5021", f"content-type '{kind[:100]}' is not understood; send {known}")


def _live(plane: Plane) -> Model:
    model = plane.lineup.live
    if model is None:
        raise RefusedError(503, "E5025", "no release is live", headers={"Retry-After": "5"})
    return model
