"""Facts for decisions, as short as a bookkeeper would say them; every test changes only what it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync import facts, plan
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import KnownItem, Link, Origin, Party
from counterfoil.sync.parts import folding, lines, totals

CONNECTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
AFTER = CONNECTED + timedelta(days=3)
BEFORE = CONNECTED - timedelta(days=3)
BOOKS = facts.Books(country="US", home_currency="USD", time_zone="America/New_York")


def money(text: str | int) -> Decimal:
    return Decimal(str(text))


def changed(record: Any, **members: Any) -> Any:
    """The record with these members changed."""
    return structs.replace(record, **members)


def line(name: str = "Lesson", quantity: str = "1", price: str = "100", **members: Any) -> crm.Line:
    return crm.Line(name=name, quantity=Decimal(quantity), unit_price=Decimal(price), **members)


def tax(rate: str, id: str = "t1") -> crm.Tax:
    return crm.Tax(id=id, name="Sales tax", rate=Decimal(rate))


def contact(**members: Any) -> crm.Contact:
    known: dict[str, Any] = {
        "id": crm.ContactId("c1"),
        "given_name": "Ada",
        "family_name": "Byron",
        "name": "Ada Byron",
        "email": "ada@example.com",
        "phone": "+12075550143",
        "address": crm.Address(
            line1="14 Harbour Lane", city="Portland", region="ME", postal_code="04101", country="US"
        ),
    }
    return crm.Contact(**{**known, **members})


def customer(**members: Any) -> qb.Customer:
    known: dict[str, Any] = {
        "id": "58",
        "sync_token": "0",
        "display_name": "Ada Byron",
        "given_name": "Ada",
        "family_name": "Byron",
        "primary_email_addr": qb.EmailAddress("ada@example.com"),
        "active": True,
    }
    return qb.Customer(**{**known, **members})


def invoice(*bought: crm.Line, **members: Any) -> crm.Invoice:
    """A sent invoice over these lines; without other sums its total is what the lines come to."""
    bought = bought or (line(),)
    sub_total = sum((each.quantity * each.unit_price for each in bought), Decimal(0))
    known: dict[str, Any] = {
        "id": crm.InvoiceId("i1"),
        "number": "INV-7",
        "status": crm.InvoiceStatus.SENT,
        "live": True,
        "currency": "USD",
        "contact_id": crm.ContactId("c1"),
        "billing_email": "ada@example.com",
        "issue_date": date(2026, 3, 4),
        "due_date": date(2026, 3, 18),
        "lines": bought,
        "sub_total": sub_total,
        "total": sub_total,
        "created_at": AFTER,
        "updated_at": AFTER,
    }
    return crm.Invoice(**{**known, **members})


def order(*bought: crm.Line, **members: Any) -> crm.Order:
    bought = bought or (line(),)
    sub_total = sum((each.quantity * each.unit_price for each in bought), Decimal(0))
    known: dict[str, Any] = {
        "id": crm.OrderId("o1"),
        "status": "completed",
        "live": True,
        "currency": "USD",
        "contact_id": crm.ContactId("c1"),
        "source": crm.Source.ORDER_FORM,
        "lines": bought,
        "sub_total": sub_total,
        "total": sub_total,
        "created_at": AFTER,
    }
    return crm.Order(**{**known, **members})


def transaction(amount: str = "100", id: str = "tx1", **members: Any) -> crm.Transaction:
    known: dict[str, Any] = {
        "id": crm.TransactionId(id),
        "status": crm.TransactionStatus.SUCCEEDED,
        "live": True,
        "currency": "USD",
        "amount": Decimal(amount),
        "contact_id": crm.ContactId("c1"),
        "contact_email": "ada@example.com",
        "source": crm.Source.ORDER_FORM,
        "charged_at": AFTER,
        "created_at": AFTER,
    }
    return crm.Transaction(**{**known, **members})


def invoice_payment(amount: str, id: str = "tx1", **members: Any) -> crm.Transaction:
    return transaction(
        amount, id, **{"source": crm.Source.INVOICE, "invoice_id": crm.InvoiceId("i1"), **members}
    )


def items_for(*sold: lines.Sold, linked: bool = True) -> dict[str, KnownItem]:
    return {each.key: KnownItem(item_id=str(100 + place), linked=linked) for place, each in enumerate(sold)}


def contact_facts(person: crm.Contact | None = None, **members: Any) -> facts.ContactFacts:
    known: dict[str, Any] = {
        "contact_id": crm.ContactId("c1"),
        "contact": person or contact(),
        "billable": True,
        "books": BOOKS,
    }
    return facts.ContactFacts(**{**known, **members})


def customer_link(origin: Origin = Origin.QUICKBOOKS) -> Link:
    return Link(crm_kind="contact", crm_id="c1", entity="Customer", entity_id="58", origin=origin)


def candidates(*found: qb.Customer) -> tuple[facts.Candidate, ...]:
    return tuple(facts.Candidate(customer=each) for each in found)


def invoice_facts(sent: crm.Invoice | None, **members: Any) -> facts.InvoiceFacts:
    """An invoice of a known customer whose items are known."""
    sold = folding.fold(totals.of_invoice(sent)) if sent and sent.total >= 0 else ()
    known: dict[str, Any] = {
        "invoice_id": crm.InvoiceId("i1"),
        "invoice": sent,
        "party": Party(customer_id="58"),
        "items": items_for(*sold),
        "connected_at": CONNECTED,
        "income_account": "79",
        "payment_methods": {"credit card": "3", "check": "2"},
        "books": BOOKS,
    }
    return facts.InvoiceFacts(**{**known, **members})


def posted(sent: crm.Invoice, **members: Any) -> facts.InvoiceFacts:
    """The same after it was posted: linked, with what we wrote and what QuickBooks has."""
    unposted = invoice_facts(sent, **members)
    written = decide(
        structs.replace(unposted, link=None, document=None, written=None, payments=(), transactions=())
    )
    assert isinstance(written, plan.QuickBooksWrite)
    assert isinstance(written.body, qb.Invoice)
    document = structs.replace(
        written.body, id="412", sync_token="0", total_amt=written.expect_total, balance=written.expect_total
    )
    return structs.replace(
        unposted,
        link=Link(crm_kind="invoice", crm_id="i1", entity="Invoice", entity_id="412", origin=Origin.CRM),
        document=members.get("document", document),
        written=written.body,
    )


def transaction_facts(
    sale: crm.Transaction | None, bought: crm.Order | None = None, **members: Any
) -> facts.TransactionFacts:
    """A payment of a known customer; items of the order's lines are known."""
    sold = folding.fold(totals.of_order(bought)) if bought else ()
    known: dict[str, Any] = {
        "transaction_id": crm.TransactionId("tx1"),
        "transaction": sale,
        "order": bought,
        "party": Party(customer_id="58"),
        "items": items_for(*sold),
        "connected_at": CONNECTED,
        "income_account": "79",
        "payment_methods": {"credit card": "3"},
        "books": BOOKS,
    }
    return facts.TransactionFacts(**{**known, **members})


def customer_facts(known: qb.Customer | None = None, **members: Any) -> facts.CustomerFacts:
    given: dict[str, Any] = {"customer_id": "58", "customer": known or customer(), "books": BOOKS}
    return facts.CustomerFacts(**{**given, **members})


def write(decided: plan.Plan) -> plan.QuickBooksWrite:
    assert isinstance(decided, plan.QuickBooksWrite), decided
    return decided


def asked(decided: plan.Plan) -> plan.Ask:
    assert isinstance(decided, plan.Ask), decided
    return decided


def sent_lines(body: Any) -> list[tuple[str, str, str, str]]:
    """Name, quantity, price, amount of each line of a document."""
    return [
        (
            each.description,
            str(each.sales_item_line_detail.qty),
            str(each.sales_item_line_detail.unit_price),
            str(each.amount),
        )
        for each in body.line
    ]
