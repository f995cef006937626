"""Batches: up to 30 writes in one request, each with its own success or failure (reference 8).

A batch saves requests, not money: Intuit may meter each item. It is meant for documents; names (customers, items) must
be written one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from counterfoil import errors
from counterfoil.quickbooks import entities
from counterfoil.quickbooks.api import faults, reading, writing
from counterfoil.quickbooks.api.client import Client
from counterfoil.quickbooks.api.reading import Answer

ITEMS_MAX = 30
KEY_CHARACTERS_MAX = 10
REQUEST_ID_CHARACTERS_MAX = 36


@dataclass(frozen=True, slots=True)
class Item:
    """One write. `key` (1 to 10 characters) is unique in the batch; request id and key together are done only once."""

    key: str
    operation: Literal["create", "update", "void"]
    entity: str
    body: entities.Entity


Outcome = Answer | errors.CounterfoilError
"""What became of an item: its object, or the error that the single write would have raised."""


async def send(client: Client, items: Sequence[Item], *, request_id: str) -> dict[str, Outcome]:
    """Send the items together; what became of each, by its key.

    An item of which the answer says nothing is an OutcomeUnknown: the same batch may be sent again with the same
    `request_id` (at most 36 characters). Raises what `Client.write` raises when the whole batch failed; ValueError
    when it is no batch that QuickBooks would take.
    """
    keys = {item.key for item in items}
    if not 1 <= len(items) <= ITEMS_MAX or len(keys) < len(items):
        raise ValueError(f"a batch has 1 to {ITEMS_MAX} items with different keys")
    if not all(1 <= len(key) <= KEY_CHARACTERS_MAX for key in keys):
        raise ValueError(f"the key of an item has 1 to {KEY_CHARACTERS_MAX} characters")
    if not 1 <= len(request_id) <= REQUEST_ID_CHARACTERS_MAX:
        raise ValueError(f"the request id of a batch has 1 to {REQUEST_ID_CHARACTERS_MAX} characters")
    body = writing.encoded({"BatchItemRequest": [_wire(item) for item in items]})
    content = await client.batch(body, items=len(items), request_id=request_id)
    whole = faults.Circumstances(operation="batch", write=True)
    told = _by_key(content, whole)
    return {item.key: _outcome(item, told.get(item.key)) for item in items}


class _Results(msgspec.Struct):
    items: list[reading.Members] = msgspec.field(name="BatchItemResponse")


def _wire(item: Item) -> dict[str, Any]:
    if item.operation == "void":
        return {"bId": item.key, **_void(item)}
    if (item.operation == "create") is not (item.body.id is None):
        raise ValueError(f"item {item.key}: a new object has no id yet, a known one has")
    return {"bId": item.key, "operation": item.operation, item.entity: item.body}


def _void(item: Item) -> dict[str, Any]:
    body = writing.void_body(item.entity, item.body)
    query = writing.VOID[item.entity]
    options = {"optionsData": query["include"]} if "include" in query else {}
    return {"operation": query["operation"], **options, item.entity: body}


def _by_key(content: bytes, at: faults.Circumstances) -> dict[str, reading.Members]:
    """The members of each item's answer (a fault, or the object under its entity's name); order means nothing."""
    items = reading.decoded(content, _Results, at).items
    return {reading.decoded(members["bId"], str, at): members for members in items if "bId" in members}


def _outcome(item: Item, found: reading.Members | None) -> Outcome:
    at = faults.Circumstances(operation=f"{item.operation} {item.entity}", write=True, status=200)
    if found is None:
        return faults.unclear("QuickBooks' answer to a batch does not tell of this item", at)
    raw = next((found[name] for name in ("Fault", "fault") if name in found), None)
    if raw is not None:
        fault = faults.fault_in(b'{"Fault":' + bytes(raw) + b"}")
        if fault is not None:
            return faults.of_fault(fault, at)
    if item.entity not in found:
        return faults.unreadable(at)
    try:
        return reading.answer(item.entity, found[item.entity], at)
    except errors.CounterfoilError as error:
        return error
