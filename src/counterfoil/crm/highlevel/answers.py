"""The envelopes of HighLevel's answers: one record by its id, and listings page by page.

A record of a listing that cannot be understood is left out and named, because one odd record must not stop the rest
(reference 3.3); read by its id it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import structlog

from counterfoil import times
from counterfoil.crm import port
from counterfoil.crm.highlevel import faults, members
from counterfoil.crm.highlevel.client import Client

log = structlog.get_logger(__name__)

T = TypeVar("T")

PAGE = 100
"""The largest page that is known to work (reference 7.9)."""
CONTACTS_PAGE = 500
"""The largest page of a contact search (reference 5.5)."""
OVERLAP = 5
"""Offsets count over data that changes: pages overlap, so that a record may come twice but none is skipped."""


def inside(answer: Any, name: str) -> Any:
    """The record in its envelope. Raises Unreadable when it is not there."""
    if isinstance(answer, dict) and isinstance(answer.get(name), dict):
        return answer[name]
    raise members.Unreadable("answer", name)


def elements(answer: Any, name: str) -> list[Any]:
    """The raw records of a listing. Raises Unreadable when there is no list."""
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise members.Unreadable("listing", name)
    return found


def readable(raw: list[Any], kind: str, read: Callable[[Any], T]) -> tuple[T, ...]:
    """The records of a listing, without those that `read` cannot understand."""
    return page(raw, kind, read, after=None).items


def page(raw: list[Any], kind: str, read: Callable[[Any], T], *, after: str | None) -> port.Page[T]:
    """The records of a listing, with the ids of those that `read` cannot understand."""
    found: list[T] = []
    odd: list[str] = []
    for element in raw:
        try:
            found.append(read(element))
        except members.Unreadable as unreadable:
            log.warning("highlevel.unreadable", kind=kind, record=unreadable.record, member=unreadable.member)
            own_id = members.record(kind, element).text("_id", "id") if isinstance(element, dict) else ""
            odd += [own_id] if own_id else []
    return port.Page(items=tuple(found), after=after, unreadable=tuple(odd))


async def one(client: Client, path: str, id: str, query: Mapping[str, str]) -> Any:
    """One record by its id, None when it is gone or has no id."""
    if not id:
        return None
    try:
        return await client.read(path, ids={"id": id}, query=query)
    except faults.Gone:
        return None


async def offset_page(
    client: Client,
    path: str,
    query: Mapping[str, str],
    after: str | None,
    *,
    listed: str,
    counted: str,
    bulk: bool,
) -> tuple[list[Any], str | None]:
    """One page from the offset `after`, and the offset of the next one, None at the end.

    `listed` and `counted` are the members with the records and with their number in all.
    """
    offset = int(after or "0")
    raw, total = await page_at(client, path, query, offset, listed=listed, counted=counted, bulk=bulk)
    seen = offset + len(raw)
    more = len(raw) == PAGE if total is None else seen < total
    if not raw or not more:
        return raw, None
    return raw, str(max(offset + 1, seen - OVERLAP))


async def page_at(
    client: Client,
    path: str,
    query: Mapping[str, str],
    offset: int,
    *,
    listed: str,
    counted: str,
    bulk: bool,
    limit: int = PAGE,
) -> tuple[list[Any], int | None]:
    """The raw records of one page, and how many there are in all, None when the answer does not say."""
    answer = await client.read(path, query={**query, "limit": str(limit), "offset": str(offset)}, bulk=bulk)
    raw = elements(answer, listed)
    total = answer.get(counted)
    return raw, total if isinstance(total, int) else None


def search(
    location_id: str, *, sort: str, direction: str, tests: list[dict[str, object]], limit: int
) -> dict[str, object]:
    """The body of a contact search, by cursor: pages by number end at 10,000 contacts (reference 5.5)."""
    body: dict[str, object] = {
        "locationId": location_id,
        "pageLimit": limit,
        "sort": [{"field": sort, "direction": direction}],
    }
    if tests:
        body["filters"] = [{"group": "AND", "filters": tests}]
    return body


def between(member: str, after: datetime | None, until: datetime | None) -> list[dict[str, object]]:
    """The test of a search that keeps what happened after one instant and not after another; none for all of time."""
    bounds = {name: times.iso(at) for name, at in (("gt", after), ("lte", until)) if at is not None}
    return [{"field": member, "operator": "range", "value": bounds}] if bounds else []


def cursor(raw: list[Any], *, limit: int) -> list[Any] | None:
    """What leads past the last contact of a page, None when it was the last page."""
    last = raw[-1].get("searchAfter") if raw and isinstance(raw[-1], dict) else None
    return last if len(raw) >= limit and isinstance(last, list) else None
