"""Batches: up to 30 writes and queries in one request, each with its own success or fault (reference 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quickbooks_sandbox import answers, operations
from quickbooks_sandbox.company import changes, refusals
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.query import evaluation
from quickbooks_sandbox.replays import Replays

Record = dict[str, Any]
MOST_ITEMS = 30
LONGEST_ITEM_ID = 10
_ENVELOPE = frozenset({"bId", "operation", "optionsData", "Query", "CDCQuery"})


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to a batch in the order of its items, and how many of them were writes that succeeded."""

    answers: list[Record]
    writes: int


def run(company: Company, body: Mapping[str, Any], replays: Replays, request_id: str) -> Batch:
    """Execute the items one after the other.

    Raises:
        refusals.Refused: the envelope cannot be understood, or there are too many items (1040).
    """
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise refusals.missing("BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise refusals.batch_too_large(MOST_ITEMS)
    seen: set[str] = set()
    results: list[Record] = []
    writes = 0
    for item in items:
        key = str(item.get("bId", ""))
        result = _once(company, item, key, seen, replays, request_id)
        writes += not result.keys() & {"Fault", "QueryResponse", "CDCResponse"}
        results.append({**result, "bId": key})
    return Batch(results, writes)


def _once(
    company: Company, item: Record, key: str, seen: set[str], replays: Replays, request_id: str
) -> Record:
    """One item, done only once under its request id and item id."""
    memory = (company.realm_id, request_id, key)
    now = company.now().timestamp()
    try:
        if not key:
            raise refusals.missing("bId")
        if key in seen:
            raise refusals.unreadable(f"bId {key} is used more than once in the batch and")
        seen.add(key)
        if request_id and len(key) > LONGEST_ITEM_ID:
            raise refusals.too_long("bId", LONGEST_ITEM_ID, len(key))
        remembered = replays.find(memory, now) if request_id else None
        if remembered is not None:
            return remembered
        result = _item(company, item)
    except refusals.Refused as refused:
        return {"Fault": answers.fault(refused)}
    if request_id:
        replays.remember(memory, result, now + company.behaviour.remember_requests_seconds)
    return result


def _item(company: Company, item: Record) -> Record:
    operation = item.get("operation")
    entities = [name for name in item if name not in _ENVELOPE]
    reads = [name for name in ("Query", "CDCQuery") if name in item]
    if reads and (operation is not None or entities or len(reads) > 1):
        raise refusals.unreadable("Query together with operation or an entity")
    if "Query" in item:
        return {"QueryResponse": evaluation.answer(company, str(item["Query"]))}
    if "CDCQuery" in item:
        return _changes(company, item["CDCQuery"])
    if len(entities) != 1 or entities[0] not in ENTITIES:
        raise refusals.unreadable(f"Entity {', '.join(entities) or 'none'}")
    if not isinstance(operation, str):
        raise refusals.missing("operation")
    entity = ENTITIES[entities[0]]
    options = str(item.get("optionsData", "")).lower()
    include = frozenset(option.strip() for option in options.split(",") if option.strip())
    outcome = operations.write(company, entity, item[entities[0]], operation.lower(), include)
    return {entity.name: outcome.record}


def _changes(company: Company, asked: Any) -> Record:
    """The change feed inside a batch, which Intuit's schema knows (reference 7)."""
    if not isinstance(asked, dict):
        raise refusals.unreadable("Can not deserialize CDCQuery")
    found = changes.changed(company, str(asked.get("Entities", "")), str(asked.get("ChangedSince", "")))
    return {"CDCResponse": [{"QueryResponse": found}]}
