"""Notes and files attached to other objects, and the addresses under which files are fetched (reference 14.12)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
FIRST_ID = 5_000_000_000_000_503_000
"""Ids of attachments have 19 digits."""
LINK_LIVES = timedelta(minutes=15)


def complete(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check an attachment: a note, or a file that was uploaded before.

    Raises:
        refusals.Refused: neither note nor file (2020), a link to something that is not there (6000).
    """
    if "Note" not in record and "FileName" not in record:
        raise refusals.missing("Note")
    links = [_link(draft, link) for link in record.get("AttachableRef", [])]
    record.pop("AttachableRef", None)
    if links:
        record["AttachableRef"] = links
    return record


def _link(draft: Draft, link: Record) -> Record:
    reference = link.get("EntityRef", {})
    kind, key = str(reference.get("type", "")), str(reference.get("value", ""))
    if not kind or not key:
        raise refusals.missing("AttachableRef.EntityRef")
    entity = next((name for name in draft.company.tables if name.casefold() == kind.casefold()), kind)
    if entity not in draft.company.tables:
        raise refusals.unsupported_attachment(kind)
    if draft.find(entity, key) is None:
        what = f"{entity} {key}"
        text = f"The entity {what} that you are trying to link does not exist. {what}"
        raise refusals.business(text, "AttachableRef")
    return {
        **link,
        "EntityRef": {"value": key, "type": entity},
        "IncludeOnSend": link.get("IncludeOnSend", False),
    }


def store(company: Company, sent: Mapping[str, Any], name: str, kind: str, content: bytes) -> Record:
    """Keep an uploaded file; what the metadata says of name and type goes before what the upload says."""
    body = {"FileName": name, "ContentType": kind, **sent}
    body.pop("Id", None)
    record = company.create("Attachable", body)
    key = record["Id"]
    address = f"/v3/company/{company.realm_id}/download/{key}"
    whole = {"FileName": name, **record, "FileAccessUri": address, "Size": Decimal(len(content))}
    company.tables["Attachable"].records[key] = whole
    company.files[key] = content
    return whole


def with_link(company: Company, record: Record, base: str) -> Record:
    """The attachment as an answer shows it: with an address at ``base`` that works for a quarter of an hour."""
    if record.get("Id") not in company.files:
        return record
    return {**record, "TempDownloadUri": link_to(company, record["Id"], base)}


def link_to(company: Company, key: str, base: str) -> str:
    """A signed address under which anyone gets the file until it expires."""
    expires = int((company.now() + LINK_LIVES).timestamp())
    query = urlencode({"expires": expires, "signature": _signature(company, key, str(expires))})
    return f"{base}/v3/company/{company.realm_id}/files/{key}?{query}"


def fetch(company: Company, key: str, parameters: Mapping[str, str], now: datetime) -> bytes | None:
    """The file behind a signed address, None when the signature is wrong or the time is over."""
    expires = parameters.get("expires", "")
    given = parameters.get("signature", "")
    if not hmac.compare_digest(given.encode(), _signature(company, key, expires).encode()):
        return None
    if not expires.isdigit() or int(expires) <= now.timestamp():
        return None
    return company.files.get(key)


def _signature(company: Company, key: str, expires: str) -> str:
    text = f"{company.realm_id}/{key}/{expires}".encode()
    return hmac.new(company.link_key.encode(), text, hashlib.sha256).hexdigest()
