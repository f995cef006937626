"""Very many contacts and invoices at once, written straight into the records: the seed `large:N,M`.

They are spread over the two years before the start, an hour and a bit apart, so that filters by time have something to
cut; every sixth invoice is a draft, every sixth void, the others are sent, part paid or paid, with their transactions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice

from crm_sandbox.location import dates
from crm_sandbox.location.contact_index import ContactIndex
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import (
    ZERO,
    Contact,
    Discount,
    Invoice,
    InvoiceStatus,
    Item,
    Source,
    Sums,
    Transaction,
)

_FIRST = ("Ada", "Noor", "Ines", "Kofi", "Lena", "Omar", "Rosa", "Yuki", "Søren", "Zoë")
_LAST = ("Abbott", "Byrne", "Castro", "Dahl", "Eze", "Fabre", "Gruber", "Haddad", "Ito", "Jansen", "Kovač")
_WORK = (("Fitting, per day", "150"), ("Materials", "100"), ("Workbook", "44.5"), ("Call-out", "79.9"))
_STATUSES: tuple[InvoiceStatus, ...] = ("draft", "sent", "paid", "partially_paid", "void", "paid")
_SPREAD = timedelta(days=730)


def gather(desk: Desk, index: ContactIndex, contacts: int, invoices: int) -> None:
    """Adds as many contacts and invoices; without contacts there are no invoices."""
    begin = desk.now() - _SPREAD
    for number in range(contacts):
        contact = _contact(desk, number, begin + _SPREAD * number / contacts)
        desk.state.contacts[contact.id] = contact
        index.note(contact.id, contact)
    customers = islice(cycle(list(desk.state.contacts.values())), invoices)
    for number, customer in enumerate(customers):
        invoice = _invoice(desk, number, customer, begin + _SPREAD * number / invoices)
        desk.state.invoices[invoice.id] = invoice
        if invoice.amount_paid:
            payment = _payment(desk, invoice)
            desk.state.transactions[payment.id] = payment
    desk.state.invoice_number = len(desk.state.invoices)


def _contact(desk: Desk, number: int, at: datetime) -> Contact:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    return Contact(
        id=desk.ids.alphanumeric(20),
        first_name=first,
        last_name=f"{last} {number}",
        email=f"customer.{number}@example.com",
        company_name=f"{last} & Co" if number % 3 == 0 else None,
        city=desk.kind.city,
        country=desk.kind.country,
        tags=["customer"] if number % 2 else [],
        date_added=at,
        date_updated=at,
        created_by=desk.user(),
        updated_by=desk.user(),
    )


def _invoice(desk: Desk, number: int, customer: Contact, at: datetime) -> Invoice:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    name, amount = _WORK[number % len(_WORK)]
    qty = Decimal(1 + number % 4)
    total = Decimal(amount) * qty
    status = _STATUSES[number % len(_STATUSES)]
    issued = dates.day_of(at, desk.kind.timezone)
    return Invoice(
        id=f"{int(at.timestamp()):08x}{desk.ids.hex(16)}",
        status=status,
        name=f"{name} for {customer.full_name}",
        number=f"{number + 1:06d}",
        currency=desk.kind.currency,
        business_details={"name": desk.kind.company, "phoneNo": desk.kind.phone},
        contact_details={
            "id": customer.id,
            "name": customer.full_name,
            "email": customer.email,
            "additionalEmails": [],
            "customFields": [],
        },
        issue_date=issued,
        due_date=issued + timedelta(days=14),
        items=[
            Item(id=desk.ids.hex(24), name=name, currency=desk.kind.currency, amount=Decimal(amount), qty=qty)
        ],
        discount=Discount(type="percentage", value=ZERO),
        sums=Sums(sub_total=total, total=total),
        amount_paid=total if status == "paid" else total / 2 if status == "partially_paid" else ZERO,
        sent_to={"email": [customer.email], "emailCc": [], "emailBcc": [], "phoneNo": []},
        sent_at=None if status == "draft" else at,
        sent_by=None if status == "draft" else desk.state.user_id,
        created_at=at,
        updated_at=at,
        updated_by=desk.state.user_id,
    )


def _payment(desk: Desk, invoice: Invoice) -> Transaction:
    return Transaction(
        id=f"{int(invoice.created_at.timestamp()):08x}{desk.ids.hex(16)}",
        contact_id=invoice.contact_details["id"],
        currency=invoice.currency,
        amount=invoice.amount_paid,
        status="succeeded",
        entity_type="invoice",
        entity_id=invoice.id,
        source=Source(type="invoice", id=invoice.id, name=invoice.name),
        charge_snapshot={"mode": "bank_transfer"},
        meta={"invoiceNumber": invoice.number, "invoiceNumberPrefix": invoice.number_prefix},
        receipt_id=desk.ids.hex(24),
        created_at=invoice.created_at,
        updated_at=invoice.created_at,
        fulfilled_at=invoice.created_at,
    )
