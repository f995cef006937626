"""Reading multipart bodies as clients really send them: with CRLF or bare LF, plain or in base64."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from quickbooks_sandbox.company import refusals

_PARAMETER = re.compile(r'(?:^|;)\s*(name|filename|boundary)="?([^";]*)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part; ``file_name`` and ``kind`` are empty when the part does not say them."""

    name: str
    file_name: str
    kind: str
    content: bytes


def parse(body: bytes, content_type: str) -> list[Part]:
    """The parts of a multipart body.

    Raises:
        refusals.Refused: 2010 when it is none, or a part cannot be read.
    """
    boundary = dict(_PARAMETER.findall(content_type)).get("boundary", "")
    if "multipart/" not in content_type.lower() or not boundary:
        raise refusals.unreadable("The request is not multipart and")
    pieces = (b"\n" + body).split(b"\n--" + boundary.encode())
    return [_part(piece) for piece in pieces[1:] if not piece.startswith(b"--")]


def _part(piece: bytes) -> Part:
    separator = b"\r\n\r\n" if b"\r\n\r\n" in piece else b"\n\n"
    head, found, content = piece.partition(separator)
    if not found:
        raise refusals.unreadable("A part without a head")
    headers = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    content = content.removesuffix(b"\r")
    if headers.get("content-transfer-encoding", "").lower() == "base64":
        try:
            content = base64.b64decode(content)
        except binascii.Error:
            raise refusals.unreadable("A part that is no base64") from None
    says = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
    return Part(says.get("name", ""), says.get("filename", ""), headers.get("content-type", ""), content)
