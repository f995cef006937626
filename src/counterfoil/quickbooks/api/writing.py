"""Create, update, void and read one object. The answer of a write is the whole object, so it is never read back.

A member that is None is not sent; with `sparse` an update leaves such members as they are (reference 5.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from counterfoil.quickbooks import entities
from counterfoil.quickbooks.api import faults, reading
from counterfoil.quickbooks.api.client import Client
from counterfoil.quickbooks.api.reading import Answer

_BY_OPERATION = {"operation": "void"}
_BY_UPDATE = {"operation": "update", "include": "void"}

VOID: Mapping[str, Mapping[str, str]] = {
    "Invoice": _BY_OPERATION,
    "Payment": _BY_UPDATE,
    "SalesReceipt": _BY_UPDATE,
}
"""How each kind of document is voided; others cannot be (reference 5.5)."""


async def create(client: Client, entity: str, body: entities.Entity, *, request_id: str) -> Answer:
    """Make a new object. Raises what `Client.write` raises; ValueError when the body has an id already."""
    if body.id is not None:
        raise ValueError(f"a new {entity} has no id yet")
    return await _write(client, entity, encoded(body), operation=f"create {entity}", request_id=request_id)


async def update(client: Client, entity: str, body: entities.Entity, *, request_id: str) -> Answer:
    """Change an object: `id` and `sync_token` say which, and in which state we saw it; stale gives Refused 5010.

    A Payment is given whole, with every line that shall remain: a sparse one was refused (reference 14.8, 18a).
    Raises what `Client.write` raises; ValueError when one of the two is missing.
    """
    _known(entity, body)
    return await _write(client, entity, encoded(body), operation=f"update {entity}", request_id=request_id)


async def void(client: Client, entity: str, body: entities.Entity, *, request_id: str) -> Answer:
    """Void a document: it stays, with all amounts zero. `id` and `sync_token` say which; a Payment is given whole.

    Raises what `Client.write` raises; ValueError when the kind cannot be voided or something of this is missing.
    """
    return await _write(
        client,
        entity,
        encoded(void_body(entity, body)),
        operation=f"void {entity}",
        request_id=request_id,
        query=VOID[entity],
    )


async def read(client: Client, entity: str, id: str) -> Answer:
    """The object of this id, as it is now; one metered read. A deleted or unknown one gives Refused 610.

    The company's CompanyInfo and Preferences exist once, so `id` is not used for them.
    """
    operation = f"read {entity}"
    content = await client.read(_path(client, entity, id), operation=operation)
    return reading.one(entity, content, faults.Circumstances(operation=operation, write=False))


def encoded(body: object) -> bytes:
    """The JSON of a body, with decimals as the numbers that they are.

    Raises ValueError for an amount that is no number (NaN, infinite), which would be no JSON.
    """
    content = msgspec.json.Encoder(decimal_format="number").encode(body)
    try:
        msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise ValueError("an amount is no number") from error
    return content


def void_body(entity: str, body: entities.Entity) -> object:
    """What has to be sent to void this document. Raises ValueError like `void`.

    Intuit documents that id and token are enough, but a payment that came so short was refused: it is sent whole
    (reference 18a).
    """
    if entity not in VOID:
        raise ValueError(f"QuickBooks cannot void a {entity}")
    id, sync_token = _known(entity, body)
    if isinstance(body, entities.Payment):
        if body.customer_ref is None or body.total_amt is None:
            raise ValueError("a payment is voided by the whole of it, with customer and amount")
        return msgspec.structs.replace(body, sparse=None, unapplied_amt=None, meta_data=None, status=None)
    named = {"Id": id, "SyncToken": sync_token}
    return {**named, "sparse": True} if VOID[entity] is _BY_UPDATE else named


async def _write(
    client: Client,
    entity: str,
    content: bytes,
    *,
    operation: str,
    request_id: str,
    query: Mapping[str, str] | None = None,
) -> Answer:
    found = await client.write(
        entity.lower(), content, operation=operation, request_id=request_id, query=query
    )
    return reading.one(entity, found, faults.Circumstances(operation=operation, write=True))


def _known(entity: str, body: entities.Entity) -> tuple[str, str]:
    if body.id is None or body.sync_token is None:
        raise ValueError(f"a change of a {entity} names its id and its sync token")
    return body.id, body.sync_token


def _path(client: Client, entity: str, id: str) -> str:
    match entity:
        case "CompanyInfo":
            return f"companyinfo/{quote(client.realm_id, safe='')}"
        case "Preferences":
            return "preferences"
        case _:
            return f"{entity.lower()}/{quote(id, safe='')}"
