"""Deciding again after a plan was carried out gives nothing to do, whatever happened on either side before.

A small QuickBooks of one record stands in here: it takes what a plan writes and knows nothing of how plans are made.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import structs

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync import facts, plan
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import KnownItem, Link, PostedPayment
from counterfoil.sync.reasons import Because
from unit.sync import given

STEPS_MAX = 40


def total_of(document: qb.Invoice) -> Decimal:
    return sum((line.amount or Decimal(0) for line in document.line or ()), Decimal(0))


def merged(stored: Any, body: Any) -> Any:
    """A sparse update as QuickBooks does it: members that are set, and the next SyncToken."""
    given_members = {
        name: value
        for name in body.__struct_fields__
        if (value := getattr(body, name)) is not None and name not in ("id", "sync_token", "sparse")
    }
    return structs.replace(stored, **given_members, sync_token=str(int(stored.sync_token) + 1))


def carried_out(known: facts.InvoiceFacts, done: plan.Plan) -> facts.InvoiceFacts:
    """The facts after QuickBooks has taken this plan."""
    match done:
        case plan.Adopt(pair=pair):
            return given.changed(
                known, items={**known.items, pair.crm_id: KnownItem(item_id=pair.entity_id, linked=True)}
            )
        case plan.QuickBooksWrite(body=qb.Item(), pair=plan.Pair(crm_id=key)):
            new = KnownItem(item_id=str(500 + len(known.items)), linked=True)
            return given.changed(known, items={**known.items, key: new})
        case plan.QuickBooksWrite(
            operation=plan.Operation.CREATE, body=qb.Invoice() as body, pair=plan.Pair() as pair
        ):
            stored = structs.replace(body, id="412", sync_token="0", total_amt=total_of(body))
            assert stored.total_amt == done.expect_total
            link = Link(
                crm_kind="invoice", crm_id=pair.crm_id, entity="Invoice", entity_id="412", origin=pair.origin
            )
            return given.changed(known, link=link, document=stored, written=body)
        case plan.QuickBooksWrite(operation=plan.Operation.UPDATE, body=qb.Invoice() as body):
            assert known.document is not None
            assert body.sync_token == known.document.sync_token
            stored = merged(known.document, body)
            stored = structs.replace(stored, total_amt=total_of(stored))
            return given.changed(known, document=stored, written=done.wanted)
        case plan.QuickBooksWrite(operation=plan.Operation.VOID, body=qb.Invoice() as body):
            stored = structs.replace(known.document, total_amt=Decimal(0), private_note="Voided - x")
            return given.changed(known, document=stored, written=body)
        case plan.QuickBooksWrite(body=qb.Payment() as body, pair=plan.Pair() as pair):
            posted = PostedPayment(
                payment_id=str(len(known.payments)),
                amount=body.total_amt or Decimal(0),
                transaction_id=pair.crm_id if pair.crm_kind == "transaction" else "",
            )
            applied = sum((line.amount or Decimal(0) for line in body.line or ()), Decimal(0))
            assert 0 <= applied <= posted.amount
            return given.changed(known, payments=(*known.payments, posted))
    raise AssertionError(done)


def in_step(known: facts.InvoiceFacts) -> tuple[facts.InvoiceFacts, plan.Plan]:
    """Decide and carry out until there is nothing to write; deciding again then says the same."""
    causes: list[str] = []
    for _ in range(STEPS_MAX):
        decided = decide(known)
        if isinstance(decided, plan.Nothing | plan.Ask):
            assert decide(known) == decided
            return known, decided
        if isinstance(decided, plan.QuickBooksWrite):
            causes.append(decided.cause)
            assert len(causes) == len(set(causes))
        known = carried_out(known, decided)
    raise AssertionError(f"never in step: {causes}")


cents = st.integers(1, 90_000).map(lambda number: Decimal(number).scaleb(-2))
bought = st.lists(
    st.builds(
        given.line,
        st.sampled_from(["Lesson", "Book", "Course", "lesson"]),
        st.sampled_from(["1", "2", "0.125", "3.5"]),
        cents.map(str),
        product_id=st.sampled_from(["", "p1", "p2"]),
    ),
    min_size=1,
    max_size=3,
)
events = st.one_of(
    st.tuples(st.just("lines"), bought),
    st.tuples(st.just("number"), st.sampled_from(["INV-7", "INV-8", "2026/03-a-very-long-number"])),
    st.tuples(st.just("due"), st.integers(0, 40)),
    st.tuples(st.just("email"), st.sampled_from(["", "ada@example.com", "office@example.com"])),
    st.tuples(st.just("paid"), cents),
    st.tuples(st.just("paid unseen"), cents),
    st.tuples(st.just("seen"), st.none()),
    st.tuples(st.just("bookkeeper"), st.sampled_from(["memo", "due", "number", "lines"])),
    st.tuples(st.just("taken"), st.sampled_from(["INV-7", "INV-8", "INV-7-2"])),
)


class Business:
    """One invoice and what happens to it. `money` is what really came in, told or not yet told by a transaction."""

    def __init__(self) -> None:
        self.known = given.invoice_facts(given.invoice(), items={}, payment_methods={})
        self.money: list[tuple[crm.Transaction, bool]] = []

    def change(self, **members: Any) -> None:
        self.known = given.changed(self.known, invoice=given.changed(self.known.invoice, **members))

    def happens(self, event: str, value: Any) -> None:
        match event:
            case "lines":
                sub = sum((each.quantity * each.unit_price for each in value), Decimal(0))
                self.change(lines=tuple(value), sub_total=sub, total=sub)
            case "number":
                self.change(number=value)
            case "due":
                self.change(due_date=date(2026, 4, 1) + timedelta(days=value))
            case "email":
                self.change(billing_email=value)
            case "paid" | "paid unseen":
                told = given.invoice_payment(str(value), id=f"tx{len(self.money)}")
                self.money.append((told, event == "paid"))
            case "seen":
                self.money = [(told, True) for told, _ in self.money]
            case "bookkeeper" if self.known.document is not None:
                self.known = given.changed(self.known, document=self.edited(self.known.document, value))
            case "taken":
                self.known = given.changed(self.known, taken_numbers=self.known.taken_numbers | {value})
        came_in = sum((told.amount for told, _ in self.money), Decimal(0))
        self.change(amount_paid=came_in)
        self.known = given.changed(self.known, transactions=tuple(told for told, seen in self.money if seen))

    def edited(self, document: qb.Invoice, what: str) -> qb.Invoice:
        token = str(int(document.sync_token or "0") + 1)
        match what:
            case "memo":
                return structs.replace(document, private_note="for Bob", sync_token=token)
            case "due":
                return structs.replace(document, due_date=date(2027, 1, 1), sync_token=token)
            case "number":
                return structs.replace(document, doc_number="mine", sync_token=token)
            case _:
                lines = tuple(structs.replace(line, id="1") for line in document.line or ())
                return structs.replace(document, line=lines, sync_token=token)


@settings(max_examples=250, deadline=None)
@drawn(st.lists(events, max_size=8))
def test_R31_R33_R40_an_invoice_always_comes_to_rest(history: list[tuple[str, Any]]) -> None:
    """Whatever happens: a few writes, then nothing; totals agree and every cent that came in is posted once."""
    business = Business()
    for event, value in [("start", None), *history]:
        business.happens(event, value)
        business.known, decided = in_step(business.known)

        assert decided == plan.Nothing(Because.INVOICE_IN_STEP)
        invoice, document = business.known.invoice, business.known.document
        assert invoice is not None
        assert document is not None
        assert document.total_amt == invoice.total.quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert sum(payment.amount for payment in business.known.payments) == invoice.amount_paid
        posted = [payment.transaction_id for payment in business.known.payments if payment.transaction_id]
        assert len(posted) == len(set(posted))


@settings(max_examples=60, deadline=None)
@drawn(st.lists(events, max_size=5), st.booleans())
def test_R34_a_void_always_comes_to_rest(history: list[tuple[str, Any]], deleted: bool) -> None:
    """Voided when nothing was paid, else a question; never anything more."""
    business = Business()
    for event, value in history:
        business.happens(event, value)
        business.known, _ = in_step(business.known)
    business.change(status=crm.InvoiceStatus.VOID)
    if deleted:
        business.known = given.changed(business.known, invoice=None)

    known, decided = in_step(business.known)

    if known.link is None:
        assert decided == plan.Nothing(Because.NEVER_POSTED)
    elif known.payments:
        assert given.asked(decided).because is Because.VOID_HAS_PAYMENTS
    else:
        assert decided == plan.Nothing(Because.VOIDED_ALREADY)


texts = st.sampled_from(["", "Ada", "Byron", "Engines: Ltd", " Ada ", "Ö" * 130, "ada"])
phones = st.sampled_from(["", "+12075550143", "207-555-0143", "+12075550199", "x" * 40])
addresses = st.builds(
    crm.Address,
    line1=st.sampled_from(["", "1 Quay", "2 Quay"]),
    city=st.sampled_from(["", "Portland", "Bangor"]),
    country=st.sampled_from(["", "US", "CA"]),
)
people = st.builds(
    crm.Contact,
    id=st.just(crm.ContactId("c1")),
    given_name=texts,
    family_name=texts,
    name=texts,
    company=texts,
    email=st.sampled_from(["", "ada@example.com", "Ada@Example.com", "nonsense"]),
    phone=phones,
    address=addresses,
)
edits = st.fixed_dictionaries(
    {},
    optional={
        "given_name": st.sampled_from(["Augusta", None]),
        "display_name": st.just("Countess"),
        "primary_phone": st.just(qb.TelephoneNumber("+12075550177")),
        "bill_addr": st.just(qb.PhysicalAddress(line1="9 Pier", line2="Rear", country="USA")),
        "active": st.booleans(),
    },
)


@settings(max_examples=200, deadline=None)
@drawn(people, st.lists(st.tuples(st.one_of(st.none(), people), edits), max_size=5), st.booleans())
def test_R12_R54_a_contact_always_comes_to_rest(
    first: crm.Contact, history: list[tuple[crm.Contact | None, dict[str, Any]]], matched: bool
) -> None:
    """At most one write for a change in the CRM, none for one in QuickBooks; foreign DisplayNames are never touched."""
    known = given.contact_facts(
        first,
        candidates=given.candidates(given.customer(display_name="Mine", active=False)) if matched else (),
    )
    for person, edit in [(first, {}), *history]:
        untouched = person is None and known.written is not None
        person = person or known.contact
        customer = known.customer and structs.replace(known.customer, **edit)
        known = given.changed(known, contact=person, customer=customer)
        writes = 0
        while not isinstance(decided := decide(known), plan.Nothing):
            if isinstance(decided, plan.Adopt):
                known = given.changed(
                    known,
                    link=given.customer_link(decided.pair.origin),
                    customer=known.candidates[0].customer,
                )
                continue
            write = given.write(decided)
            writes += 1
            assert isinstance(write.body, qb.Customer)
            if write.operation is plan.Operation.CREATE:
                stored = structs.replace(write.body, id="58", sync_token="0", active=True)
                known = given.changed(known, link=given.customer_link(facts.Origin.CRM))
            else:
                assert known.link is not None
                assert known.link.origin is facts.Origin.CRM or write.body.display_name is None
                stored = merged(known.customer, write.body)
            known = given.changed(known, customer=stored, written=write.wanted or write.body)
        assert writes <= (0 if untouched else 1)
        assert decided.because in (Because.CUSTOMER_IN_STEP, Because.CUSTOMER_KEPT)


customers = st.builds(
    qb.Customer,
    id=st.just("58"),
    sync_token=st.just("0"),
    active=st.just(True),
    display_name=st.sampled_from(["Ada Byron", "Engines", "A"]),
    given_name=st.sampled_from([None, "Ada"]),
    company_name=st.sampled_from([None, "Engines"]),
    primary_email_addr=st.sampled_from(
        [None, qb.EmailAddress("a@x.org, b@x.org"), qb.EmailAddress("c@x.org")]
    ),
    primary_phone=st.sampled_from([None, qb.TelephoneNumber("207 555 0143"), qb.TelephoneNumber("call me")]),
    bill_addr=st.sampled_from(
        [None, qb.PhysicalAddress(line1="1 Quay"), qb.PhysicalAddress(city="Bangor", country="USA")]
    ),
)


def contact_with(contact: crm.Contact, draft: crm.ContactDraft) -> crm.Contact:
    """The contact after the CRM has taken the draft; tags are added."""
    members = {
        name: value
        for name in ("given_name", "family_name", "company", "email", "phone", "source")
        if (value := getattr(draft, name)) is not None
    }
    parts = {
        name: value
        for name in crm.Address.__struct_fields__
        if (value := getattr(draft.address or crm.Address(), name))
    }
    address = structs.replace(contact.address, **parts)
    return structs.replace(contact, **members, address=address, tags=(*contact.tags, *draft.tags))


@settings(max_examples=150, deadline=None)
@drawn(st.lists(customers, min_size=1, max_size=5), people, st.sampled_from(["create", "match", "ours"]))
def test_R50_R52_R54_a_customer_always_comes_to_rest(
    history: list[qb.Customer], person: crm.Contact, how: str
) -> None:
    """At most one write for each change, and then nothing comes back."""
    link = given.customer_link(facts.Origin.CRM if how == "ours" else facts.Origin.QUICKBOOKS)
    known = given.customer_facts(history[0], contact=None if how == "create" else person, found_by="e-mail")
    if how == "ours":
        known = given.changed(known, link=link, seen=history[0])
    for customer in history:
        known = given.changed(known, customer=customer)
        for look in range(4):
            decided = decide(known)
            if isinstance(decided, plan.Nothing):
                break
            assert look < 3
            if isinstance(decided, plan.Adopt):
                known = given.changed(known, link=link, seen=customer)
                continue
            assert isinstance(decided, plan.CrmWrite)
            contact = contact_with(known.contact or crm.Contact(id=crm.ContactId("c1")), decided.draft)
            known = given.changed(known, contact=contact, link=link, written=decided.draft, seen=customer)
        assert isinstance(decided, plan.Nothing)
