"""A deployment described to machines: JSON Schema of a row, OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from declml.serving.plane.cells import Rule
    from declml.serving.plane.model import Model
    from declml.serving.plane.plane import Address

TYPES: dict[str, list[str]] = {
    "number": ["number"],
    "whole": ["integer"],
    "flag": ["boolean"],
    "text": ["string", "integer"],
}


def row_schema(model: Model) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one row."""
    contract = model.contract
    properties: dict[str, Any] = {rule.name: _column(rule) for rule in contract.rules}
    for name in sorted(contract.known - properties.keys()):
        properties[name] = {"type": ["string", "integer", "null"]} if name == contract.key else {}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A row for {model.release.project}",
        "type": "object",
        "properties": properties,
        "required": [rule.name for rule in contract.rules if not rule.nullable],
        "additionalProperties": False,
    }


def _column(rule: Rule) -> dict[str, Any]:
    column: dict[str, Any] = {"type": [*TYPES[rule.kind], "null"] if rule.nullable else TYPES[rule.kind]}
    column |= {"minimum": rule.low} if rule.low is not None else {}
    column |= {"maximum": rule.high} if rule.high is not None else {}
    if rule.allowed is not None:
        column["enum"] = [*sorted(rule.allowed), *([None] if rule.nullable else [])]
    return column


def openapi(address: Address, model: Model) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a deployment."""
    prefix, name = address.prefix, address.project
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/Row"}, "maxItems": address.limits.rows}
    body = {"oneOf": [rows, {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}]}
    labels = {"type": "array", "items": {"type": "object", "required": ["label"]}}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": str(model.number)},
        "paths": {
            prefix or "/": {"post": _operation("Predictions for rows", body, "Predictions")},
            f"{prefix}/labels": {"post": _operation("Labels of past predictions", labels, "Kept")},
            f"{prefix}/schema": {"get": _operation("JSON Schema of a row")},
            f"{prefix}/metrics": {"get": _operation("Prometheus text of this replica")},
            f"{prefix}/v2/health/live": {"get": _operation("The process answers")},
            f"{prefix}/v2/health/ready": {"get": _operation("The live release scored a real row")},
            f"{prefix}/v2/models/{name}": {"get": _operation("Inputs and outputs")},
            f"{prefix}/v2/models/{name}/infer": {"post": _operation("Open Inference Protocol", {"type": "object"})},
        },
        "components": {
            "schemas": {"Row": row_schema(model), "Predictions": _predictions(model), "Kept": KEPT, "Error": ERROR}
        },
    }


KEPT: dict[str, Any] = {
    "type": "object",
    "properties": {"kept": {"type": "integer"}, "unknown": {"type": "array", "items": {"type": "string"}}},
}
ERROR: dict[str, Any] = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "problems": {"type": "array", "items": {"type": "object"}},
                "more": {"type": "integer"},
            },
            "required": ["code", "message"],
        }
    },
}


def _operation(summary: str, body: dict[str, Any] | None = None, reply: str = "") -> dict[str, Any]:
    good: dict[str, Any] = {"description": "done"}
    if reply:
        good["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{reply}"}}}
    bad = {
        "description": "refused",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    operation: dict[str, Any] = {"summary": summary, "responses": {"200": good, "default": bad}}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _predictions(model: Model) -> dict[str, Any]:
    prediction: dict[str, Any] = {"id": {"type": "string"}, "prediction": {}, "release": {"type": "integer"}}
    if model.release.classes:
        shares = {name: {"type": ["number", "null"]} for name in model.release.classes}
        prediction["probability"] = {"type": "object", "properties": shares}
    return {
        "type": "object",
        "properties": {
            "release": {"type": "integer"},
            "predictions": {"type": "array", "items": {"type": "object", "properties": prediction}},
        },
    }
