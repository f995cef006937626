"""The change feed: everything that changed in a company since an instant, for one metered read (reference 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from counterfoil import times
from counterfoil.quickbooks.api import faults, query, reading
from counterfoil.quickbooks.api.client import Client
from counterfoil.quickbooks.api.reading import Answer

REACHES_BACK = timedelta(days=30)
"""How far back the feed goes; an older instant is refused. Keep a day of margin."""

OBJECTS_MAX = 1000
"""So many objects in one answer mean that there may be more; the feed has no pages."""

_AT = faults.Circumstances(operation="changes", write=False, status=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed: live objects by kind (an object once, as it is now), and ids of deleted documents by kind.

    `server_time` is QuickBooks' own clock when it was first asked. Its nodes do not agree on the second: let the next
    window begin some minutes earlier. `truncated` says that there was more than the feed can tell: the live objects
    were completed by queries, but deletions of documents may be missing.
    """

    objects: Mapping[str, tuple[Answer, ...]]
    deleted: Mapping[str, tuple[str, ...]]
    server_time: datetime
    truncated: bool

    @property
    def seen_until(self) -> datetime:
        """Every live object that changed before this instant is among the changes."""
        return self.server_time


@dataclass(slots=True)
class _Told:
    """What one request to the feed told."""

    objects: dict[str, tuple[Answer, ...]]
    deleted: dict[str, tuple[str, ...]]
    server_time: datetime

    @property
    def full(self) -> bool:
        lists = (*self.objects.values(), *self.deleted.values())
        return sum(len(one) for one in lists) >= OBJECTS_MAX


async def changes(client: Client, entities: tuple[str, ...], since: datetime) -> Changes:
    """What changed of these kinds since the instant.

    One metered read, unless an answer is full: then each kind is asked for alone, and one that is still full by pages
    of a query. Raises what `Client.read` raises; Refused when `since` lies further back than `REACHES_BACK`;
    ValueError when no kind is named.
    """
    if not entities:
        raise ValueError("changes of which entities?")
    told = await _ask(client, entities, since)
    if not told.full:
        return Changes(
            objects=told.objects, deleted=told.deleted, server_time=told.server_time, truncated=False
        )
    objects: dict[str, tuple[Answer, ...]] = {}
    deleted: dict[str, tuple[str, ...]] = {}
    truncated = False
    for entity in entities:
        alone = told if len(entities) == 1 else await _ask(client, (entity,), since)
        objects |= alone.objects
        deleted |= alone.deleted
        if alone.full:
            objects[entity] = await _by_query(client, entity, since)
            truncated = truncated or entity not in query.LISTS
    return Changes(objects=objects, deleted=deleted, server_time=told.server_time, truncated=truncated)


class _Stub(msgspec.Struct):
    """As much of an object as tells whether it was deleted."""

    id: str = msgspec.field(name="Id")
    status: str = ""


class _Group(msgspec.Struct):
    query_response: list[reading.Members] = msgspec.field(name="QueryResponse", default_factory=list)
    fault: msgspec.Raw | msgspec.UnsetType = msgspec.field(name="Fault", default=msgspec.UNSET)


class _Feed(msgspec.Struct):
    groups: list[_Group] = msgspec.field(name="CDCResponse")
    time: str


async def _ask(client: Client, entities: tuple[str, ...], since: datetime) -> _Told:
    content = await client.read(
        "cdc",
        operation=_AT.operation,
        query={"entities": ",".join(entities), "changedSince": times.iso(since)},
    )
    feed = reading.decoded(content, _Feed, _AT)
    told = _Told({}, {}, reading.instant(feed.time, _AT))
    for group in feed.groups:
        if group.fault is not msgspec.UNSET:
            fault = faults.fault_in(b'{"Fault":' + bytes(group.fault) + b"}")
            raise faults.of_fault(fault or faults.Fault("", ()), _AT)
        for members in group.query_response:
            for entity in entities:
                if entity in members:
                    _take(told, entity, members[entity])
    return told


def _take(told: _Told, entity: str, rows: msgspec.Raw) -> None:
    live: dict[str, Answer] = {}
    gone: list[str] = []
    for row in reading.decoded(rows, list[msgspec.Raw], _AT):
        stub = reading.decoded(row, _Stub, _AT)
        if stub.status.casefold() == "deleted":
            live.pop(stub.id, None)
            gone.append(stub.id)
        else:
            live[stub.id] = reading.answer(entity, row, _AT)
    told.objects[entity] = (*told.objects.get(entity, ()), *live.values())
    told.deleted[entity] = (*told.deleted.get(entity, ()), *gone)


async def _by_query(client: Client, entity: str, since: datetime) -> tuple[Answer, ...]:
    """All live objects of a kind changed at or after `since`, each as it was last told."""
    where = query.ACTIVE_OR_NOT if entity in query.LISTS else ""
    found: dict[str, Answer] = {}
    async for page in query.walk(client, entity, by="LastUpdatedTime", since=since, where=where):
        found |= {answer.object.id or "": answer for answer in page}
    return tuple(found.values())
