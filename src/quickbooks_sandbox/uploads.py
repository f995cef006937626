"""``/upload``: files with and without metadata, several in one request, each with its own success or fault (14.12)."""

from __future__ import annotations

from typing import Any

import msgspec

from quickbooks_sandbox import answers, multipart
from quickbooks_sandbox.company import attachments, refusals
from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
_METADATA, _CONTENT = "file_metadata_", "file_content_"
MOST_BYTES = 104_857_600
_UNNAMED, _UNTYPED = "attachment", "application/octet-stream"


def take(company: Company, body: bytes, content_type: str, base: str) -> list[Record]:
    """Store the files of a request; one answer per file, in their order.

    Raises:
        refusals.Refused: the request is too large (6030), is not multipart, or there is no file in it.
    """
    if len(body) > MOST_BYTES:
        raise refusals.upload_too_large(MOST_BYTES)
    parts = multipart.parse(body, content_type)
    metadata = {part.name.removeprefix(_METADATA): part for part in parts if part.name.startswith(_METADATA)}
    files = [part for part in parts if part.name.startswith(_CONTENT)]
    if not files:
        raise refusals.missing("file_content_01")
    return [_stored(company, file, metadata.get(file.name.removeprefix(_CONTENT)), base) for file in files]


def _stored(company: Company, file: multipart.Part, about: multipart.Part | None, base: str) -> Record:
    try:
        sent = _read(about.content) if about is not None else {}
        record = attachments.store(
            company, sent, file.file_name or _UNNAMED, file.kind or _UNTYPED, file.content
        )
    except refusals.Refused as refused:
        return {"Fault": answers.fault(refused)}
    return {"Attachable": attachments.with_link(company, record, base)}


def _read(content: bytes) -> Record:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise refusals.unreadable("Can not deserialize the metadata of the file") from None
