"""Who has paid a first invoice in full, and may be asked for a review (R62).

Arrives: invoices that the change feed brought, a customer's id. Leaves: records to look at, `facts.ReviewFacts`. One
metered read for a customer that is not decided yet (and a change query where a payment is not known), none afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from counterfoil.crm import records as crm
from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import api, entities
from counterfoil.store import links, mirror, reviews
from counterfoil.store.database import Tx
from counterfoil.sync import facts
from counterfoil.sync.facts import Kind, RecordRef

INVOICES_MAX = 1000
"""Whoever has more paid invoices than one page holds has paid before."""


def asked_by(invoice: entities.Invoice) -> list[RecordRef]:
    """Whose question this invoice raises: its customer's, when it is fully paid."""
    if not is_fully_paid(invoice) or invoice.customer_ref is None:
        return []
    return [RecordRef(Kind.REVIEW, invoice.customer_ref.value)]


def is_fully_paid(invoice: entities.Invoice) -> bool:
    """Balance 0 of a total above 0: a voided invoice has a total of 0 (reference 5.5, 14.6)."""
    return bool(invoice.total_amt and invoice.total_amt > 0 and invoice.balance == 0)


async def facts_about(
    desk: Desk, customer_id: str, *, freshen: Callable[[], Awaitable[None]]
) -> facts.ReviewFacts:
    """Everything a decision about this customer's review may look at. Raises what the banks raise.

    `freshen` brings the mirror up to date: a payment that is not known here may just have been entered in QuickBooks.
    """

    def in_store(tx: Tx) -> facts.ReviewFacts:
        link = links.of_entity(tx, desk.id, entity="Customer", id=customer_id)
        contact_id = link.crm_id if link else ""
        return facts.ReviewFacts(
            customer_id=customer_id,
            verdict=reviews.verdict(tx, desk.id, customer_id=customer_id, contact_id=contact_id),
            reviews=desk.connection.choices.reviews,
            link=link,
        )

    known = await desk.read(in_store)
    if known.verdict is not None or not known.reviews.on:
        return known
    invoices = await _paid_invoices(desk, customer_id)
    paid = await desk.read(lambda tx: _dated(tx, desk.id, invoices))
    if not desk.freshened and any(each.paid_at is None for each in paid):
        await freshen()
        paid = await desk.read(lambda tx: _dated(tx, desk.id, invoices))
    known = msgspec.structs.replace(known, paid=paid)
    if known.link is None or not paid:
        return known
    contact = await desk.crm.contact(crm.ContactId(known.link.crm_id))
    published: frozenset[str] = frozenset()
    if known.reviews.workflow_id and contact is not None:
        published = frozenset(workflow.id for workflow in await desk.crm.workflows())
    return msgspec.structs.replace(known, contact=contact, workflows=published)


async def _paid_invoices(desk: Desk, customer_id: str) -> tuple[entities.Invoice, ...]:
    found = await api.query.select(
        desk.quickbooks,
        "Invoice",
        where=f"CustomerRef = {api.query.quoted(customer_id)} AND Balance = '0'",
        maximum=INVOICES_MAX,
    )
    invoices = (each.object for each in found if isinstance(each.object, entities.Invoice))
    return tuple(invoice for invoice in invoices if is_fully_paid(invoice))


def _dated(tx: Tx, connection: int, invoices: tuple[entities.Invoice, ...]) -> tuple[facts.PaidInvoice, ...]:
    return tuple(
        facts.PaidInvoice(invoice_id=invoice.id or "", paid_at=_paid_at(tx, connection, invoice))
        for invoice in invoices
    )


def _paid_at(tx: Tx, connection: int, invoice: entities.Invoice) -> datetime | None:
    """When the last payment was entered; None where one is older than the mirror, or was no payment (a credit, say)."""
    moments: list[datetime] = []
    for linked in invoice.linked_txn or ():
        payment = (
            mirror.get(tx, connection, entity=linked.txn_type, id=linked.txn_id)
            if linked.txn_type == "Payment"
            else None
        )
        made = payment.meta_data.create_time if payment is not None and payment.meta_data else None
        if made is None:
            return None
        moments.append(made)
    return max(moments, default=None)
