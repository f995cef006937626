"""Reading a whole location as fast as its quota allows: several pages are under way at once (R73).

One page after the other gets no further than one page per answer time. A listing by offset is read at many offsets at
once; a listing by cursor, whose next page nobody knows before this one, is cut into spans of time that are walked side
by side.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from counterfoil.crm import records
from counterfoil.crm.highlevel import answers, reading
from counterfoil.crm.highlevel.client import Client

T = TypeVar("T")
R = TypeVar("R", records.Contact, records.Invoice)

WIDTH = 12
"""So many pages of one listing under way; with answers within a second that is all the quota of ten per second."""
STRIDE = answers.PAGE - answers.OVERLAP
ONE_MILLISECOND = timedelta(milliseconds=1)

Step = Callable[[], Awaitable[tuple[T, "Sequence[Step[T]]"]]]
"""One request: what it brought, and the requests that it has shown to be next."""


async def side_by_side(first: Step[T], *, width: int = WIDTH) -> AsyncGenerator[T, None]:
    """What all steps bring, as it comes; not more than `width` at once. The first error ends them all."""
    waiting: deque[Step[T]] = deque([first])
    running: set[asyncio.Future[tuple[T, Sequence[Step[T]]]]] = set()
    done: set[asyncio.Future[tuple[T, Sequence[Step[T]]]]] = set()
    try:
        while waiting or running:
            while waiting and len(running) < width:
                running.add(asyncio.ensure_future(waiting.popleft()()))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for step in done:
                brought, following = step.result()
                waiting.extend(following)
                yield brought
    finally:
        for step in running:
            step.cancel()
        await asyncio.gather(*running, *done, return_exceptions=True)


async def once(portions: AsyncIterator[tuple[R, ...]]) -> AsyncIterator[tuple[R, ...]]:
    """The portions without what came before: overlapping pages bring some records twice."""
    seen: set[str] = set()
    async for portion in portions:
        fresh = tuple(item for item in portion if item.id not in seen)
        seen.update(item.id for item in fresh)
        yield fresh


@dataclass(frozen=True, slots=True)
class Span:
    """Contacts added after one instant and not after another, from a cursor on; `read` of them came already."""

    after: datetime | None = None
    until: datetime | None = None
    cursor: list[Any] | None = None
    read: int = 0


class AllContacts:
    """The contacts of a location that are there when the reading begins."""

    def __init__(self, client: Client, location_id: str) -> None:
        self._client = client
        self._location = location_id
        self._spans = 1

    async def begin(self) -> tuple[tuple[records.Contact, ...], Sequence[Step[tuple[records.Contact, ...]]]]:
        """The first step: when the youngest contact was added."""
        answer = await self._search(Span(), limit=1, direction="desc")
        raw = answers.elements(answer, "contacts")
        if not raw:
            return (), ()
        youngest = answers.readable(raw, "contact", reading.contact)
        added = youngest[0].created_at if youngest else None
        # Bounds are written in whole milliseconds, and the youngest must not fall out.
        until = None if added is None else added + ONE_MILLISECOND
        return (), (self._step(Span(None, until)),)

    def _step(self, span: Span) -> Step[tuple[records.Contact, ...]]:
        async def page() -> tuple[tuple[records.Contact, ...], Sequence[Step[tuple[records.Contact, ...]]]]:
            answer = await self._search(span, limit=answers.CONTACTS_PAGE, direction="asc")
            raw = answers.elements(answer, "contacts")
            found = answers.readable(raw, "contact", reading.contact)
            cursor = answers.cursor(raw, limit=answers.CONTACTS_PAGE)
            if cursor is None:
                self._spans -= 1
                return found, ()
            read = span.read + len(raw)
            total = answer.get("total")
            left = total - read if isinstance(total, int) else 0
            newest = max((each.created_at for each in found if each.created_at), default=None)
            return found, [self._step(each) for each in self._rest(span, cursor, read, left, newest)]

        return page

    def _rest(
        self, span: Span, cursor: list[Any], read: int, left: int, newest: datetime | None
    ) -> tuple[Span, ...]:
        """What is left of a span: cut in two in the middle of its time while there are hands for both halves."""
        whole = Span(span.after, span.until, cursor, read)
        if newest is None or span.until is None or left <= answers.CONTACTS_PAGE or self._spans >= WIDTH:
            return (whole,)
        middle = _whole_milliseconds(newest + (span.until - newest) / 2)
        if not newest < middle < span.until:
            return (whole,)
        self._spans += 1
        return Span(span.after, middle, cursor, read), Span(middle, span.until)

    async def _search(self, span: Span, *, limit: int, direction: str) -> Any:
        tests = answers.between("dateAdded", span.after, span.until)
        body = answers.search(self._location, sort="dateAdded", direction=direction, tests=tests, limit=limit)
        if span.cursor is not None:
            body["searchAfter"] = span.cursor
        return await self._client.read("/contacts/search", body=body, bulk=True)


class AllInvoices:
    """The invoices of a location, of every status. `here` are the members that name the location."""

    def __init__(self, client: Client, here: dict[str, str], *, zone: str) -> None:
        self._client = client
        self._query = here | {"sortField": "issueDate", "sortOrder": "ascend"}
        self._zone = zone

    async def begin(self) -> tuple[tuple[records.Invoice, ...], Sequence[Step[tuple[records.Invoice, ...]]]]:
        """The first step: the oldest page, which tells how many there are."""
        return await self._step(0, last=True)()

    def _step(self, offset: int, *, last: bool) -> Step[tuple[records.Invoice, ...]]:
        """The page at this offset. What was issued meanwhile comes at the end, so the last page looks for more."""

        async def page() -> tuple[tuple[records.Invoice, ...], Sequence[Step[tuple[records.Invoice, ...]]]]:
            raw, total = await answers.page_at(
                self._client, "/invoices/", self._query, offset, listed="invoices", counted="total", bulk=True
            )
            found = answers.readable(raw, "invoice", lambda one: reading.invoice(one, zone=self._zone))
            if not last or not raw:
                return found, ()
            # Without a number in all, a full page means that there may be another one.
            end = total if total is not None else offset + len(raw) + (len(raw) == answers.PAGE)
            if offset + len(raw) >= end:
                return found, ()
            offsets = range(offset + STRIDE, max(end - answers.OVERLAP, offset + STRIDE + 1), STRIDE)
            return found, [self._step(each, last=each == offsets[-1]) for each in offsets]

        return page


def _whole_milliseconds(instant: datetime) -> datetime:
    return instant - timedelta(microseconds=instant.microsecond % 1000)
