"""The dashboard: what there is, and what happened last."""

from __future__ import annotations

from decimal import Decimal

from crm_sandbox.location.records import ZERO
from crm_sandbox.pages.listing import newest
from crm_sandbox.pages.rendering import notation_of
from crm_sandbox.pages.site import Look, Row, Show, Visit

NEWEST = 8


def rows() -> list[Row]:
    """The dashboard stands at the root."""
    return [Look("/", _dashboard)]


def _dashboard(visit: Visit) -> Show:
    state, kind = visit.location.state, visit.location.kind
    money = notation_of(kind).money
    received: Decimal = sum(
        (
            each.amount - each.amount_refunded
            for each in state.transactions.values()
            if each.live and each.status in {"succeeded", "refunded"}
        ),
        ZERO,
    )
    due: Decimal = sum(
        (
            each.amount_due
            for each in state.invoices.values()
            if each.live and each.status in {"sent", "partially_paid", "payment_processing"}
        ),
        ZERO,
    )
    tiles = [
        ("Received", "/crm/transactions", money(received, kind.currency)),
        ("Open on invoices", "/crm/invoices", money(due, kind.currency)),
        ("Contacts", "/crm/contacts", f"{len(state.contacts):,}"),
        ("Invoices", "/crm/invoices", f"{len(state.invoices):,}"),
        ("Orders", "/crm/orders", f"{len(state.orders):,}"),
        ("Messages", "/crm/outbox", f"{len(state.messages):,}"),
    ]
    return Show(
        "dashboard.html",
        {
            "here": "dashboard",
            "tiles": tiles,
            "contacts": state.contacts,
            "transactions": newest(state.transactions.values(), NEWEST),
            "invoices": newest(state.invoices.values(), NEWEST),
            "people": newest(state.contacts.values(), 12),
        },
    )
