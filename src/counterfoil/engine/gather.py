"""Facts for a decision: the record as it is now, its links, what we wrote last, the mirror, the mapping, the company.

Arrives: a record that is dirty. Leaves: one of `sync.facts`. The content of an arrival is never trusted; what the
mirror knows is never read again from QuickBooks.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeVar, assert_never

import msgspec

from counterfoil import errors
from counterfoil.crm import records as crm
from counterfoil.engine import paid, poll
from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import api, entities
from counterfoil.store import links, mirror, records
from counterfoil.store.database import Tx
from counterfoil.sync import facts
from counterfoil.sync.facts import Kind
from counterfoil.sync.to_crm import contacts

E = TypeVar("E", entities.Customer, entities.Invoice)
"""What a contact and an invoice are linked to."""


async def facts_about(desk: Desk, record: records.Record) -> facts.Facts:
    """Everything a decision about this record may look at. Raises what the banks raise."""
    match record.kind:
        case Kind.CONTACT:
            return await _contact(desk, record)
        case Kind.TRANSACTION:
            return await _transaction(desk, crm.TransactionId(record.id))
        case Kind.INVOICE:
            return await _invoice(desk, crm.InvoiceId(record.id))
        case Kind.ORDER:
            order_id = crm.OrderId(record.id)
            return facts.OrderFacts(
                order_id=order_id, transactions=await desk.crm.transactions_of(entity_id=order_id)
            )
        case Kind.CUSTOMER:
            return await _customer(desk, record.id)
        case Kind.REVIEW:
            return await paid.facts_about(desk, record.id, freshen=lambda: poll.freshen(desk))
        case _:
            assert_never(record.kind)


def as_of(known: facts.Facts) -> datetime | None:
    """When the CRM's record had last been changed, by the CRM's clock; None where it does not say."""
    match known:
        case facts.ContactFacts(contact=crm.Contact(updated_at=changed_at)):
            return changed_at
        case facts.InvoiceFacts(invoice=crm.Invoice(updated_at=changed_at)):
            return changed_at
        case _:
            return None


def item_known(tx: Tx, connection: int, *, key: str, name: str) -> facts.KnownItem | None:
    """The QuickBooks item for a line: by its link, else by its exact name (R39)."""
    linked = links.items(tx, connection, [key]).get(key)
    if linked:
        return facts.KnownItem(item_id=linked, linked=True)
    named = mirror.item_named(tx, connection, name)
    return facts.KnownItem(item_id=named.id, linked=False) if named and named.id else None


def books_of(desk: Desk) -> facts.Books:
    """The company of this connection. Raises NeedsPerson while it is not known."""
    if desk.connection.books is None:
        raise errors.NeedsPerson("QuickBooks is not connected yet.")
    return desk.connection.books


async def _contact(desk: Desk, record: records.Record) -> facts.ContactFacts:
    contact = await desk.crm.contact(crm.ContactId(record.id))
    found = await desk.read(lambda tx: _contact_in_store(tx, desk, record, contact))
    if contact and record.wanted and found.link is None and not found.candidates and not desk.freshened:
        # A twin may have been made in QuickBooks a minute ago: one change query guards the whole run.
        await poll.freshen(desk)
        found = await desk.read(lambda tx: _contact_in_store(tx, desk, record, contact))
    if found.candidates:
        held = [await _held(desk, each, record.id) for each in found.candidates]
        found = msgspec.structs.replace(found, candidates=tuple(held))
    if len(found.candidates) > 1:
        dated = [await _dated(desk, candidate) for candidate in found.candidates]
        found = msgspec.structs.replace(found, candidates=tuple(dated))
    return found


def _contact_in_store(
    tx: Tx, desk: Desk, record: records.Record, contact: crm.Contact | None
) -> facts.ContactFacts:
    link = links.of_crm(tx, desk.id, kind="contact", id=record.id, entity="Customer")
    customer, written = _linked(tx, desk.id, link, entities.Customer)
    candidates: tuple[entities.Customer, ...] = ()
    if link is None and contact and contact.email:
        candidates = mirror.customers_with_email(tx, desk.id, contact.email)
    taken = mirror.taken(tx, desk.id, scope="DisplayName")
    for name in {contact.name, contact.company} if contact else set():
        taken |= mirror.names_taken(tx, desk.id, name)
    return facts.ContactFacts(
        contact_id=crm.ContactId(record.id),
        contact=contact,
        billable=record.wanted,
        link=link,
        customer=customer,
        written=written,
        candidates=tuple(facts.Candidate(customer=found) for found in candidates),
        taken_names=taken,
        currency=record.currency,
        books=books_of(desk),
        choices=desk.connection.choices,
    )


async def _held(desk: Desk, candidate: facts.Candidate, contact_id: str) -> facts.Candidate:
    """Whether the contact that this customer belongs to is gone: deleted, or merged into another one (R16)."""
    customer_id = candidate.customer.id or ""
    link = await desk.read(lambda tx: links.of_entity(tx, desk.id, entity="Customer", id=customer_id))
    if link is None or link.crm_id == contact_id:
        return candidate
    gone = await desk.crm.contact(crm.ContactId(link.crm_id)) is None
    return msgspec.structs.replace(candidate, gone_contact=link.crm_id if gone else "")


async def _dated(desk: Desk, candidate: facts.Candidate) -> facts.Candidate:
    """When this customer last had a sale; asked only where several customers share one address (R13)."""
    customer = candidate.customer
    latest: date | None = None
    for entity in ("Invoice", "SalesReceipt"):
        answers = await api.query.select(
            desk.quickbooks,
            entity,
            where=f"CustomerRef = {api.query.quoted(customer.id or '')}",
            order_by="TxnDate DESC",
            maximum=1,
        )
        for answer in answers:
            day = getattr(answer.object, "txn_date", None)
            if isinstance(day, date) and (latest is None or day > latest):
                latest = day
    return msgspec.structs.replace(candidate, last_transaction=latest)


async def _transaction(desk: Desk, transaction_id: crm.TransactionId) -> facts.TransactionFacts:
    transaction = await desk.crm.transaction(transaction_id)
    order: crm.Order | None = None
    subscription = ""
    receipt = await desk.read(
        lambda tx: links.of_crm(tx, desk.id, kind="transaction", id=transaction_id, entity="SalesReceipt")
    )
    if transaction and receipt is None and transaction.invoice_id is None:
        if transaction.order_id:
            order = await desk.crm.order(transaction.order_id)
        if transaction.subscription_id:
            subscription = await desk.crm.subscription_name(transaction.subscription_id)

    def in_store(tx: Tx) -> facts.TransactionFacts:
        return facts.TransactionFacts(
            transaction_id=transaction_id,
            transaction=transaction,
            order=order,
            subscription_name=subscription,
            party=_party(tx, desk.id, transaction.contact_id if transaction else ""),
            receipt=receipt,
            connected_at=desk.connection.connected_at or desk.connection.created_at,
            taken_item_names=mirror.taken(tx, desk.id, scope="Item"),
            income_account=_income_account(tx, desk),
            payment_methods=mirror.payment_methods(tx, desk.id),
            books=books_of(desk),
            choices=desk.connection.choices,
        )

    return await desk.read(in_store)


async def _invoice(desk: Desk, invoice_id: crm.InvoiceId) -> facts.InvoiceFacts:
    invoice = await desk.crm.invoice(invoice_id)
    transactions: tuple[crm.Transaction, ...] = ()
    if invoice and invoice.amount_paid:
        transactions = await _payments_in_crm(desk, invoice_id)

    def in_store(tx: Tx) -> facts.InvoiceFacts:
        link = links.of_crm(tx, desk.id, kind="invoice", id=invoice_id, entity="Invoice")
        document, written = _linked(tx, desk.id, link, entities.Invoice)
        return facts.InvoiceFacts(
            invoice_id=invoice_id,
            invoice=invoice,
            transactions=transactions,
            party=_party(tx, desk.id, invoice.contact_id if invoice else ""),
            link=link,
            document=document,
            written=written,
            payments=_payments(tx, desk.id, invoice_id),
            connected_at=desk.connection.connected_at or desk.connection.created_at,
            taken_numbers=mirror.taken(tx, desk.id, scope="DocNumber"),
            taken_item_names=mirror.taken(tx, desk.id, scope="Item"),
            income_account=_income_account(tx, desk),
            payment_methods=mirror.payment_methods(tx, desk.id),
            books=books_of(desk),
            choices=desk.connection.choices,
        )

    return await desk.read(in_store)


async def _payments_in_crm(desk: Desk, invoice_id: crm.InvoiceId) -> tuple[crm.Transaction, ...]:
    """The payments of an invoice as the CRM has them; those not posted yet with everything that it tells.

    A listing may leave out what forbids posting (that another connector has done it, R7), so a payment is read by
    itself before it is posted.
    """
    listed = await desk.crm.transactions_of(entity_id=invoice_id)
    posted = await desk.read(lambda tx: _payments(tx, desk.id, invoice_id))
    done = {payment.transaction_id for payment in posted}
    whole = []
    for item in listed:
        read = item if item.id in done else await desk.crm.transaction(item.id)
        whole += [read] if read else []
    return tuple(whole)


async def _customer(desk: Desk, customer_id: str) -> facts.CustomerFacts:
    if not desk.freshened:
        await poll.freshen(desk)

    def in_store(tx: Tx) -> facts.CustomerFacts:
        link = links.of_entity(tx, desk.id, entity="Customer", id=customer_id)
        customer = mirror.get(tx, desk.id, entity="Customer", id=customer_id)
        draft = links.written(tx, desk.id, entity="Customer", entity_id=customer_id, side="crm")
        seen = links.written(tx, desk.id, entity="Customer", entity_id=customer_id, side="seen")
        return facts.CustomerFacts(
            customer_id=customer_id,
            customer=customer if isinstance(customer, entities.Customer) else None,
            link=link,
            written=msgspec.json.decode(draft, type=crm.ContactDraft) if draft else None,
            seen=msgspec.json.decode(seen, type=entities.Customer) if seen else None,
            books=books_of(desk),
            choices=desk.connection.choices,
        )

    known = await desk.read(in_store)
    if known.link:
        contact = await desk.crm.contact(crm.ContactId(known.link.crm_id))
        return msgspec.structs.replace(known, contact=contact)
    if known.customer is None or not known.customer.active:
        return known
    return await _found_in_crm(desk, known, known.customer)


async def _found_in_crm(
    desk: Desk, known: facts.CustomerFacts, customer: entities.Customer
) -> facts.CustomerFacts:
    """The contact of a customer without a link: by e-mail, then by phone (R50)."""
    address = (customer.primary_email_addr.address if customer.primary_email_addr else None) or ""
    phone = (customer.primary_phone.free_form_number if customer.primary_phone else None) or ""
    contact, found_by = None, ""
    for email in filter(None, (part.strip() for part in address.replace(";", ",").split(","))):
        contact, found_by = await desk.crm.find_contact(email=email), "e-mail"
        if contact:
            break
    whole = contacts.international(phone, known.books.country)
    if contact is None and whole:
        contact, found_by = await desk.crm.find_contact(phone=whole), "phone"
    if contact is None:
        return known
    found = contact
    other = await desk.read(
        lambda tx: links.of_crm(tx, desk.id, kind="contact", id=found.id, entity="Customer")
    )
    return msgspec.structs.replace(known, contact=found, found_by=found_by, contact_link=other)


def _linked(tx: Tx, connection: int, link: facts.Link | None, entity: type[E]) -> tuple[E | None, E | None]:
    """The linked QuickBooks object as the mirror has it, and what we last wanted it to be."""
    if link is None:
        return None, None
    known = mirror.get(tx, connection, entity=link.entity, id=link.entity_id)
    body = links.written(tx, connection, entity=link.entity, entity_id=link.entity_id, side="quickbooks")
    return (
        known if isinstance(known, entity) else None,
        msgspec.json.decode(body, type=entity) if body else None,
    )


def _party(tx: Tx, connection: int, contact_id: str) -> facts.Party | None:
    link = links.of_crm(tx, connection, kind="contact", id=contact_id, entity="Customer")
    if link is None:
        return None
    customer = mirror.get(tx, connection, entity="Customer", id=link.entity_id)
    reference = customer.currency_ref if isinstance(customer, entities.Customer) else None
    return facts.Party(customer_id=link.entity_id, currency=reference.value if reference else "")


def _payments(tx: Tx, connection: int, invoice_id: str) -> tuple[facts.PostedPayment, ...]:
    posted = []
    for child in links.children(tx, connection, parent=f"invoice/{invoice_id}"):
        if child.link.entity != "Payment" or child.written is None:
            continue
        payment = msgspec.json.decode(child.written, type=entities.Payment)
        posted.append(
            facts.PostedPayment(
                payment_id=child.link.entity_id,
                amount=payment.total_amt or crm.ZERO,
                transaction_id=child.link.crm_id if child.link.crm_kind == "transaction" else "",
            )
        )
    return tuple(posted)


def _income_account(tx: Tx, desk: Desk) -> str:
    return desk.connection.choices.income_account or mirror.income_account(tx, desk.id)
