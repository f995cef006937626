"""Batches: up to 30 writes and queries in one request, each with its own success or fault (reference 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from quickbooks_sandbox import answers, operations
from quickbooks_sandbox.company import changes, refusals
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.query import evaluation
from quickbooks_sandbox.replays import Replays, mark
from sandbox_kit.ids import Ids

Record = dict[str, Any]
MOST_ITEMS = 30
LONGEST_ITEM_ID = 10
_READS = frozenset({"Query", "CDCQuery"})
_READ = frozenset({"QueryResponse", "CDCResponse"})
_ENVELOPE = frozenset({"bId", "operation", "optionsData", *_READS})


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to a batch in the order of its items, and how many writes and how many reads succeeded."""

    answers: list[Record]
    writes: int
    reads: int


def run(
    company: Company, body: Mapping[str, Any], memory: tuple[Replays, str] | None, ids: Ids | None = None
) -> Batch:
    """Execute the items serially; none sees what another one made (reference 8; 19, no. 25).

    Args:
        memory: where answers are remembered and the request id under which, None without one.
        ids: the chance that shuffles the items, where the company does that.

    Raises:
        refusals.Refused: the envelope cannot be understood, or there are too many items (1040).
    """
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise refusals.missing("BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise refusals.batch_too_large(MOST_ITEMS)
    keys = [str(item.get("bId", "")) for item in items]
    results: dict[int, Record] = {}
    for place in _order(company, items, ids):
        results[place] = _answered(company, items[place], keys, place, memory)
    done = [{**results[place], "bId": key} for place, key in enumerate(keys)]
    reads = sum(bool(one.keys() & _READ) for one in done)
    faults = sum("Fault" in one for one in done)
    return Batch(done, len(done) - reads - faults, reads)


def _order(company: Company, items: list[Record], ids: Ids | None) -> list[int]:
    """Reads before writes, so that they see what was there before the batch."""
    places = list(range(len(items)))
    if company.behaviour.shuffle_batches and ids is not None:
        places.sort(key=lambda _: ids.chance())
    return sorted(places, key=lambda place: not items[place].keys() & _READS)


def _answered(
    company: Company, item: Record, keys: list[str], place: int, memory: tuple[Replays, str] | None
) -> Record:
    """One item, done only once under its request id and item id."""
    key = keys[place]
    try:
        if not key:
            raise refusals.missing("bId")
        if key in keys[:place]:
            raise refusals.unreadable(f"bId {key} is used more than once in the batch and")
        if memory is None:
            return _item(company, item)
        replays, request_id = memory
        if len(key) > LONGEST_ITEM_ID:
            raise refusals.too_long("bId", LONGEST_ITEM_ID, len(key))
        sent = mark(msgspec.json.encode(item))
        answer, _ = replays.once(
            company, (company.realm_id, request_id, key), sent, lambda: _item(company, item)
        )
    except refusals.Refused as refused:
        return {"Fault": answers.fault(refused)}
    return {name: value for name, value in answer.items() if name != "time"}


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
