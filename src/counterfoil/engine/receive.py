"""Arrivals: a verified delivery is stored once, its record marked and its connection woken, in one transaction.

Arrives: raw headers and bytes from `web.webhooks`. Leaves: rows for `engine.work`. Nobody is called and nothing is
decided here; the web answers 2xx only after the commit, so a delivery that was answered survives a power cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from counterfoil import times
from counterfoil.crm import port
from counterfoil.engine import poll
from counterfoil.engine.schedule.port import Engine
from counterfoil.quickbooks import api, entities
from counterfoil.store import (
    arrivals,
    connections,
    framers,
    history,
    links,
    mirror,
    records,
    sessions,
    tokens,
)
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Kind, RecordRef

log = structlog.get_logger(__name__)

QUICKBOOKS = "quickbooks"
LIVE_STATES = frozenset(
    {connections.State.RUNNING, connections.State.RECONNECT_NEEDED, connections.State.READY}
)
"""States in which changes are collected; a connection that waits for its owner loses nothing (R5)."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes deliveries of both banks. `verifier` is the QuickBooks app's webhook verifier token."""

    database: Database
    schedule: Engine
    clock: times.Clock
    notices: Mapping[str, port.Notices]
    verifier: str

    async def from_crm(self, crm: str, *, event: str, headers: Mapping[str, str], body: bytes) -> int:
        """Store one delivery of a CRM; how many of its notices were new.

        Raises port.Forged (after counting it, and nothing else: R70), port.Unreadable, KeyError for an unknown CRM.
        """
        at = self.clock()
        try:
            found = self.notices[crm].read(event=event, headers=headers, body=body)
        except port.Forged:
            await self.database.transact(lambda tx: arrivals.count_refused(tx, source=crm, at=at))
            raise

        def keep(tx: Tx) -> int:
            return sum(self._keep_crm_notice(tx, crm, notice, body) for notice in found)

        return await self.database.transact(keep)

    def _keep_crm_notice(self, tx: Tx, crm: str, notice: port.Notice, body: bytes) -> bool:
        at = self.clock()
        connection = connections.by_account(tx, crm=crm, account_id=notice.account_id)
        new = arrivals.keep(
            tx,
            source=crm,
            delivery_id=notice.delivery_id,
            connection=connection.id if connection else None,
            event=notice.event,
            body=body,
            at=at,
        )
        if new and notice.shown_at:
            framers.add(tx, crm=crm, account_id=notice.account_id, domain=notice.shown_at)
        if not new or connection is None:
            return new
        if notice.life is not None:
            self._live(tx, connection, notice.life)
        elif notice.kind and notice.record_id and connection.state in LIVE_STATES:
            if notice.kind is port.Kind.CONTACT and not _matters(tx, connection.id, notice):
                return True
            ref = RecordRef(Kind(notice.kind.value), notice.record_id)
            records.mark(tx, connection.id, [ref], at=at)
            history.tell(tx, connection.id, ref, what="arrived", at=at, detail={"event": notice.event})
            self.schedule.wake(tx, [connection.id], at=at)
        return True

    def _live(self, tx: Tx, connection: connections.Connection, life: port.Life) -> None:
        """The app came or went in an account that we know. Nobody is asked here: the next run does that.

        Either way the access is renewed before its next use. That tells whether the app is there now: a removal may be
        told late, after it was installed again (R70). When the app comes (again, or in another version that may do
        more), a connection that stood still for want of it goes on. An account that we do not know yet becomes known
        when somebody opens our page in it.
        """
        at = self.clock()
        if life is port.Life.ACCOUNT_CHANGED:
            connections.set_cursor(tx, connection.id, poll.ACCOUNT, "")
            self._ask_soon(tx, connection.id, at=at)
            return
        if life is port.Life.UNINSTALLED:
            sessions.end_framed(tx, connection=connection.id)
            known = tokens.get(tx, connection.id, "crm")
            if known is not None and not known.refused:
                tokens.doubt(tx, connection.id, "crm", at=at)
                self._ask_soon(tx, connection.id, at=at)
            return
        tokens.doubt(tx, connection.id, "crm", at=at)
        books = tokens.get(tx, connection.id, QUICKBOOKS)
        stands_still = connection.state is connections.State.RECONNECT_NEEDED
        if stands_still and connection.connected_at is not None and books is not None and not books.refused:
            connections.start(tx, connection.id, at=at)
            self.schedule.wake(tx, [connection.id], at=at)

    def _ask_soon(self, tx: Tx, connection: int, *, at: datetime) -> None:
        connections.set_cursor(tx, connection, poll.WANTED, times.iso(at))
        self.schedule.wake(tx, [connection], at=at)

    async def from_quickbooks(self, *, headers: Mapping[str, str], body: bytes) -> int:
        """Store one delivery of QuickBooks (a list of events, perhaps of several companies).

        Raises api.webhooks.Forged (after counting it), api.webhooks.Unreadable.
        """
        at = self.clock()
        try:
            found = api.webhooks.read(headers=headers, body=body, verifier=self.verifier)
        except api.webhooks.Forged:
            await self.database.transact(lambda tx: arrivals.count_refused(tx, source=QUICKBOOKS, at=at))
            raise

        def keep(tx: Tx) -> int:
            return sum(self._keep_quickbooks_notice(tx, notice) for notice in found)

        return await self.database.transact(keep)

    def _keep_quickbooks_notice(self, tx: Tx, notice: api.webhooks.Notice) -> bool:
        at = self.clock()
        owners = [c for c in connections.by_realm(tx, notice.realm_id) if c.state in LIVE_STATES]
        new = arrivals.keep(
            tx,
            source=QUICKBOOKS,
            delivery_id=notice.delivery_id,
            connection=owners[0].id if owners else None,
            event=f"{notice.entity}.{notice.verb}",
            body=b"",
            at=at,
        )
        if not new:
            return False
        for connection in owners:
            connections.set_cursor(tx, connection.id, "quickbooks webhook", times.iso(at))
            if notice.entity == "Payment" and connection.choices.reviews.on:
                # Perhaps the last one of a first invoice (R62). Our own are known, others are shown by the feed.
                if mirror.get(tx, connection.id, entity="Payment", id=notice.entity_id) is None:
                    connections.set_cursor(tx, connection.id, poll.FEED_WANTED, times.iso(at))
            elif notice.entity == "Customer" and not _is_echo(tx, connection.id, notice):
                refs = [RecordRef(Kind.CUSTOMER, notice.entity_id)]
                if notice.deleted_id:
                    refs.append(RecordRef(Kind.CUSTOMER, notice.deleted_id))
                records.mark(tx, connection.id, refs, at=at)
                event = {"event": f"{notice.entity} {notice.verb}"}
                for ref in refs:
                    history.tell(tx, connection.id, ref, what="arrived", at=at, detail=event)
                self.schedule.wake(tx, [connection.id], at=at)
        return True


def _matters(tx: Tx, connection: int, notice: port.Notice) -> bool:
    """Whether a contact concerns the books: it has a customer, or a sale waits for it (R10).

    The birth of a contact that has its customer already is the echo of our own import (R54).
    """
    record = records.get(tx, connection, RecordRef(Kind.CONTACT, notice.record_id))
    if record is not None and record.wanted:
        return True
    link = links.of_crm(tx, connection, kind="contact", id=notice.record_id, entity="Customer")
    return link is not None and not notice.born


def _is_echo(tx: Tx, connection: int, notice: api.webhooks.Notice) -> bool:
    """Whether the mirror already shows the customer as it was at the time of the event.

    Our own write left its answer there, with a LastUpdatedTime at or after the event's, or it was a payment or an
    invoice of ours that moved the customer's balance (reference 9); asking again would cost a read (R75). QuickBooks
    tells that time in whole seconds, hence the second of tolerance; an edit of a person within that second is found
    by the next change query.
    """
    known = mirror.get(tx, connection, entity="Customer", id=notice.entity_id)
    if not isinstance(known, entities.Customer) or known.meta_data is None or notice.verb == "merged":
        return False
    touched = mirror.touched_at(tx, connection, entity="Customer", id=notice.entity_id)
    ours = [at for at in (known.meta_data.last_updated_time, touched) if at is not None]
    return bool(ours) and notice.at <= max(ours) + timedelta(seconds=1)
