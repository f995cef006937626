"""Invoices: written as drafts, sent, replaced, voided, deleted, listed (reference 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from crm_sandbox.location import amounts, invoice_bodies, invoice_parts, invoice_views, refusals, shapes
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.invoice_settings import DUE_AFTER_DAYS
from crm_sandbox.location.records import Deed, Invoice, Item
from crm_sandbox.location.workflow_records import Message

_SENT: Mapping[str, str] = MappingProxyType(
    {
        "send_manually": "Marked as sent",
        "email": "Sent by e-mail",
        "sms": "Sent by text message",
        "sms_and_email": "Sent by e-mail and text message",
    }
)


class Invoices:
    """What can be done to invoices, payments apart."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get(self, invoice_id: str) -> Invoice:
        """The invoice. Raises Refused with 404."""
        invoice = self._desk.state.invoices.get(invoice_id)
        if invoice is None:
            raise refusals.not_found("Invoice", invoice_id)
        return invoice

    def next_number(self) -> int:
        """The number that the next invoice without one gets."""
        return self._desk.state.invoice_number + 1

    def create(self, body: object) -> Invoice:
        """A new draft. Raises Refused: 422 for the shape, 400 for what the business forbids."""
        return self._add(shapes.check(invoice_bodies.CREATE, body))

    def text2pay(self, body: object) -> Invoice:
        """An invoice written, or written anew by `id`, and sent in one call (reference 8). Raises Refused as these do."""
        given = shapes.check(invoice_bodies.TEXT2PAY, body)
        action, invoice_id = given.pop("action"), given.pop("id", None)
        user = given.pop("userId")
        if not given.pop("includeTermsNote", True):
            given.pop("termsNotes", None)
        if invoice_id is None:
            given = {"businessDetails": {"name": self._desk.kind.company}, **given}
            invoice = self._add({"discount": {"type": "percentage", "value": 0}, **given}, "text2Pay")
        else:
            due = given.get("dueDate", given["issueDate"])
            whole = {**given, "invoiceItems": given.pop("items"), "dueDate": due}
            for name in ("items", "sentTo", "lateFeesConfiguration"):
                whole.pop(name, None)
            invoice = self.replace(invoice_id, whole)
        if action == "send":
            how = "sms_and_email" if given["sentTo"].get("phoneNo") else "email"
            alt = {name: given[name] for name in ("altId", "altType")}
            self.send(invoice.id, {**alt, "userId": user, "action": how, "liveMode": given["liveMode"]})
        return invoice

    def _add(self, given: dict[str, Any], origin: Literal["invoice", "text2Pay"] = "invoice") -> Invoice:
        if given["contactDetails"]["id"] not in self._desk.state.contacts:
            raise refusals.bad_request("Contact not found.")
        now = self._desk.now()
        issue = date.fromisoformat(given["issueDate"])
        invoice = Invoice(
            id=self._desk.new_id(),
            origin=origin,
            name=given["name"],
            number=given.get("invoiceNumber") or f"{self.next_number():06d}",
            currency=given["currency"],
            business_details=given["businessDetails"],
            contact_details=invoice_parts.contact_details(given["contactDetails"]),
            issue_date=issue,
            due_date=self._due(given, issue),
            items=self._items(given["items"], given["currency"]),
            discount=invoice_parts.discount(given["discount"]),
            live=given["liveMode"],
            sent_to={"email": [], "emailCc": [], "emailBcc": [], "phoneNo": [], **given["sentTo"]},
            late_fees_configuration=given.get("lateFeesConfiguration", {}),
            created_at=now,
            updated_at=now,
            updated_by=self._desk.state.user_id,
        )
        self._fill(invoice, given)
        invoice.sums = invoice_parts.sums(invoice, self._desk.kind)
        if "invoiceNumber" not in given:
            self._desk.state.invoice_number += 1
        self._desk.state.invoices[invoice.id] = invoice
        self.note(invoice, "Created")
        self.tell("InvoiceCreate", invoice)
        return invoice

    def replace(self, invoice_id: str, body: object) -> Invoice:
        """Writes the whole invoice anew; optional members that are missing fall back to their defaults (reference 7.8).

        Raises Refused: 404, 422; 400 for a paid or void invoice, for another contact on a part-paid one, and when
        more has been paid already than the new total.
        """
        invoice = self.get(invoice_id)
        given = shapes.check(invoice_bodies.REPLACE, body)
        _refuse_settled(invoice)
        details = given.get("contactDetails") or invoice.contact_details
        moved = details["id"] != invoice.contact_details["id"]
        if moved and invoice.status == "partially_paid":
            raise refusals.bad_request("Contact of a partially paid invoice cannot be changed.")
        if moved and details["id"] not in self._desk.state.contacts:
            raise refusals.bad_request("Contact not found.")
        issue = date.fromisoformat(given["issueDate"])
        discount = given.get("discount") or {"type": "percentage", "value": 0}
        fresh = msgspec.structs.replace(
            invoice,
            name=given["name"],
            title="INVOICE",
            number=given.get("invoiceNumber", invoice.number),
            currency=given["currency"],
            business_details=given.get("businessDetails", invoice.business_details),
            contact_details=invoice_parts.contact_details(details),
            issue_date=issue,
            due_date=date.fromisoformat(given["dueDate"]),
            items=self._items(given["invoiceItems"], given["currency"]),
            discount=invoice_parts.discount(discount),
            live=given.get("liveMode", invoice.live),
            terms_notes=None,
            payment_schedule={},
            attachments=[],
        )
        self._fill(fresh, given)
        fresh.sums = invoice_parts.sums(fresh, self._desk.kind)
        if fresh.total < fresh.amount_paid:
            raise refusals.bad_request("Invoice total cannot be less than the amount already paid.")
        self._desk.state.invoices[invoice_id] = fresh
        self.note(fresh, "Edited")
        self.tell("InvoiceUpdate", fresh)
        return fresh

    def send(self, invoice_id: str, body: object) -> Invoice:
        """Marks the invoice as sent and writes the messages that would go out (none for send_manually; reference 7.6).

        Raises Refused: 404, 422; 400 for a void invoice or a missing address.
        """
        invoice = self.get(invoice_id)
        given = shapes.check(invoice_bodies.SEND, body)
        if invoice.status == "void":
            raise refusals.bad_request("Void invoice cannot be sent.")
        user = given.get("userId", self._desk.state.user_id)
        if user != self._desk.state.user_id:
            raise refusals.bad_request("User not found.")
        self._desk.state.messages += list(self._messages(invoice, given["action"]))
        if invoice.status == "draft":
            invoice.status = "sent"
        invoice.live = given["liveMode"]
        invoice.sent_at = self._desk.now()
        if given["action"] == "send_manually":
            invoice.marked_as_sent_at = invoice.sent_at
        invoice.sent_by = user
        invoice.sent_from = given.get("sentFrom", invoice.sent_from)
        self.note(invoice, _SENT[given["action"]])
        self.tell("InvoiceSent", invoice)
        return invoice

    def void(self, invoice_id: str, body: object) -> Invoice:
        """Cancels the invoice for good. Raises Refused: 404, 422; 400 while provider payments are not refunded."""
        invoice = self.get(invoice_id)
        shapes.check(invoice_bodies.VOID, body)
        if invoice.status == "void":
            raise refusals.bad_request("Invoice is already void.")
        if invoice.status == "payment_processing" or self._holds_provider_money(invoice_id):
            raise refusals.bad_request("Invoice with payments cannot be voided, refund the payments first.")
        invoice.status = "void"
        self.note(invoice, "Voided")
        self.tell("InvoiceVoid", invoice)
        return invoice

    def delete(self, invoice_id: str) -> Invoice:
        """Removes an invoice that never saw a payment. Raises Refused: 404, 400."""
        invoice = self.get(invoice_id)
        if invoice.amount_paid or any(
            each.entity_id == invoice_id and each.status != "failed"
            for each in self._desk.state.transactions.values()
        ):
            raise refusals.bad_request("Invoice with payments cannot be deleted.")
        del self._desk.state.invoices[invoice_id]
        self._desk.tell("InvoiceDelete", invoice_views.webhook(invoice, self._desk, "delete"))
        return invoice

    def charge_late_fee(self, invoice_id: str, amount: Decimal) -> Invoice:
        """Time passes and the CRM adds a late fee; there is no line for it (reference 7.5)."""
        invoice = self.get(invoice_id)
        if invoice.status not in {"sent", "partially_paid"}:
            raise refusals.bad_request("Late fees are charged on open invoices only.")
        fee = amounts.rounded(amount, invoice.currency)
        if fee <= 0:
            raise refusals.bad_request("A late fee is more than 0.")
        invoice.late_fees.append(fee)
        self.note(invoice, "Late fee added", fee)
        self.tell("InvoiceUpdate", invoice)
        return invoice

    def note(self, invoice: Invoice, what: str, amount: Decimal | None = None) -> None:
        """Writes into the invoice's history that it was changed now."""
        invoice.updated_at = self._desk.now()
        invoice.updated_by = self._desk.state.user_id
        invoice.history.append(Deed(at=invoice.updated_at, what=what, amount=amount))

    def configure_late_fees(self, invoice_id: str, body: object) -> Invoice:
        """Says how late fees are charged on this invoice. Raises Refused: 404, 422; 400 for one that is settled."""
        invoice = self.get(invoice_id)
        given = shapes.check(invoice_bodies.LATE_FEES, body)
        _refuse_settled(invoice)
        invoice.late_fees_configuration = given["lateFeesConfiguration"]
        self.note(invoice, "Late fees set")
        self.tell("InvoiceUpdate", invoice)
        return invoice

    def visited(self, invoice_id: str) -> Invoice:
        """The customer opens the invoice's page; nothing tells of it. Raises Refused with 404."""
        invoice = self.get(invoice_id)
        if invoice.sent_at is not None:
            invoice.last_visited_at = self._desk.now()
        return invoice

    def mark_posted_elsewhere(self, invoice_id: str) -> Invoice:
        """HighLevel's own QuickBooks connector posts it, and leaves its trace (reference 7.5)."""
        invoice = self.get(invoice_id)
        invoice.sync_details = [{"source": "quickbooks", "id": self._desk.ids.digits(3)}]
        self.note(invoice, "Posted by another connector")
        return invoice

    def tell(self, event: str, invoice: Invoice) -> None:
        """Puts an invoice event into the tray."""
        self._desk.tell(event, invoice_views.webhook(invoice, self._desk))

    def _due(self, given: dict[str, Any], issue: date) -> date:
        if "dueDate" not in given:
            return issue + timedelta(days=DUE_AFTER_DAYS)
        due = date.fromisoformat(given["dueDate"])
        if due < self._desk.today() and not self._desk.switches.past_due_dates:
            raise refusals.bad_request("Due date cannot be in the past.")
        if due < issue:
            raise refusals.bad_request("Due date cannot be before the issue date.")
        return due

    def _items(self, items: list[dict[str, Any]], currency: str) -> list[Item]:
        for index, each in enumerate(items):
            if each["currency"] != currency:
                raise refusals.bad_request(f"items.{index}: currency differs from the invoice's.")
            if each.get("taxes") and not each["amount"]:
                raise refusals.bad_request(f"items.{index}: taxes are not allowed on an item of amount 0.")
        return [invoice_parts.item(self._desk.new_id(), each) for each in items]

    def _fill(self, invoice: Invoice, given: dict[str, Any]) -> None:
        """The optional members that create and replace have in common."""
        invoice.title = given.get("title", invoice.title)
        invoice.number_prefix = given.get("invoiceNumberPrefix", invoice.number_prefix)
        invoice.terms_notes = given.get("termsNotes", invoice.terms_notes)
        invoice.automatic_taxes_enabled = given.get("automaticTaxesEnabled", invoice.automatic_taxes_enabled)
        invoice.payment_schedule = given.get("paymentSchedule", invoice.payment_schedule)
        invoice.attachments = given.get("attachments", invoice.attachments)
        invoice.tips_configuration = given.get("tipsConfiguration", invoice.tips_configuration)
        invoice.payment_methods = given.get("paymentMethods", invoice.payment_methods)

    def _messages(self, invoice: Invoice, action: str) -> Iterator[Message]:
        """What goes out to the customer. Raises Refused when there is nowhere to send it."""
        contact_id = invoice.contact_details["id"]
        mails: list[str] = invoice.sent_to.get("email") or _filled(invoice.contact_details.get("email"))
        phones: list[str] = invoice.sent_to.get("phoneNo") or _filled(invoice.contact_details.get("phoneNo"))
        wanted = {"email": mails, "sms": phones}
        for kind in ("email", "sms"):
            if kind not in action.split("_"):
                continue
            if not wanted[kind]:
                raise refusals.bad_request(f"There is no {kind} recipient.")
            for to in wanted[kind]:
                yield Message(
                    kind="email" if kind == "email" else "sms",
                    to=to,
                    contact_id=contact_id,
                    subject=f"Invoice {invoice.number_prefix}{invoice.number}",
                    cause=f"send {invoice.id}",
                    at=self._desk.now(),
                )

    def _holds_provider_money(self, invoice_id: str) -> bool:
        return any(
            each.entity_id == invoice_id
            and each.provider is not None
            and each.status in {"succeeded", "pending"}
            and each.amount_refunded < each.amount
            for each in self._desk.state.transactions.values()
        )


def _refuse_settled(invoice: Invoice) -> None:
    if invoice.status in {"paid", "void", "payment_processing"}:
        raise refusals.bad_request(f"Invoice in {invoice.status} status cannot be updated.")


def matches(invoice: Invoice, query: dict[str, str]) -> bool:
    """Whether an invoice belongs on the list that the query asks for (reference 7.9)."""
    mode = query.get("paymentMode", "default")
    return (
        ("status" not in query or invoice.status in query["status"].split(","))
        and _issued_within(invoice, query)
        and query.get("contactId") in (None, invoice.contact_details["id"])
        and (mode == "default" or invoice.live == (mode == "live"))
        and (not query.get("search") or query["search"].casefold() in _text(invoice))
    )


def _issued_within(invoice: Invoice, query: dict[str, str]) -> bool:
    if "startAt" not in query and "endAt" not in query:
        return True
    issued = invoice.issue_date.isoformat()
    return query.get("startAt", issued)[:10] <= issued <= query.get("endAt", issued)[:10]


def _text(invoice: Invoice) -> str:
    """What a search looks through."""
    person = invoice.contact_details
    number = f"{invoice.number_prefix}{invoice.number}"
    return " ".join(
        (number, invoice.name, str(person.get("name", "")), str(person.get("email", "")))
    ).casefold()


def _filled(value: Any) -> list[str]:
    return [value] if value else []
