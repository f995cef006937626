"""Answers in Intuit's form: envelopes, the two shapes of faults, headers, and XML for callers that ask for it.

Sources: reference 3.3 (headers), 3.4 (success), 12.1 and 12.4 (faults).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
from starlette.responses import Response

from quickbooks_sandbox.company import refusals, times
from sandbox_kit.ids import Ids

Record = dict[str, Any]
JSON = "application/json;charset=utf-8"
XML = "application/xml;charset=utf-8"
_NAMESPACE = "http://schema.intuit.com/finance/v3"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'}
_UNUSED_AT_THE_GATEWAY: Record = {
    "report": None,
    "queryResponse": None,
    "batchItemResponse": [],
    "attachableResponse": [],
    "syncErrorResponse": None,
    "requestId": None,
}


class Answers:
    """Writes answers; holds the encoder and the source of transaction ids."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._encoder = msgspec.json.Encoder(decimal_format="number")

    def encode(self, body: Record) -> bytes:
        """The body as JSON with exact decimals as numbers."""
        return self._encoder.encode(body)

    def headers(self) -> dict[str, str]:
        """What stands above every answer of Intuit, ``intuit_tid`` above all (reference 3.3)."""
        root = f"1-{self._ids.hex(8)}-{self._ids.hex(24)}"
        return {
            "intuit_tid": root,
            "qbo-version": "1988.128",
            "service-time": "total=12, db=7",
            "x-spanid": self._ids.uuid(),
            "x-amzn-trace-id": f"Root={root}",
            "cache-control": "max-age=0, no-cache, no-store, must-revalidate, private",
            "expires": "0",
            "strict-transport-security": "max-age=31536000",
            "server": "nginx",
        }

    def json(self, content: bytes, status: int = 200, extra: Mapping[str, str] | None = None) -> Response:
        """Encoded JSON with Intuit's headers."""
        return Response(content, status, {**self.headers(), **(extra or {})}, media_type=JSON)

    def file(self, content: bytes, kind: str) -> Response:
        """Bytes of any kind with Intuit's headers."""
        return Response(content, 200, self.headers(), media_type=kind)

    def xml(self, body: Record, status: int = 200, extra: Mapping[str, str] | None = None) -> Response:
        """The same body as XML, for a caller that did not ask for JSON (reference 3.2)."""
        attributes = f' xmlns="{_NAMESPACE}"'
        if "time" in body:
            attributes += f" time={quoteattr(str(body['time']))}"
        inside = "".join(_element(name, value) for name, value in body.items() if name != "time")
        text = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse{attributes}>{inside}</IntuitResponse>'
        return Response(text, status, {**self.headers(), **(extra or {})}, media_type=XML)

    def gateway(
        self, code: str, name: str, status: int, detail: str | None, now: datetime, *, as_xml: bool = False
    ) -> Response:
        """A fault of the gateway: lower-case members and epoch milliseconds, or its XML twin (reference 12.1, 12.4)."""
        message = f"message={name}; errorCode={int(code):06d}; statusCode={status}"
        kind = "AUTHENTICATION" if status == 401 else "SERVICE"
        if as_xml:
            told = {"Message": message, "code": code, **({"Detail": detail} if detail is not None else {})}
            body = enveloped({"Fault": {"Error": [told], "type": kind}}, now)
            return self.xml(body, status, _CHALLENGE if status == 401 else None)
        error = {"message": message, "detail": detail, "code": code, "element": None}
        moment = int(now.timestamp() * 1000)
        body = {"fault": {"error": [error], "type": kind}, "time": moment}
        if status == 401:
            body = {
                "warnings": None,
                "intuitObject": None,
                "fault": body["fault"],
                **_UNUSED_AT_THE_GATEWAY,
                "time": moment,
                "status": None,
                "cdcresponse": [],
            }
        return self.json(self.encode(body), status, _CHALLENGE if status == 401 else None)


def fault(refused: refusals.Refused) -> Record:
    """The ``Fault`` member for a refusal."""
    return {"Error": [_problem(problem) for problem in refused.problems], "type": refused.kind}


def _problem(problem: refusals.Problem) -> Record:
    shown = {"Message": problem.message, "Detail": problem.detail, "code": problem.code}
    if problem.element is not None:
        shown["element"] = problem.element
    return shown


def enveloped(body: Record, now: datetime) -> Record:
    """The body with the server's time at its root."""
    return {**body, "time": times.root_time(now)}


_ATTRIBUTES = {
    "Fault": ("type",),
    "Error": ("code", "element"),
    "BatchItemResponse": ("bId",),
    "QueryResponse": ("startPosition", "maxResults", "totalCount"),
}
_OF_ANY_OBJECT = ("domain", "status", "sparse")
_REFERENCE = frozenset({"value", "name", "type"})
"""What Intuit's schema has as attributes and as text; everything else are elements."""


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(_plain(value))}</{name}>"
    if "value" in value and value.keys() <= _REFERENCE:
        marks: tuple[str, ...] = ("name", "type")
        inside = escape(_plain(value["value"]))
    else:
        marks = _ATTRIBUTES.get(name, _OF_ANY_OBJECT)
        inside = "".join(_element(inner, one) for inner, one in value.items() if inner not in marks)
    shown = "".join(f" {mark}={quoteattr(_plain(value[mark]))}" for mark in marks if mark in value)
    return f"<{name}{shown}>{inside}</{name}>"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
