"""Invoices as the business works with them: list, draft, edit, send, record payment, void, delete, history."""

from __future__ import annotations

from crm_sandbox.location import invoices as rules
from crm_sandbox.location.records import Deed as HistoryLine
from crm_sandbox.location.records import Invoice
from crm_sandbox.pages import invoice_forms
from crm_sandbox.pages.listing import newest, page
from crm_sandbox.pages.site import Deed, Go, Look, Row, Show, Visit

STATUSES = ("draft", "sent", "payment_processing", "partially_paid", "paid", "void")
MODES = (
    ("bank_transfer", "Bank transfer"),
    ("cash", "Cash"),
    ("cheque", "Cheque"),
    ("card", "Card"),
    ("other", "Other"),
)


def rows() -> list[Row]:
    """The pages of invoices."""
    one = "/crm/invoices/{id}"
    return [
        Look("/crm/invoices", _list),
        Look("/crm/invoices/new", _new),
        Deed("/crm/invoices/new", _create, _new),
        Look(one, _card),
        Look(f"{one}/edit", _edit),
        Deed(f"{one}/edit", _save, _edit),
        Deed(f"{one}/send", _send, _card),
        Deed(f"{one}/record-payment", _record, _card),
        Deed(f"{one}/late-fee", _late_fee, _card),
        Deed(f"{one}/void", _void, _card),
        Deed(f"{one}/delete", _delete, _card),
    ]


def _list(visit: Visit) -> Show:
    status, search = visit.query.text("status"), visit.query.text("search")
    wanted = {"search": search, **({"status": status} if status in STATUSES else {})}
    state = visit.location.state
    found = page(visit, (each for each in state.invoices.values() if rules.matches(each, wanted)))
    return Show(
        "invoices.html",
        {
            "page": found,
            "statuses": STATUSES,
            "status": status,
            "contacts": state.contacts,
            "today": visit.location.desk.today(),
        },
    )


def _new(visit: Visit) -> Show:
    view = invoice_forms.blank(visit.location, visit.query.text("contact"))
    return Show("invoice_form.html", {"title": "New invoice", "path": "/crm/invoices/new", **view})


def _create(visit: Visit) -> Go:
    invoice = visit.location.invoices.create(invoice_forms.creating(visit))
    return Go(f"/crm/invoices/{invoice.id}", "created")


def _card(visit: Visit) -> Show:
    location = visit.location
    invoice = location.invoices.get(visit.path["id"])
    payments = [each for each in location.state.transactions.values() if each.entity_id == invoice.id]
    return Show(
        "invoice.html",
        {
            "invoice": invoice,
            "history": _history(invoice),
            "transactions": newest(payments, 50),
            "contacts": location.state.contacts,
            "modes": MODES,
            "today": location.desk.today(),
            "overdue": invoice.status in {"sent", "partially_paid"}
            and invoice.due_date < location.desk.today(),
        },
    )


def _edit(visit: Visit) -> Show:
    invoice = visit.location.invoices.get(visit.path["id"])
    view = invoice_forms.filled(visit.location, invoice)
    number = f"{invoice.number_prefix}{invoice.number}"
    return Show(
        "invoice_form.html", {"title": f"Edit {number}", "path": f"/crm/invoices/{invoice.id}/edit", **view}
    )


def _save(visit: Visit) -> Go:
    invoice = visit.location.invoices.get(visit.path["id"])
    visit.location.invoices.replace(invoice.id, invoice_forms.replacing(visit, invoice))
    return Go(f"/crm/invoices/{invoice.id}", "saved")


def _send(visit: Visit) -> Go:
    action = visit.form.text("action", "email")
    invoice = visit.location.invoices.get(visit.path["id"])
    body = {**visit.alt, "action": action, "liveMode": invoice.live}
    visit.location.invoices.send(invoice.id, body)
    return Go(f"/crm/invoices/{invoice.id}", "marked" if action == "send_manually" else "sent")


def _record(visit: Visit) -> Go:
    form = visit.form
    body = {
        **visit.alt,
        "mode": form.text("mode"),
        "amount": form.number("amount"),
        "notes": form.text("notes") or None,
    }
    paid_on = form.text("date")
    if paid_on and paid_on != visit.location.desk.today().isoformat():
        body["fulfilledAt"] = f"{paid_on}T12:00:00Z"
    visit.location.invoice_payments.record(visit.path["id"], body)
    return Go(f"/crm/invoices/{visit.path['id']}", "recorded")


def _late_fee(visit: Visit) -> Go:
    amount = visit.form.number("fee")
    if amount is None:
        raise ValueError("Type how much the late fee is")
    visit.location.invoices.charge_late_fee(visit.path["id"], amount)
    return Go(f"/crm/invoices/{visit.path['id']}", "saved")


def _void(visit: Visit) -> Go:
    visit.location.invoices.void(visit.path["id"], visit.alt)
    return Go(f"/crm/invoices/{visit.path['id']}", "voided")


def _delete(visit: Visit) -> Go:
    visit.location.invoices.delete(visit.path["id"])
    return Go("/crm/invoices", "deleted")


def _history(invoice: Invoice) -> list[HistoryLine]:
    """What was done, newest first; an invoice of a large seed has only its dates."""
    kept = invoice.history or [
        HistoryLine(at=invoice.created_at, what="Created"),
        *([HistoryLine(at=invoice.sent_at, what="Marked as sent")] if invoice.sent_at else []),
    ]
    return kept[::-1]
