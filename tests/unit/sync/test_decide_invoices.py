"""CRM invoice → QuickBooks invoice, rule by rule (R30-R35, R37, R40)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import Choices, Kind, Link, Origin, PostedPayment, RecordRef
from counterfoil.sync.parts import lines
from counterfoil.sync.plan import Nothing, Operation, Pair, Wait
from counterfoil.sync.reasons import Because
from unit.sync import given

FOREIGN = Link(crm_kind="invoice", crm_id="i1", entity="Invoice", entity_id="412", origin=Origin.QUICKBOOKS)


def test_R30_a_sent_invoice_is_posted() -> None:
    """Number, dates, customer, e-mail, lines, marker, total."""
    sent = given.invoice(
        given.line("Fitting", "2", "150", description="Two fitters"), given.line("Nails", "0.5", "9")
    )

    decided = given.write(decide(given.invoice_facts(sent)))

    assert decided.because is Because.INVOICE_CREATED
    assert decided.operation is Operation.CREATE
    assert decided.cause == "invoice/i1/invoice"
    assert decided.pair == Pair(crm_kind="invoice", crm_id="i1", entity="Invoice", origin=Origin.CRM)
    assert decided.expect_total == Decimal("304.50")
    body = decided.body
    assert isinstance(body, qb.Invoice)
    assert body.doc_number == "INV-7"
    assert (body.txn_date, body.due_date) == (date(2026, 3, 4), date(2026, 3, 18))
    assert body.customer_ref == qb.Ref("58")
    assert body.bill_email == qb.EmailAddress("ada@example.com")
    assert body.private_note == "CRM invoice i1"
    assert body.currency_ref is None
    assert given.sent_lines(body) == [
        ("Fitting\nTwo fitters", "2", "150", "300.00"),
        ("Nails", "0.5", "9", "4.50"),
    ]
    assert {line.sales_item_line_detail.tax_code_ref for line in body.line} == {qb.Ref("NON")}


@pytest.mark.parametrize(
    ("sent", "because"),
    [
        (given.invoice(status=crm.InvoiceStatus.DRAFT), Because.NOT_SENT),
        (given.invoice(live=False), Because.TEST_INVOICE),
        (given.invoice(created_at=given.BEFORE), Because.EXISTED_BEFORE),
        (
            given.changed(given.invoice(), lines=(), sub_total=Decimal(0), total=Decimal(0)),
            Because.NOTHING_TO_INVOICE,
        ),
    ],
)
def test_R30_what_is_no_new_sale_is_not_posted(sent: crm.Invoice, because: Because) -> None:
    """Drafts, test mode, what was before us, empty ones."""
    assert decide(given.invoice_facts(sent)) == Nothing(because)


@pytest.mark.parametrize(
    "status", [crm.InvoiceStatus.SENT, crm.InvoiceStatus.PAYMENT_PROCESSING, crm.InvoiceStatus.PAID]
)
def test_R30_every_status_behind_sent_posts(status: crm.InvoiceStatus) -> None:
    """An invoice may be paid before we look at it for the first time."""
    assert given.write(decide(given.invoice_facts(given.invoice(status=status)))).entity == "Invoice"


def test_R10_the_customer_comes_before_the_invoice() -> None:
    """And it is told which currency it will need."""
    assert decide(given.invoice_facts(given.invoice(), party=None)) == Wait(
        until=RecordRef(Kind.CONTACT, "c1"), because=Because.NEEDS_CUSTOMER, currency="USD"
    )


def test_R39_the_items_come_before_the_invoice() -> None:
    """One after the other."""
    assert given.write(decide(given.invoice_facts(given.invoice(), items={}))).entity == "Item"


def test_R31_a_posted_invoice_without_a_change_is_in_step() -> None:
    """Deciding again after the write says so."""
    assert decide(given.posted(given.invoice())) == Nothing(Because.INVOICE_IN_STEP)


@pytest.mark.parametrize(
    ("change", "member", "value"),
    [
        ({"number": "INV-8"}, "doc_number", "INV-8"),
        ({"issue_date": date(2026, 3, 6)}, "txn_date", date(2026, 3, 6)),
        ({"due_date": date(2026, 4, 6)}, "due_date", date(2026, 4, 6)),
        ({"billing_email": "office@example.com"}, "bill_email", qb.EmailAddress("office@example.com")),
    ],
)
def test_R31_R40_a_change_is_sent_alone(change: dict[str, object], member: str, value: object) -> None:
    """The update is sparse: this member, and lines are not resent."""
    before = given.posted(given.invoice())
    after = given.changed(before, invoice=given.changed(before.invoice, **change))

    decided = given.write(decide(after))

    assert decided.because is Because.INVOICE_UPDATED
    assert decided.operation is Operation.UPDATE
    assert decided.body == given.changed(qb.Invoice(id="412", sync_token="0", sparse=True), **{member: value})
    assert decided.wanted == given.changed(before.written, **{member: value})
    assert decided.expect_total == Decimal("100.00")


def test_R31_another_customer_moves_the_invoice() -> None:
    """The CRM's invoice belongs to another contact now."""
    before = given.posted(given.invoice())

    decided = given.write(decide(given.changed(before, party=given.changed(before.party, customer_id="60"))))

    assert decided.body == qb.Invoice(id="412", sync_token="0", sparse=True, customer_ref=qb.Ref("60"))


def test_R31_changed_lines_are_sent_whole() -> None:
    """QuickBooks replaces the lines as a whole."""
    before = given.posted(given.invoice())
    more = given.invoice(given.line(), given.line("Book", "1", "20"))
    after = given.changed(before, invoice=more, items=given.invoice_facts(more).items)

    decided = given.write(decide(after))

    assert given.sent_lines(decided.body) == [("Lesson", "1", "100", "100.00"), ("Book", "1", "20", "20.00")]
    assert decided.body.txn_date is None
    assert decided.expect_total == Decimal("120.00")


def test_R40_a_bookkeepers_edits_are_kept() -> None:
    """Memo, lines with a class, another date: the CRM changed nothing, so nothing is sent."""
    posted = given.posted(given.invoice())
    edited = given.changed(posted.document, private_note="for Bob", txn_date=date(2026, 3, 5), line=())

    assert decide(given.changed(posted, document=edited)) == Nothing(Because.INVOICE_IN_STEP)


def test_R40_a_changed_mapping_alone_does_not_replace_lines() -> None:
    """Only the CRM's lines count."""
    posted = given.posted(given.invoice())

    decided = decide(given.changed(posted, choices=Choices(general_item="7")))

    assert decided == Nothing(Because.INVOICE_IN_STEP)


def test_R40_both_sides_changed_the_same_member() -> None:
    """The CRM counts for its own invoices; the overwritten value is told."""
    posted = given.posted(given.invoice())
    after = given.changed(
        posted,
        invoice=given.changed(posted.invoice, due_date=date(2026, 4, 1)),
        document=given.changed(posted.document, due_date=date(2026, 5, 1)),
    )

    decided = given.write(decide(after))

    assert decided.because is Because.INVOICE_OVERWRITES
    assert decided.overwrites == (("Due date", "2026-05-01"),)


def test_R40_overwritten_lines_and_customers_are_told_in_words() -> None:
    """For the history page."""
    posted = given.posted(given.invoice())
    more = given.invoice(given.line("Lesson", "2"), billing_email="new@example.com")
    document = given.changed(
        posted.document,
        line=(),
        customer_ref=qb.Ref("3", "Bob"),
        bill_email=qb.EmailAddress("bob@example.com"),
    )
    after = given.changed(
        posted, invoice=more, document=document, party=given.changed(posted.party, customer_id="60")
    )

    assert given.write(decide(after)).overwrites == (
        ("Customer", "Bob"),
        ("Billing e-mail", "bob@example.com"),
        ("Lines", "0 lines"),
    )


def test_R31_nothing_is_blanked() -> None:
    """A due date or address that the CRM lost stays in QuickBooks."""
    posted = given.posted(given.invoice())
    after = given.changed(posted, invoice=given.changed(posted.invoice, due_date=None, billing_email=""))

    assert decide(after) == Nothing(Because.INVOICE_IN_STEP)


def test_R32_the_number_has_the_chosen_prefix_and_at_most_21_characters() -> None:
    """Of a longer one the end counts."""
    short = given.write(
        decide(given.invoice_facts(given.invoice(), choices=Choices(number_prefix="W-")))
    ).body
    long = given.write(decide(given.invoice_facts(given.invoice(number="STUDIO-NORTHWIND-2026-000042")))).body

    assert short.doc_number == "W-INV-7"
    assert long.doc_number == "NORTHWIND-2026-000042"


def test_R32_a_taken_number_gets_a_suffix_and_a_note() -> None:
    """Never an overwrite."""
    decided = given.write(decide(given.invoice_facts(given.invoice(), taken_numbers=frozenset({"INV-7"}))))

    assert decided.because is Because.INVOICE_RENUMBERED
    assert decided.body.doc_number == "INV-7-2"
    assert decided.body.private_note == "CRM invoice i1. Its number INV-7 was taken by another document."


def test_R32_an_invoice_keeps_its_number_when_another_one_was_refused_it() -> None:
    """The refused number is our own."""
    posted = given.posted(given.invoice())

    assert decide(given.changed(posted, taken_numbers=frozenset({"INV-7"}))) == Nothing(
        Because.INVOICE_IN_STEP
    )


def test_R34_voided_in_the_crm_is_voided_in_quickbooks() -> None:
    """Id and SyncToken, nothing else."""
    posted = given.posted(given.invoice())
    voided = given.changed(posted, invoice=given.changed(posted.invoice, status=crm.InvoiceStatus.VOID))

    decided = given.write(decide(voided))

    assert decided.because is Because.INVOICE_VOIDED
    assert decided.operation is Operation.VOID
    assert decided.body == qb.Invoice(id="412", sync_token="0")
    assert decided.cause == "invoice/i1/void"
    assert decided.expect_total == 0


def test_R34_deleted_in_the_crm_is_voided_in_quickbooks() -> None:
    """Nothing is ever deleted there."""
    decided = given.write(decide(given.changed(given.posted(given.invoice()), invoice=None)))

    assert (decided.operation, decided.because) == (Operation.VOID, Because.INVOICE_DELETED)


def test_R34_a_paid_invoice_is_not_voided_silently() -> None:
    """Our payments and those of others are shown first."""
    posted = given.posted(given.invoice(), payments=(PostedPayment(payment_id="418", amount=Decimal("40")),))
    document = given.changed(
        posted.document,
        linked_txn=(
            qb.LinkedTxn(txn_id="418", txn_type="Payment"),
            qb.LinkedTxn(txn_id="500", txn_type="Payment"),
        ),
    )

    decided = given.asked(decide(given.changed(posted, invoice=None, document=document)))

    assert decided.because is Because.VOID_HAS_PAYMENTS
    assert decided.details == (("Payment 418", "$40.00"), ("Payment 500", "posted in QuickBooks"))


@pytest.mark.parametrize(
    "document",
    [
        qb.Invoice(id="412", sync_token="1", total_amt=Decimal(0), private_note="Voided CRM invoice i1"),
        qb.Invoice(id="412", status="Deleted"),
    ],
)
def test_R34_what_is_void_already_is_left(document: qb.Invoice) -> None:
    """Also when a bookkeeper did it."""
    posted = given.posted(given.invoice(), payments=(PostedPayment(payment_id="418", amount=Decimal("40")),))

    assert decide(given.changed(posted, invoice=None, document=document)) == Nothing(Because.VOIDED_ALREADY)


def test_R34_our_own_void_is_remembered_whatever_the_note_says() -> None:
    """A company in another language writes another word."""
    posted = given.posted(given.invoice())
    done = given.changed(posted, invoice=None, written=qb.Invoice(id="412", sync_token="0"))

    assert decide(done) == Nothing(Because.VOIDED_ALREADY)


@pytest.mark.parametrize("sent", [None, given.invoice(status=crm.InvoiceStatus.VOID)])
def test_R34_what_was_never_posted_needs_no_void(sent: crm.Invoice | None) -> None:
    """There is nothing to take back."""
    assert decide(given.invoice_facts(sent)) == Nothing(Because.NEVER_POSTED)


def test_R34_a_void_into_closed_books_is_asked_about() -> None:
    """QuickBooks would refuse it."""
    books = given.changed(given.BOOKS, book_close_date=date(2026, 3, 31))
    posted = given.changed(given.posted(given.invoice()), books=books)

    assert given.asked(decide(given.changed(posted, invoice=None))).because is Because.BOOKS_CLOSED


@pytest.mark.parametrize(
    ("document", "because"),
    [
        (qb.Invoice(id="412", total_amt=Decimal(0), private_note="Voided"), Because.VOIDED_IN_QUICKBOOKS),
        (qb.Invoice(id="412", status="Deleted"), Because.DELETED_IN_QUICKBOOKS),
        (None, Because.DOCUMENT_UNKNOWN),
    ],
)
def test_R31_a_document_that_was_taken_away_is_asked_about(
    document: qb.Invoice | None, because: Because
) -> None:
    """The CRM still counts on it."""
    posted = given.posted(given.invoice())

    assert given.asked(decide(given.changed(posted, document=document))).because is because


def test_R34_a_void_of_an_unknown_document_is_asked_about() -> None:
    """Without its SyncToken it cannot be voided."""
    posted = given.changed(given.posted(given.invoice()), invoice=None, document=None)

    assert given.asked(decide(posted)).because is Because.DOCUMENT_UNKNOWN


def test_R61_an_invoice_from_quickbooks_is_never_pushed_back() -> None:
    """Neither edits nor voids."""
    for sent in (given.invoice(), given.invoice(status=crm.InvoiceStatus.VOID), None):
        assert decide(given.invoice_facts(sent, link=FOREIGN)) == Nothing(Because.BORN_IN_QUICKBOOKS)


def test_R35_percentage_discount_and_tax_are_folded() -> None:
    """Three lines, ten per cent off, a tax on two of them."""
    sent = given.invoice(
        given.line("Fitting", "2", "150", taxes=(given.tax("10"),)),
        given.line("Parts", "3", "33.33", taxes=(given.tax("10"),)),
        given.line("Advice", "1", "0.01"),
        discount=crm.Discount(kind=crm.DiscountKind.PERCENTAGE, value=Decimal(10)),
        sub_total=Decimal("400.00"),
        discount_total=Decimal("40.00"),
        tax_total=Decimal("36.00"),
        total=Decimal("396.00"),
    )

    decided = given.write(decide(given.invoice_facts(sent)))

    assert given.sent_lines(decided.body) == [
        ("Fitting", "2", "148.5", "297.00"),
        ("Parts", "3", "32.997", "98.99"),
        ("Advice", "1", "0.01", "0.01"),
    ]
    assert decided.expect_total == Decimal("396.00")


def test_R35_a_late_fee_is_a_line_of_its_own() -> None:
    """What lies beyond the lines is called so."""
    sent = given.invoice(total=Decimal("115.00"))

    body = given.write(decide(given.invoice_facts(sent))).body

    assert given.sent_lines(body)[1:] == [(lines.BEYOND_NAME, "1", "15.00", "15.00")]


def test_R35_a_negative_total_is_asked_about() -> None:
    """QuickBooks keeps none."""
    sent = given.invoice(given.line(price="-5"), sub_total=Decimal(-5), total=Decimal(-5))

    assert given.asked(decide(given.invoice_facts(sent))).because is Because.TOTAL_NEGATIVE


def test_R36_outside_the_us_nothing_is_posted_wrongly() -> None:
    """It is asked about in honest words."""
    books = given.changed(given.BOOKS, country="GB", home_currency="USD")

    assert (
        given.asked(decide(given.invoice_facts(given.invoice(), books=books))).because
        is Because.TAXES_OUTSIDE_US
    )


def test_R17_another_currency_is_not_posted() -> None:
    """Before a customer is even thought of."""
    known = given.invoice_facts(given.invoice(currency="EUR"), party=None)

    assert given.asked(decide(known)).because is Because.CURRENCY_NOT_KEPT


def test_R72_closed_books_take_no_new_invoice() -> None:
    """The person sees the day and the closing date."""
    books = given.changed(given.BOOKS, book_close_date=date(2026, 3, 4))

    decided = given.asked(decide(given.invoice_facts(given.invoice(), books=books)))

    assert decided.because is Because.BOOKS_CLOSED
    assert decided.details == (("Day", "2026-03-04"), ("Books closed until", "2026-03-04"))


def test_R7_what_the_other_connector_posted_is_not_posted_again() -> None:
    """A person has to switch one of the two off."""
    sent = given.invoice(posted_by_other_connector=True)

    assert given.asked(decide(given.invoice_facts(sent))).because is Because.POSTED_BY_OTHER


def test_R37_every_write_of_a_document_says_which_total_must_come_back() -> None:
    """Create, update, payment and void: whoever carries it out can compare."""
    sent = given.invoice(total=Decimal("115.005"), amount_paid=Decimal(20))
    created = given.write(decide(given.invoice_facts(sent)))
    posted = given.posted(sent)
    updated = given.write(decide(given.changed(posted, invoice=given.changed(sent, number="INV-9"))))
    paid = given.write(decide(posted))
    voided = given.write(decide(given.changed(posted, invoice=None)))

    totals = [str(written.expect_total) for written in (created, updated, paid, voided)]

    assert totals == ["115.01", "115.01", "20.00", "0"]
