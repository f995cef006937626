"""Ask both sides for what was missed: one change query at QuickBooks, a few listings at the CRM.

Polling happens inside the run of the connection, which is the only owner of its quota and its tokens. Nothing is
concluded here: objects go into the mirror, records are marked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

import structlog

from counterfoil import errors, times
from counterfoil.crm import port
from counterfoil.crm import records as crm
from counterfoil.engine import paid, refunds
from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import api, entities
from counterfoil.store import connections, links, mirror, records
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Kind, RecordRef

log = structlog.get_logger(__name__)

T = TypeVar("T")

MIRRORED = ("Customer", "Item", "Account", "PaymentMethod", "Invoice", "Payment", "SalesReceipt")
"""What the change feed keeps fresh; one query asks for all of them (R75)."""

WANTED = "poll wanted"
"""It is time to ask; what asks for it first is kept until it was done."""
FEED = "quickbooks changes"
FEED_ASKED = "quickbooks asked"
CONTACTS = "crm contacts"
INVOICES = "crm invoices"
OPEN_INVOICES = "crm open invoices"
ACCOUNT = "crm account"
"""When the CRM was last asked about the account itself; emptied by a webhook that tells of a change."""
WEBHOOK = "quickbooks webhook"
FEED_WANTED = "quickbooks changes wanted"
"""A webhook told of something that only the feed can show, and that has time until the next poll."""

OVERLAP = timedelta(minutes=5)
"""Change windows overlap, because neither side's nodes agree on the second (reference 7; HighLevel 5.5)."""
FEED_REACHES_BACK = timedelta(days=29)
CRM_WINDOW = timedelta(days=2)
ISSUED_LATELY = timedelta(days=31)
WEBHOOKS_PROVEN_FOR = timedelta(days=1)
ACCOUNT_IS_GOOD_FOR = timedelta(days=1)


async def freshen(desk: Desk) -> None:
    """Bring the mirror up to date by one metered change query, at most once a run.

    Customers that changed since the mirror last saw them are marked. Raises what `api.changes` raises.
    """
    if desk.freshened:
        return
    cursor = await desk.read(lambda tx: connections.cursor(tx, desk.id, FEED))
    since = times.parse_instant(cursor) if cursor else desk.clock() - OVERLAP
    since = max(since, desk.clock() - FEED_REACHES_BACK)
    found = await api.changes.changes(desk.quickbooks, MIRRORED, since)
    desk.freshened = True
    await desk.write(lambda tx: _take_in(tx, desk, found))


def _take_in(tx: Tx, desk: Desk, found: api.changes.Changes) -> None:
    at = desk.clock()
    changed: list[RecordRef] = []
    for entity, answers in found.objects.items():
        for answer in answers:
            if not mirror.put(tx, desk.id, entity=entity, object=answer.object, raw=answer.raw, at=at):
                continue
            if isinstance(answer.object, entities.Customer) and answer.object.id:
                changed.append(RecordRef(Kind.CUSTOMER, answer.object.id))
            elif desk.connection.choices.reviews.on and isinstance(answer.object, entities.Invoice):
                changed += paid.asked_by(answer.object)
    for entity, gone in found.deleted.items():
        for entity_id in gone:
            mirror.remove(tx, desk.id, entity=entity, id=entity_id)
    records.mark(tx, desk.id, changed, at=at)
    # From the server's clock, never ours; a truncated answer moves only as far as it told.
    connections.set_cursor(tx, desk.id, FEED, times.iso(found.seen_until - OVERLAP))
    connections.set_cursor(tx, desk.id, FEED_ASKED, times.iso(at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to ask, in seconds: both sides, and QuickBooks' metered feed once its webhooks arrive (R75)."""

    every: float
    feed_with_webhooks: float


async def ask_both_sides(desk: Desk, pace: Pace) -> None:
    """Find what no webhook told (R70). Marks records; raises what the banks raise."""
    await _ask_crm(desk)
    asked, webhook, wanted = await desk.read(
        lambda tx: tuple(_instant(tx, desk, name) for name in (FEED_ASKED, WEBHOOK, FEED_WANTED))
    )
    told = wanted is not None and (asked is None or wanted > asked)
    if told or feed_is_due(now=desk.clock(), asked=asked, last_webhook=webhook, pace=pace):
        await freshen(desk)
    await _ask_for_old_refunds(desk)


def feed_is_due(*, now: datetime, asked: datetime | None, last_webhook: datetime | None, pace: Pace) -> bool:
    """Whether QuickBooks is to be asked for changes: at every poll while webhooks are unproven, seldom when they come."""
    proven = last_webhook is not None and now - last_webhook < WEBHOOKS_PROVEN_FOR
    if not proven or asked is None:
        return True
    return now - asked >= timedelta(seconds=pace.feed_with_webhooks)


def _instant(tx: Tx, desk: Desk, name: str) -> datetime | None:
    known = connections.cursor(tx, desk.id, name)
    return times.parse_instant(known) if known else None


async def _ask_crm(desk: Desk) -> None:
    now = desk.clock()
    await _ask_for_account(desk)
    asked, was_open = await desk.read(
        lambda tx: (
            _instant(tx, desk, INVOICES),
            frozenset(connections.cursor(tx, desk.id, OPEN_INVOICES).split()),
        )
    )
    odd: list[RecordRef] = []
    first_day = times.day_in(_reach_back(desk, asked=asked), desk.connection.account_zone)
    transactions = [item async for item in _transactions(desk, since=first_day, odd=odd)]
    since = asked - OVERLAP if asked else desk.connection.created_at
    changed, still_open = await _changed_invoices(desk, since=since, odd=odd)
    contacts_since, contacts = await _changed_contacts(desk)

    def mark(tx: Tx) -> None:
        seen = [RecordRef(Kind.TRANSACTION, item.id) for item in transactions]
        records.mark(tx, desk.id, [*seen, *odd], at=now, if_unseen=True)
        refunds.notice(tx, desk, transactions, whole_window=False)
        records.mark_changed(tx, desk.id, changed, at=now)
        closed = sorted(was_open - still_open)
        records.mark(tx, desk.id, [RecordRef(Kind.INVOICE, each) for each in closed], at=now)
        linked = {
            RecordRef(Kind.CONTACT, item.id): item.updated_at
            for item in contacts
            if links.of_crm(tx, desk.id, kind="contact", id=item.id, entity="Customer")
        }
        records.mark_changed(tx, desk.id, linked, at=now)
        connections.set_cursor(tx, desk.id, INVOICES, times.iso(now))
        connections.set_cursor(tx, desk.id, OPEN_INVOICES, " ".join(sorted(still_open)))
        connections.set_cursor(tx, desk.id, CONTACTS, times.iso(contacts_since))

    await desk.write(mark)


async def _ask_for_account(desk: Desk) -> None:
    """Once a day, and after a webhook that tells of a change: the days of invoices are those of its zone (R31)."""
    asked = await desk.read(lambda tx: _instant(tx, desk, ACCOUNT))
    now = desk.clock()
    if asked is not None and now - asked < ACCOUNT_IS_GOOD_FOR:
        return
    found = await desk.crm.account()

    def remember(tx: Tx) -> None:
        connections.set_account(tx, desk.id, name=found.name, zone=found.time_zone, country=found.country)
        connections.set_cursor(tx, desk.id, ACCOUNT, times.iso(now))

    await desk.write(remember)


def _reach_back(desk: Desk, *, asked: datetime | None) -> datetime:
    """The last days, and all days since the CRM was last asked, however long we were away."""
    lately = desk.clock() - CRM_WINDOW
    return lately if asked is None else min(lately, asked - OVERLAP)


def _transactions(desk: Desk, *, since: date, odd: list[RecordRef]) -> AsyncIterator[crm.Transaction]:
    return _all(lambda after: desk.crm.transactions_since(since=since, after=after), Kind.TRANSACTION, odd)


async def _ask_for_old_refunds(desk: Desk) -> None:
    """The slow loop over the whole window. What goes wrong here waits for the next poll: new sales go before."""
    now = desk.clock()
    asked = await desk.read(lambda tx: _instant(tx, desk, refunds.ASKED))
    if asked is not None and now - asked < refunds.EVERY:
        return
    first_day = times.day_in(now - refunds.WINDOW, desk.connection.account_zone)
    try:
        listing = _transactions(desk, since=first_day, odd=[])
        refunded = [item async for item in listing if refunds.given_back(item) > 0]
    except (errors.TryLater, errors.Refused, errors.NeedsPerson) as trouble:
        log.warning("refunds.not_asked", connection=desk.id, error=type(trouble).__name__)
        return

    def notice(tx: Tx) -> None:
        refunds.notice(tx, desk, refunded, whole_window=True)
        connections.set_cursor(tx, desk.id, refunds.ASKED, times.iso(now))

    await desk.write(notice)


async def _changed_invoices(
    desk: Desk, *, since: datetime, odd: list[RecordRef]
) -> tuple[dict[RecordRef, datetime | None], set[str]]:
    """Which invoices changed since then, and when; and which are open now.

    The CRM cannot list by time of change, so the open ones of any age and all that were issued lately are walked and
    compared (HighLevel reference 7.9). An old one that is open no more is missed by both: it is known by having been
    open at the last look.
    """
    first_day = times.day_in(desk.clock() - ISSUED_LATELY, desk.connection.account_zone)
    changed: dict[RecordRef, datetime | None] = {}
    still_open: set[str] = set()
    listing = _all(lambda after: desk.crm.open_invoices(after=after), Kind.INVOICE, odd)
    async for invoice in listing:
        still_open.add(invoice.id)
        if invoice.updated_at >= since:
            changed[RecordRef(Kind.INVOICE, invoice.id)] = invoice.updated_at
    listing = _all(lambda after: desk.crm.invoices_issued(since=first_day, after=after), Kind.INVOICE, odd)
    async for invoice in listing:
        if invoice.updated_at >= since:
            changed[RecordRef(Kind.INVOICE, invoice.id)] = invoice.updated_at
    return changed, still_open


async def _all(
    page_after: Callable[[str | None], Awaitable[port.Page[T]]], kind: Kind, odd: list[RecordRef]
) -> AsyncIterator[T]:
    """Every item of a listing, page by page. What cannot be understood goes to `odd`: its own look tells a person."""
    after: str | None = None
    while True:
        page = await page_after(after)
        odd += [RecordRef(kind, id) for id in page.unreadable]
        for item in page.items:
            yield item
        if page.after is None:
            return
        after = page.after


async def _changed_contacts(desk: Desk) -> tuple[datetime, list[crm.Contact]]:
    """Contacts changed since the last look, and up to when they are known."""
    now = desk.clock()
    cursor = await desk.read(lambda tx: connections.cursor(tx, desk.id, CONTACTS))
    since = times.parse_instant(cursor) - OVERLAP if cursor else now - OVERLAP
    # A contact concerns the books only when it is linked; one that cannot be understood says so at its next sale.
    listing = _all(lambda after: desk.crm.contacts_changed(since=since, after=after), Kind.CONTACT, [])
    return now, [contact async for contact in listing]
