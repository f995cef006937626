"""An invoice of the CRM and its QuickBooks invoice: created when sent, kept in step, voided (R30-R35, R40)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from counterfoil import money
from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import InvoiceFacts, Link, Origin, Party
from counterfoil.sync.parts import folding, lines, matching, naming, totals
from counterfoil.sync.plan import Adopt, Ask, Nothing, Operation, Pair, Plan, QuickBooksWrite
from counterfoil.sync.reasons import Because
from counterfoil.sync.to_quickbooks import items, obstacles, payments

_COMPARED: Mapping[str, str] = {
    "doc_number": "Number",
    "txn_date": "Invoice date",
    "due_date": "Due date",
    "customer_ref": "Customer",
    "bill_email": "Billing e-mail",
    "line": "Lines",
}
"""Members that are kept in step (R31), with the word a bookkeeper knows. The note is written once and then left."""


def decide(facts: InvoiceFacts) -> Plan:
    """What an invoice asks for in QuickBooks, one step at a time: void, customer, items, invoice, payments."""
    invoice, link = facts.invoice, facts.link
    if link and link.origin is Origin.QUICKBOOKS:
        return Nothing(because=Because.BORN_IN_QUICKBOOKS)
    if invoice is None:
        return _cancel(facts, Because.INVOICE_DELETED)
    if not invoice.live:
        return Nothing(because=Because.TEST_INVOICE)
    if invoice.status is crm.InvoiceStatus.VOID:
        return _cancel(facts, Because.INVOICE_VOIDED)
    if invoice.status is crm.InvoiceStatus.DRAFT:
        return Nothing(because=Because.NOT_SENT)
    if link is None:
        return _post(facts, invoice)
    return _keep_in_step(facts, invoice, link)


def _cancel(facts: InvoiceFacts, because: Because) -> Plan:
    """Void the posted invoice; a paid one only shows its payments (R34). Nothing is ever deleted in QuickBooks."""
    if facts.link is None:
        return Nothing(because=Because.NEVER_POSTED)
    document = facts.document
    if _voided_by_us(facts) or (document and (_is_void(document) or matching.is_deleted(document.status))):
        return Nothing(because=Because.VOIDED_ALREADY)
    if document is None:
        return Ask(because=Because.DOCUMENT_UNKNOWN, details=(("Invoice id", facts.link.entity_id),))
    paid = _payments_of(facts, document)
    if paid:
        return Ask(because=Because.VOID_HAS_PAYMENTS, details=paid)
    return obstacles.to_day(facts.books, document.txn_date) or QuickBooksWrite(
        entity="Invoice",
        operation=Operation.VOID,
        body=qb.Invoice(id=document.id, sync_token=document.sync_token),
        cause=f"invoice/{facts.invoice_id}/void",
        because=because,
        expect_total=money.ZERO,
    )


def _post(facts: InvoiceFacts, invoice: crm.Invoice) -> Plan:
    """The invoice was sent and QuickBooks does not have it."""
    if invoice.created_at < facts.connected_at:
        return Nothing(because=Because.EXISTED_BEFORE)
    if invoice.posted_by_other_connector:
        return Ask(because=Because.POSTED_BY_OTHER)
    wanted = _wanted(facts, invoice)
    if not isinstance(wanted, qb.Invoice):
        return wanted
    number = naming.doc_number(_number(facts, invoice))
    renumbered = (wanted.doc_number or "") != number
    return QuickBooksWrite(
        entity="Invoice",
        operation=Operation.CREATE,
        body=wanted,
        cause=f"invoice/{invoice.id}/invoice",
        because=Because.INVOICE_RENUMBERED if renumbered else Because.INVOICE_CREATED,
        pair=Pair(crm_kind="invoice", crm_id=invoice.id, entity="Invoice", origin=Origin.CRM),
        expect_total=money.rounded(invoice.total),
    )


def _keep_in_step(facts: InvoiceFacts, invoice: crm.Invoice, link: Link) -> Plan:
    """The invoice is posted: send what changed in the CRM since our last write, then its payments."""
    document = facts.document
    if document is None:
        return Ask(because=Because.DOCUMENT_UNKNOWN, details=(("Invoice id", link.entity_id),))
    if matching.is_deleted(document.status):
        return Ask(because=Because.DELETED_IN_QUICKBOOKS, details=(("Number", invoice.number),))
    if _is_void(document):
        return Ask(because=Because.VOIDED_IN_QUICKBOOKS, details=(("Number", invoice.number),))
    wanted = _wanted(facts, invoice)
    if not isinstance(wanted, qb.Invoice):
        return wanted
    update = _update(facts, invoice, document, wanted)
    if update:
        return obstacles.to_day(facts.books, document.txn_date) or update
    customer = document.customer_ref or wanted.customer_ref or qb.Ref("")
    payment = payments.next_payment(facts, invoice, link, customer.value)
    return payment or Nothing(because=Because.INVOICE_IN_STEP)


def _wanted(facts: InvoiceFacts, invoice: crm.Invoice) -> qb.Invoice | Plan:
    """The complete invoice as it should stand in QuickBooks, or what comes before it."""
    total = money.rounded(invoice.total)
    obstacle = obstacles.to_sale(
        facts.books,
        contact_id=invoice.contact_id,
        currency=invoice.currency,
        total=total,
        day=invoice.issue_date if facts.link is None else None,
        party=facts.party,
    )
    if obstacle:
        return obstacle
    sold = folding.fold(totals.of_invoice(invoice))
    if not sold:
        return Nothing(because=Because.NOTHING_TO_INVOICE)
    if facts.party is None:
        return obstacles.customer_first(invoice.contact_id, invoice.currency)
    missing: QuickBooksWrite | Adopt | Ask | None = items.next_step(
        sold,
        items=facts.items,
        taken_names=facts.taken_item_names,
        income_account=facts.income_account,
        choices=facts.choices,
    )
    return missing or _body(facts, invoice, facts.party, sold)


def _body(
    facts: InvoiceFacts, invoice: crm.Invoice, party: Party, sold: tuple[lines.Sold, ...]
) -> qb.Invoice:
    email = naming.email(invoice.billing_email)
    last = facts.written
    wire = lines.wire(sold, items.ids(sold, items=facts.items, choices=facts.choices))
    given = _number(facts, invoice)
    number = naming.doc_number(given, facts.taken_numbers, (last.doc_number if last else None) or "")
    return qb.Invoice(
        doc_number=number or None,
        txn_date=invoice.issue_date,
        due_date=invoice.due_date,
        customer_ref=qb.Ref(party.customer_id),
        bill_email=qb.EmailAddress(email) if email else None,
        line=last.line if last and lines.same_sale(last.line, wire) else wire,
        private_note=_note(invoice, given, number),
        currency_ref=qb.Ref(invoice.currency.upper()) if facts.books.multi_currency else None,
    )


def _update(
    facts: InvoiceFacts, invoice: crm.Invoice, document: qb.Invoice, wanted: qb.Invoice
) -> QuickBooksWrite | None:
    """A sparse update with the members that changed in the CRM since our last write; None when none did (R40)."""
    changed: dict[str, object] = {}
    overwrites: list[tuple[str, str]] = []
    for member, label in _COMPARED.items():
        value, current = _comparable(wanted, member), _comparable(document, member)
        before = _comparable(facts.written, member) if facts.written else current
        if value is None or value == before:
            continue
        changed[member] = getattr(wanted, member)
        if current not in (None, before, value):
            overwrites.append((label, _told(document, member)))
    if not changed:
        return None
    return QuickBooksWrite(
        entity="Invoice",
        operation=Operation.UPDATE,
        body=structs.replace(
            qb.Invoice(id=document.id, sync_token=document.sync_token, sparse=True), **changed
        ),
        cause=f"invoice/{invoice.id}/update/{document.sync_token}",
        because=Because.INVOICE_OVERWRITES if overwrites else Because.INVOICE_UPDATED,
        wanted=wanted,
        expect_total=money.rounded(invoice.total),
        overwrites=tuple(overwrites),
    )


def _comparable(invoice: qb.Invoice, member: str) -> object:
    """A member in a form in which equal things are equal: ids without names, lines as what they say."""
    value = getattr(invoice, member)
    if value is None:
        return None
    match member:
        case "customer_ref":
            return str(value.value)
        case "line":
            return lines.sayings(value)
        case _:
            return value


def _told(invoice: qb.Invoice, member: str) -> str:
    value = getattr(invoice, member)
    match value:
        case qb.EmailAddress():
            return value.address or ""
        case qb.Ref():
            return value.name or value.value
        case tuple():
            return f"{len(lines.sayings(value))} lines"
        case _:
            return str(value)


def _number(facts: InvoiceFacts, invoice: crm.Invoice) -> str:
    return f"{facts.choices.number_prefix}{invoice.number}" if invoice.number else ""


def _note(invoice: crm.Invoice, given: str, number: str) -> str:
    """What a bookkeeper can search for; a hint only, because QuickBooks copies notes (reference 18a)."""
    if number == naming.doc_number(given):
        return f"CRM invoice {invoice.id}"
    return f"CRM invoice {invoice.id}. Its number {given} was taken by another document."


def _voided_by_us(facts: InvoiceFacts) -> bool:
    """Our last write was the void: it carried no lines."""
    return facts.written is not None and facts.written.line is None


def _is_void(document: qb.Invoice) -> bool:
    """QuickBooks shows a void only as zero amounts and a note that begins with the word (reference 5.5)."""
    note = (document.private_note or "").casefold()
    return not document.total_amt and "voided" in note


def _payments_of(facts: InvoiceFacts, document: qb.Invoice) -> tuple[tuple[str, str], ...]:
    """The payments of the invoice as a person finds them: ours, and others that QuickBooks links to it."""
    currency = facts.books.home_currency if facts.invoice is None else facts.invoice.currency
    ours = {payment.payment_id: money.text(payment.amount, currency) for payment in facts.payments}
    linked = {each.txn_id for each in document.linked_txn or () if each.txn_type == "Payment"}
    others = dict.fromkeys(sorted(linked - ours.keys()), "posted in QuickBooks")
    return tuple((f"Payment {identifier}", told) for identifier, told in {**ours, **others}.items())
