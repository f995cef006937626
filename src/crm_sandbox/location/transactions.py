"""Transactions: money that came in; the only trace of payments, renewals and refunds (reference 9.4, 9.5)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from crm_sandbox.location import amounts, cards, contact_views, kinds, refusals
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Contact, Invoice, Order, Source, Transaction


class Transactions:
    """Made by charges and recorded payments; refunds only change them, and nothing tells of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get(self, transaction_id: str) -> Transaction:
        """The transaction. Raises Refused with 404."""
        transaction = self._desk.state.transactions.get(transaction_id)
        if transaction is None:
            raise refusals.not_found("Transaction", transaction_id)
        return transaction

    def charge(
        self, order: Order, amount: Decimal, card: str, *, subscription_id: str | None = None
    ) -> Transaction:
        """A card is charged for an order or the renewal of its subscription."""
        charge = cards.charge(card, amount, order.currency, self._desk)
        return self._keep(
            Transaction(
                contact_id=order.contact_id,
                amount=amount,
                currency=order.currency,
                live=order.live,
                entity_type="order",
                entity_id=order.id,
                source=order.source,
                subscription_id=subscription_id,
                **self._charged(charge),
            )
        )

    def pay_invoice(self, invoice: Invoice, amount: Decimal, card: str) -> Transaction:
        """A payer charges their card on the invoice's hosted page."""
        charge = cards.charge(card, amount, invoice.currency, self._desk)
        return self._keep(Transaction(**self._of_invoice(invoice), amount=amount, **self._charged(charge)))

    def record(
        self, invoice: Invoice, amount: Decimal, snapshot: dict[str, Any], fulfilled_at: datetime
    ) -> Transaction:
        """A payment made outside is written down; `snapshot` says how it was paid (reference 9.4)."""
        return self._keep(
            Transaction(
                **self._of_invoice(invoice),
                **self._stamps(fulfilled_at),
                amount=amount,
                status="succeeded",
                charge_snapshot=snapshot,
                payment_method={"card": snapshot["card"]} if "card" in snapshot else {},
            )
        )

    def refund(self, transaction_id: str, amount: Decimal) -> Transaction:
        """A person refunds some of a payment: the figure grows; only a full refund changes the status (reference 9.5).

        Raises Refused with 404, or 400 when there is not so much left.
        """
        transaction = self.get(transaction_id)
        refunded = transaction.amount_refunded + amounts.rounded(amount, transaction.currency)
        if (
            transaction.status != "succeeded"
            or not transaction.amount_refunded < refunded <= transaction.amount
        ):
            raise refusals.bad_request("Only money that was paid and not refunded yet can be refunded.")
        transaction.amount_refunded = refunded
        if refunded == transaction.amount:
            transaction.status = "refunded"
        transaction.updated_at = self._desk.now()
        return transaction

    def settle(self, transaction_id: str, outcome: str) -> Transaction:
        """A pending charge comes through or fails. Raises Refused with 404 or 400, ValueError for another outcome."""
        transaction = self.get(transaction_id)
        if outcome not in {"succeeded", "failed"}:
            raise ValueError("`outcome` is succeeded or failed")
        if transaction.status != "pending":
            raise refusals.bad_request("The transaction is not pending.")
        transaction.status = "succeeded" if outcome == "succeeded" else "failed"
        transaction.charge_snapshot["status"] = cards.stripe_status(outcome)
        transaction.updated_at = self._desk.now()
        if outcome == "succeeded":
            transaction.fulfilled_at = self._desk.now()
        return transaction

    def mark_posted_elsewhere(self, transaction_id: str) -> Transaction:
        """HighLevel's own QuickBooks connector posts it: qboSynced and qboResponse appear (reference 9.4)."""
        transaction = self.get(transaction_id)
        transaction.qbo_synced = True
        transaction.qbo_response = {
            "domain": "QBO",
            "sparse": False,
            "Id": self._desk.ids.digits(3),
            "SyncToken": "0",
            "TotalAmt": transaction.amount,
        }
        transaction.updated_at = self._desk.now()
        return transaction

    def flat(self, transaction: Transaction) -> dict[str, Any]:
        """A transaction as the list shows it (reference 9.4)."""
        contact = self._desk.state.contacts.get(transaction.contact_id)
        source = transaction.source
        return {
            **self._shared(transaction),
            "contactName": contact.full_name if contact else "",
            "contactEmail": (contact.email if contact else None) or "",
            "entitySourceType": source.type,
            "entitySourceSubType": source.sub_type or "",
            "entitySourceName": source.name,
            "entitySourceId": source.id,
            "entitySourceMeta": source.meta,
            "paymentProviderType": transaction.provider,
            "paymentProviderConnectedAccount": self._account() if transaction.provider else None,
        }

    def nested(self, transaction: Transaction) -> dict[str, Any]:
        """A transaction as it is answered alone."""
        source = transaction.source
        entity_source = {"type": source.type, "id": source.id, "name": source.name, "meta": source.meta}
        if source.sub_type is not None:
            entity_source["subType"] = source.sub_type
        provider = {"type": transaction.provider, "connectedAccount": {"_id": self._account()}}
        return {
            **self._shared(transaction),
            "contactSnapshot": self._snapshot(self._desk.state.contacts.get(transaction.contact_id)),
            "entitySource": entity_source,
            "paymentProvider": provider if transaction.provider else {},
            "receiptId": transaction.receipt_id,
            "meta": transaction.meta,
            "isParent": False,
            "markAsTest": False,
            "qboSynced": transaction.qbo_synced,
            "qboResponse": transaction.qbo_response or {},
        }

    def _shared(self, transaction: Transaction) -> dict[str, Any]:
        return {
            "_id": transaction.id,
            "altId": self._desk.state.location_id,
            "altType": "location",
            "contactId": transaction.contact_id,
            "mergedFromContactId": transaction.merged_from_contact_id,
            "currency": transaction.currency,
            "currencyOptions": {
                "code": transaction.currency,
                "symbol": kinds.symbol_of(transaction.currency),
            },
            "amount": transaction.amount,
            "amountRefunded": transaction.amount_refunded,
            "status": transaction.status,
            "liveMode": transaction.live,
            "entityType": transaction.entity_type,
            "entityId": transaction.entity_id,
            "subscriptionId": transaction.subscription_id,
            "chargeId": transaction.charge_id,
            "chargeSnapshot": transaction.charge_snapshot,
            "paymentMethod": transaction.payment_method,
            "ipAddress": "203.0.113.9" if transaction.provider else "",
            "createdAt": transaction.created_at,
            "updatedAt": transaction.updated_at,
            "fulfilledAt": transaction.fulfilled_at,
            "createdBy": None,
        }

    def _keep(self, transaction: Transaction) -> Transaction:
        self._desk.state.transactions[transaction.id] = transaction
        return transaction

    def _stamps(self, fulfilled_at: datetime) -> dict[str, Any]:
        now = self._desk.now()
        return {
            "id": self._desk.new_id(),
            "receipt_id": self._desk.new_id(),
            "created_at": now,
            "updated_at": now,
            "fulfilled_at": fulfilled_at,
        }

    def _charged(self, charge: cards.Charge) -> dict[str, Any]:
        return {
            **self._stamps(self._desk.now()),
            "status": charge.outcome,
            "charge_id": charge.id,
            "charge_snapshot": charge.snapshot,
            "provider": cards.PROVIDER,
            "payment_method": charge.method,
        }

    def _of_invoice(self, invoice: Invoice) -> dict[str, Any]:
        return {
            "contact_id": invoice.contact_details["id"],
            "currency": invoice.currency,
            "live": invoice.live,
            "entity_type": "invoice",
            "entity_id": invoice.id,
            "source": Source(type=invoice.origin, id=invoice.id, name=invoice.name),
            "meta": {"invoiceNumber": invoice.number, "invoiceNumberPrefix": invoice.number_prefix},
        }

    def _snapshot(self, contact: Contact | None) -> dict[str, Any]:
        return contact_views.snapshot(contact, self._desk.state.location_id) if contact else {}

    def _account(self) -> str:
        return f"6910ee40c3b2e41d{self._desk.state.location_id.encode().hex()[:8]}"
