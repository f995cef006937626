"""Payments of a posted invoice: one QuickBooks Payment per CRM transaction, and one for what no transaction shows (R33).

Nothing is posted twice: a transaction that becomes visible after its amount was already posted as a growth is covered,
because all that we post together never exceeds what the CRM counts as paid.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import structs

from counterfoil import money, times
from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import InvoiceFacts, Link, Origin
from counterfoil.sync.parts import naming
from counterfoil.sync.plan import Ask, Operation, Pair, QuickBooksWrite
from counterfoil.sync.reasons import Because
from counterfoil.sync.to_quickbooks import methods, obstacles, receipts


def next_payment(
    facts: InvoiceFacts, invoice: crm.Invoice, link: Link, customer_id: str
) -> QuickBooksWrite | Ask | None:
    """The next payment of the invoice that QuickBooks does not have; None when it has all."""
    visible = _succeeded(facts.transactions)
    transaction = _uncovered(facts, invoice, visible)
    if transaction:
        return _of_transaction(facts, invoice, transaction, link, customer_id)
    growth = money.rounded(invoice.amount_paid) - _posted(facts)
    if growth > 0:
        return _of_growth(facts, invoice, growth, link, customer_id)
    refunded = tuple(each for each in visible if receipts.is_refunded(each))
    if refunded:
        return Ask(because=Because.REFUND_BY_HAND, details=receipts.refund_details(refunded))
    return None


def _succeeded(transactions: tuple[crm.Transaction, ...]) -> tuple[crm.Transaction, ...]:
    return tuple(
        each
        for each in transactions
        if each.live
        and each.status in receipts.SUCCEEDED
        and money.rounded(each.amount) > 0
        and not each.aggregate_parent
    )


def _posted(facts: InvoiceFacts) -> Decimal:
    return sum((payment.amount for payment in facts.payments), money.ZERO)


def _uncovered(
    facts: InvoiceFacts, invoice: crm.Invoice, visible: tuple[crm.Transaction, ...]
) -> crm.Transaction | None:
    """The first transaction that is not posted, neither by itself nor within a growth."""
    by_id = {payment.transaction_id: payment.amount for payment in facts.payments if payment.transaction_id}
    waiting = [each for each in visible if each.id not in by_id]
    shown = sum(by_id.values(), money.ZERO) + sum(
        (money.rounded(each.amount) for each in waiting), money.ZERO
    )
    paid = max(money.rounded(invoice.amount_paid), shown)
    room = paid - _posted(facts)
    return next((each for each in waiting if money.rounded(each.amount) <= room), None)


def _of_transaction(
    facts: InvoiceFacts, invoice: crm.Invoice, transaction: crm.Transaction, link: Link, customer_id: str
) -> QuickBooksWrite | Ask:
    if transaction.posted_by_other_connector:
        return Ask(because=Because.POSTED_BY_OTHER)
    if transaction.currency.upper() != invoice.currency.upper():
        return Ask(
            because=Because.CURRENCY_NOT_KEPT,
            details=(("Payment in", transaction.currency), ("Invoice in", invoice.currency)),
        )
    said = [f"CRM payment {transaction.id} of invoice {invoice.id}"]
    if transaction.reference:
        said.append(f"charge {transaction.reference}")
    payment = _payment(facts, invoice, money.rounded(transaction.amount), transaction.charged_at, link)
    return _write(
        facts,
        structs.replace(
            payment,
            customer_ref=qb.Ref(customer_id),
            payment_method_ref=methods.method_ref(
                transaction.method,
                transaction.card_brand,
                choices=facts.choices,
                company=facts.payment_methods,
            ),
            payment_ref_num=naming.reference(transaction.id),
            private_note=naming.plain(", ".join(said), naming.NOTE_MAX),
        ),
        cause=f"transaction/{transaction.id}/payment",
        because=Because.PAYMENT_POSTED,
        pair=_pair("transaction", transaction.id, invoice),
    )


def _of_growth(
    facts: InvoiceFacts, invoice: crm.Invoice, growth: Decimal, link: Link, customer_id: str
) -> QuickBooksWrite | Ask:
    """One payment for what the CRM counts as paid beyond its visible payments, dated when the invoice changed."""
    cumulative = money.rounded(invoice.amount_paid)
    note = f"CRM invoice {invoice.id}, paid up to {cumulative}"
    return _write(
        facts,
        structs.replace(
            _payment(facts, invoice, growth, invoice.updated_at, link),
            customer_ref=qb.Ref(customer_id),
            private_note=note,
        ),
        cause=f"invoice/{invoice.id}/growth/{cumulative}",
        because=Because.GROWTH_POSTED,
        pair=_pair("growth", f"{invoice.id}/{cumulative}", invoice),
    )


def _payment(
    facts: InvoiceFacts, invoice: crm.Invoice, amount: Decimal, at: datetime, link: Link
) -> qb.Payment:
    """Money received, applied to the invoice as far as it is open; the rest stays the customer's credit."""
    applied = min(amount, money.rounded(invoice.total) - _posted(facts))
    line = qb.Line(amount=applied, linked_txn=(qb.LinkedTxn(txn_id=link.entity_id, txn_type="Invoice"),))
    account = facts.choices.deposit_account
    return qb.Payment(
        txn_date=times.day_in(at, facts.books.zone),
        total_amt=amount,
        line=(line,) if applied > 0 else None,
        deposit_to_account_ref=qb.Ref(account) if account else None,
        currency_ref=qb.Ref(invoice.currency.upper()) if facts.books.multi_currency else None,
    )


def _pair(crm_kind: str, crm_id: str, invoice: crm.Invoice) -> Pair:
    return Pair(
        crm_kind=crm_kind,
        crm_id=crm_id,
        entity="Payment",
        origin=Origin.CRM,
        parent=f"invoice/{invoice.id}",
    )


def _write(
    facts: InvoiceFacts, body: qb.Payment, *, cause: str, because: Because, pair: Pair
) -> QuickBooksWrite | Ask:
    return obstacles.to_day(facts.books, body.txn_date) or QuickBooksWrite(
        entity="Payment",
        operation=Operation.CREATE,
        body=body,
        cause=cause,
        because=because,
        pair=pair,
        expect_total=body.total_amt,
    )
