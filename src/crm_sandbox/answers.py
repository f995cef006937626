"""Answers on the wire: exact decimals as JSON numbers, instants with milliseconds, a trace id in every body."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from starlette.responses import Response

from crm_sandbox.location import dates
from crm_sandbox.location.refusals import Refused

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: object) -> bytes:
    """JSON as HighLevel writes it: 12.50 is 12.5, 12.00 is 12."""
    return _encoder.encode(plain(value))


def decode(raw: bytes) -> Any:
    """JSON with exact numbers. Raises msgspec.DecodeError."""
    return _decoder.decode(raw)


def plain(value: object) -> Any:
    """The value with decimals and instants in their wire form, all the way down."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, datetime):
        return dates.written(value)
    return value


def json_answer(body: Mapping[str, Any], trace_id: str, status: int = 200) -> Response:
    """An answer with the trace id in its body (reference 3.2)."""
    return Response(encode({**body, "traceId": trace_id}), status, media_type="application/json")


def refusal_answer(refused: Refused, trace_id: str) -> Response:
    """A refusal in the v2 shape."""
    return json_answer(refused.body(), trace_id, refused.status)


def v3_oauth_refusal(status: int, code: str, message: str | list[str], trace_id: str) -> Response:
    """A refusal as v3 words those of its OAuth calls (reference 1.3)."""
    said = message if isinstance(message, str) else "; ".join(message)
    error = {"code": code, "message": said, "details": {}, "resolution": ""}
    return json_answer({"error": error}, trace_id, status)


def form(raw: bytes) -> dict[str, Any]:
    """The fields of a form body; of a field given twice the last."""
    return dict(urllib.parse.parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
