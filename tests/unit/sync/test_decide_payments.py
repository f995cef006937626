"""Payments of a posted invoice, rule by rule (R33)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync import facts, plan
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import Choices, Origin, PostedPayment
from counterfoil.sync.plan import Nothing, Pair
from counterfoil.sync.reasons import Because
from unit.sync import given


def paid(
    amount: str, *transactions: crm.Transaction, posted: tuple[PostedPayment, ...] = ()
) -> facts.InvoiceFacts:
    """An invoice of 100.00, posted, of which the CRM counts `amount` as paid."""
    return given.posted(
        given.invoice(amount_paid=Decimal(amount)), transactions=transactions, payments=posted
    )


def after(known: facts.InvoiceFacts, written: plan.QuickBooksWrite) -> facts.InvoiceFacts:
    """The same facts once this payment is posted."""
    assert isinstance(written.body, qb.Payment)
    assert written.pair is not None
    done = PostedPayment(
        payment_id=f"p{len(known.payments)}",
        amount=written.body.total_amt or Decimal(0),
        transaction_id=written.pair.crm_id if written.pair.crm_kind == "transaction" else "",
    )
    return given.changed(known, payments=(*known.payments, done))


def settle(known: facts.InvoiceFacts) -> tuple[list[tuple[str, str]], facts.InvoiceFacts]:
    """Post payments until there are none left; their causes and amounts."""
    told: list[tuple[str, str]] = []
    while isinstance(decided := decide(known), plan.QuickBooksWrite):
        told.append((decided.cause, str(decided.body.total_amt)))
        known = after(known, decided)
    assert decided == Nothing(Because.INVOICE_IN_STEP)
    return told, known


def test_R33_a_payment_is_linked_dated_and_referenced() -> None:
    """One line to the invoice, the day in the company's zone, the whole id in the note."""
    transaction = given.invoice_payment(
        "40",
        id="69262a537c3b2e41d85aa101",
        method="cheque",
        reference="1042",
        charged_at=datetime(2026, 3, 5, 3, 0, tzinfo=UTC),
    )

    decided = given.write(decide(paid("40", transaction)))

    assert decided.because is Because.PAYMENT_POSTED
    assert decided.cause == "transaction/69262a537c3b2e41d85aa101/payment"
    assert decided.expect_total == Decimal("40.00")
    assert decided.pair == Pair(
        crm_kind="transaction",
        crm_id="69262a537c3b2e41d85aa101",
        entity="Payment",
        origin=Origin.CRM,
        parent="invoice/i1",
    )
    assert decided.body == qb.Payment(
        txn_date=date(2026, 3, 4),
        customer_ref=qb.Ref("58"),
        total_amt=Decimal("40.00"),
        line=(
            qb.Line(amount=Decimal("40.00"), linked_txn=(qb.LinkedTxn(txn_id="412", txn_type="Invoice"),)),
        ),
        payment_method_ref=qb.Ref("2"),
        payment_ref_num="62a537c3b2e41d85aa101",
        private_note="CRM payment 69262a537c3b2e41d85aa101 of invoice i1, charge 1042",
    )


def test_R33_a_part_and_the_rest_are_two_payments() -> None:
    """Each transaction one payment, oldest first."""
    told, _ = settle(paid("100", given.invoice_payment("40", "tx1"), given.invoice_payment("60", "tx2")))

    assert told == [("transaction/tx1/payment", "40.00"), ("transaction/tx2/payment", "60.00")]


def test_R33_an_overpayment_is_posted_whole_and_applied_in_part() -> None:
    """The rest is the customer's credit."""
    decided = given.write(decide(paid("130", given.invoice_payment("130"))))

    assert decided.body.total_amt == Decimal("130.00")
    assert decided.body.line[0].amount == Decimal("100.00")


def test_R33_what_finds_nothing_open_is_not_applied() -> None:
    """A second full payment by mistake is money received all the same."""
    known = paid("200", given.invoice_payment("100", "tx1"), given.invoice_payment("100", "tx2"))
    first = given.write(decide(known))

    second = given.write(decide(after(known, first)))

    assert second.body.total_amt == Decimal("100.00")
    assert second.body.line is None


def test_R33_a_growth_without_a_transaction_is_one_payment() -> None:
    """The CRM counts 70 as paid and shows nothing."""
    known = paid("70")
    decided = given.write(decide(known))

    assert decided.because is Because.GROWTH_POSTED
    assert decided.cause == "invoice/i1/growth/70.00"
    assert decided.pair == Pair(
        crm_kind="growth", crm_id="i1/70.00", entity="Payment", origin=Origin.CRM, parent="invoice/i1"
    )
    assert decided.body.total_amt == Decimal("70.00")
    assert decided.body.payment_ref_num is None
    assert decided.body.private_note == "CRM invoice i1, paid up to 70.00"


def test_R33_only_the_difference_is_a_growth() -> None:
    """What the transactions show is posted for them."""
    told, _ = settle(paid("100", given.invoice_payment("40", "tx1")))

    assert told == [("transaction/tx1/payment", "40.00"), ("invoice/i1/growth/100.00", "60.00")]


def test_R33_a_transaction_that_a_growth_covered_is_not_posted_again() -> None:
    """It becomes visible later; the money is in the books already."""
    _, known = settle(paid("70"))

    assert decide(given.changed(known, transactions=(given.invoice_payment("70", "tx1"),))) == Nothing(
        Because.INVOICE_IN_STEP
    )


def test_R33_a_new_transaction_after_a_growth_is_posted() -> None:
    """Also when the covered one is still invisible, or comes after it."""
    _, known = settle(paid("70"))
    grown = given.changed(known, invoice=given.changed(known.invoice, amount_paid=Decimal(100)))
    newer = given.changed(grown, transactions=(given.invoice_payment("30", "tx2"),))

    told, done = settle(newer)
    late = given.changed(
        done, transactions=(given.invoice_payment("70", "tx1"), given.invoice_payment("30", "tx2"))
    )

    assert told == [("transaction/tx2/payment", "30.00")]
    assert decide(late) == Nothing(Because.INVOICE_IN_STEP)


@pytest.mark.parametrize(
    "nothing",
    [
        given.invoice_payment("40", status=crm.TransactionStatus.PENDING),
        given.invoice_payment("40", status=crm.TransactionStatus.FAILED),
        given.invoice_payment("40", live=False),
        given.invoice_payment("40", aggregate_parent=True),
        given.invoice_payment("0"),
    ],
)
def test_R33_what_brought_no_money_is_no_payment(nothing: crm.Transaction) -> None:
    """As everywhere (R23)."""
    assert decide(paid("0", nothing)) == Nothing(Because.INVOICE_IN_STEP)


def test_R33_the_chosen_deposit_account_is_used() -> None:
    """Payments go where receipts go."""
    known = given.changed(paid("40", given.invoice_payment("40")), choices=Choices(deposit_account="35"))

    assert given.write(decide(known)).body.deposit_to_account_ref == qb.Ref("35")


def test_R33_the_customer_of_the_document_pays() -> None:
    """A bookkeeper may have moved the invoice; a payment of another customer could not be linked."""
    known = paid("40", given.invoice_payment("40"))
    moved = given.changed(known, document=given.changed(known.document, customer_ref=qb.Ref("60")))

    assert given.write(decide(moved)).body.customer_ref == qb.Ref("60")


def test_R33_a_change_of_the_invoice_is_written_before_its_payment() -> None:
    """The payment has to find what it pays."""
    known = paid("40", given.invoice_payment("40"))
    changed = given.changed(known, invoice=given.changed(known.invoice, due_date=date(2026, 5, 1)))

    assert given.write(decide(changed)).entity == "Invoice"


def test_R17_a_payment_in_another_currency_is_asked_about() -> None:
    """It cannot pay this invoice as it stands."""
    known = paid("40", given.invoice_payment("40", currency="EUR"))

    assert given.asked(decide(known)).because is Because.CURRENCY_NOT_KEPT


def test_R7_a_payment_that_the_other_connector_posted_is_asked_about() -> None:
    """It must not be counted twice."""
    known = paid("40", given.invoice_payment("40", posted_by_other_connector=True))

    assert given.asked(decide(known)).because is Because.POSTED_BY_OTHER


def test_R72_closed_books_take_no_payment() -> None:
    """The invoice may be older than the closing date, the payment is not posted into it."""
    known = given.changed(
        paid("40", given.invoice_payment("40")),
        books=given.changed(given.BOOKS, book_close_date=date(2026, 3, 31)),
    )

    assert given.asked(decide(known)).because is Because.BOOKS_CLOSED


def test_R24_a_refunded_payment_is_posted_and_then_asked_about() -> None:
    """The money came in, and went out again."""
    refunded = given.invoice_payment("40", amount_refunded=Decimal(15))
    known = paid("40", refunded)
    first = given.write(decide(known))

    decided = given.asked(decide(after(known, first)))

    assert first.entity == "Payment"
    assert decided.because is Because.REFUND_BY_HAND
    assert decided.details == (("Payment tx1", "$15.00 refunded of $40.00"),)
