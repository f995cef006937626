"""A description of the REST interface in OpenAPI, made from the shapes that check the requests.

Intuit publishes none; this one is the stand-in's own, for fuzzing it and for generating clients.
"""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company.entities import ENTITIES, Entity, Family
from quickbooks_sandbox.company.mailing import SENT
from quickbooks_sandbox.company.members import kinds
from quickbooks_sandbox.company.members.taxes import TAX_SERVICE
from quickbooks_sandbox.company.paper import PRINTED

Record = dict[str, Any]
_KEY: Record = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9]{1,3}$"},
}


def document(realm: str) -> Record:
    """The description of the interface of one company."""
    root = f"/v3/company/{realm}"
    paths: Record = {
        f"{root}/query": {
            "get": _operation("query", [_parameter("query")]),
            "post": _operation("postQuery", [], "text/plain", {"type": "string"}),
        },
        f"{root}/batch": {
            "post": _operation("batch", [_parameter("requestid")], "application/json", _batch())
        },
        f"{root}/cdc": {"get": _operation("cdc", [_parameter("entities"), _parameter("changedSince")])},
        f"{root}/taxservice/taxcode": {
            "post": _operation(
                "createTaxCode", [_parameter("requestid")], "application/json", schema_of(TAX_SERVICE)
            )
        },
        f"{root}/upload": {
            "post": _operation("upload", [_parameter("requestid")], "multipart/form-data", _upload())
        },
        f"{root}/download/{{id}}": {"get": _operation("download", [_KEY])},
    }
    for entity in ENTITIES.values():
        paths.update(_paths_of(entity, root))
    return {
        "openapi": "3.0.3",
        "info": {"title": "QuickBooks Online, as the sandbox plays it", "version": "75"},
        "paths": paths,
        "components": {"schemas": {name: schema_of(entity.shape) for name, entity in ENTITIES.items()}},
    }


def _paths_of(entity: Entity, root: str) -> Record:
    name = entity.name
    base = f"{root}/{name.lower()}"
    paths: Record = {base: {}}
    if entity.family is not Family.FIXED:
        body = {"$ref": f"#/components/schemas/{name}"}
        parameters = [*(_parameter(one) for one in ("operation", "include", "requestid"))]
        paths[base]["post"] = _operation(f"write{name}", parameters, "application/json", body)
    if entity.family is Family.RATE:
        rate = [_parameter("sourcecurrencycode"), _parameter("asofdate")]
        paths[base]["get"] = _operation(f"read{name}", rate)
        return paths
    paths[f"{base}/{{id}}"] = {"get": _operation(f"read{name}", [_KEY])}
    if name in SENT:
        send = [_KEY, _parameter("sendTo"), _parameter("requestid")]
        paths[f"{base}/{{id}}/send"] = {"post": _operation(f"send{name}", send)}
    if name in PRINTED:
        paths[f"{base}/{{id}}/pdf"] = {"get": _operation(f"print{name}", [_KEY])}
    return paths


def schema_of(kind: kinds.Kind) -> Record:
    """The JSON schema of the values that a kind takes."""
    match kind:
        case kinds.Text(longest, _):
            return {"type": "string"} if longest is None else {"type": "string", "maxLength": longest}
        case kinds.Email(longest):
            return {"type": "string", "format": "email", "maxLength": longest}
        case kinds.Number(least, most):
            bounds = {"minimum": least, "maximum": most}
            return {"type": "number", **{name: int(one) for name, one in bounds.items() if one is not None}}
        case kinds.Flag():
            return {"type": "boolean"}
        case kinds.Day():
            return {"type": "string", "format": "date"}
        case kinds.OneOf(words):
            return {"type": "string", "enum": list(words)}
        case kinds.ReadOnly():
            return {"readOnly": True}
        case kinds.Empty():
            return {"type": "object"}
        case kinds.Many(inner):
            return {"type": "array", "items": schema_of(inner)}
        case kinds.Shape(_, members, required):
            schema: Record = {
                "type": "object",
                "properties": {name: schema_of(inner) for name, inner in members.items()},
                "additionalProperties": False,
            }
            return {**schema, "required": list(required)} if required else schema


def _operation(
    name: str, parameters: list[Record], content_type: str = "", body: Record | None = None
) -> Record:
    operation: Record = {
        "operationId": name,
        "parameters": parameters,
        "responses": {"200": {"description": "the answer"}, "400": {"description": "a fault"}},
    }
    if body is not None:
        operation["requestBody"] = {"content": {content_type: {"schema": body}}}
    return operation


def _parameter(name: str) -> Record:
    return {"name": name, "in": "query", "schema": {"type": "string"}}


def _batch() -> Record:
    item: Record = {
        "type": "object",
        "properties": {
            "bId": {"type": "string"},
            "operation": {"type": "string", "enum": ["create", "update", "delete", "void"]},
            "optionsData": {"type": "string"},
            "Query": {"type": "string"},
            **{name: {"$ref": f"#/components/schemas/{name}"} for name in ENTITIES},
        },
    }
    items = {"type": "array", "items": item, "maxItems": 30}
    return {"type": "object", "properties": {"BatchItemRequest": items}}


def _upload() -> Record:
    return {
        "type": "object",
        "properties": {
            "file_metadata_01": {"type": "object"},
            "file_content_01": {"type": "string", "format": "binary"},
        },
    }
