"""Payments of invoices: recorded by a person or program, or paid by the customer's card (reference 7.7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from crm_sandbox.location import amounts, dates, invoice_bodies, refusals, shapes
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.invoices import Invoices
from crm_sandbox.location.orders import Orders
from crm_sandbox.location.records import Invoice, Transaction
from crm_sandbox.location.transactions import Transactions


class InvoicePayments:
    """Moves invoices to partially paid and paid; the invoice itself lists no payments (reference 7.5)."""

    def __init__(self, desk: Desk, invoices: Invoices, transactions: Transactions, orders: Orders) -> None:
        self._desk = desk
        self._invoices = invoices
        self._transactions = transactions
        self._orders = orders

    def record(self, invoice_id: str, body: object) -> Invoice:
        """Writes down a payment made elsewhere; without an amount, all that is due.

        Raises Refused: 404, 422; 400 for a wrong state or more than is due; 409 for two quick calls where switched on.
        """
        invoice = self._invoices.get(invoice_id)
        given = shapes.check(invoice_bodies.RECORD_PAYMENT, body)
        self._refuse_quick_second(invoice)
        if invoice.status == "draft" and not self._desk.switches.record_payment_on_draft:
            raise refusals.bad_request("Payment cannot be recorded on a draft invoice, send it first.")
        amount = self._amount(invoice, given.get("amount"))
        fulfilled = dates.read(given["fulfilledAt"]) if "fulfilledAt" in given else self._desk.now()
        how: dict[str, Any] = {
            name: given[name] for name in ("mode", "card", "cheque", "notes") if name in given
        }
        self._transactions.record(invoice, amount, how, fulfilled)
        invoice.last_payment_call = self._desk.clock.now()
        self._receive(invoice, amount)
        return invoice

    def pay(
        self, invoice_id: str, amount: Decimal | None, card: str, tip: Decimal | None = None
    ) -> Transaction:
        """The customer pays on the hosted page, perhaps with a tip. Raises Refused with 404 or 400, ValueError."""
        invoice = self._invoices.get(invoice_id)
        if invoice.status == "draft":
            raise refusals.bad_request("The invoice has not been sent.")
        if tip is not None and tip < 0:
            raise refusals.bad_request("A tip is not less than nothing.")
        due = self._amount(invoice, amount)
        extra = amounts.rounded(tip, invoice.currency) if tip else amounts.rounded(due * 0, invoice.currency)
        transaction = self._transactions.pay_invoice(invoice, due + extra, card)
        if transaction.status == "failed":
            self._invoices.note(invoice, "Payment failed", transaction.amount)
            return transaction
        if extra:
            invoice.tips.append(extra)
        if transaction.status == "pending":
            invoice.status = "payment_processing"
            self._invoices.note(invoice, "Payment started", transaction.amount)
        else:
            self._receive(invoice, transaction.amount)
        return transaction

    def settled(self, transaction: Transaction) -> None:
        """A pending payment of an invoice came through or failed; the invoice follows."""
        invoice = self._invoices.get(transaction.entity_id)
        if transaction.status == "succeeded":
            self._receive(invoice, transaction.amount)
            return
        invoice.status = "partially_paid" if invoice.amount_paid else "sent"
        self._invoices.note(invoice, "Payment failed", transaction.amount)

    def refunded(self, transaction: Transaction, amount: Decimal) -> None:
        """A payment of an invoice is given back, and the invoice is open again by as much (reference 9.5, 21.6)."""
        invoice = self._desk.state.invoices.get(transaction.entity_id)
        if invoice is None or invoice.status == "void":
            return
        invoice.amount_paid -= amount
        invoice.status = "partially_paid" if invoice.amount_paid else "sent"
        self._invoices.note(invoice, "Payment refunded", amount)

    def _amount(self, invoice: Invoice, wanted: Any) -> Decimal:
        if invoice.status in {"paid", "void", "payment_processing"}:
            raise refusals.bad_request(
                f"Payment cannot be recorded on an invoice in {invoice.status} status."
            )
        amount = invoice.amount_due if wanted is None else Decimal(wanted)
        if amount != amounts.rounded(amount, invoice.currency):
            raise refusals.bad_request("Amount has more decimal places than the currency.")
        if amount <= 0 or amount > invoice.amount_due:
            raise refusals.bad_request("Amount must be greater than 0 and not more than the amount due.")
        return amount

    def _receive(self, invoice: Invoice, amount: Decimal) -> None:
        invoice.amount_paid += amount
        invoice.status = "paid" if invoice.amount_due <= 0 else "partially_paid"
        self._invoices.note(invoice, "Payment received", amount)
        self._invoices.tell("InvoicePaid" if invoice.status == "paid" else "InvoicePartiallyPaid", invoice)
        if self._desk.switches.invoice_payments_make_orders:
            self._orders.of_invoice(invoice)

    def _refuse_quick_second(self, invoice: Invoice) -> None:
        pause = self._desk.switches.quick_payment_conflict_seconds
        last = invoice.last_payment_call
        if pause and last is not None and self._desk.clock.now() - last < timedelta(seconds=pause):
            raise refusals.conflict("Another payment is being recorded on this invoice, try again.")
