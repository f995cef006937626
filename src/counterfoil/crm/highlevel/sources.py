"""Where a payment comes from: HighLevel's source types as the few that the rules distinguish (reference 9.2)."""

from __future__ import annotations

from counterfoil.crm import records as crm
from counterfoil.crm.highlevel.members import Members

_FORMS = ("one_step_order_form", "two_step_order_form", "upsell")
_STORES = ("store", "store_upsell")
_BY_TYPE = {
    "membership": crm.Source.MEMBERSHIP,
    "communities": crm.Source.MEMBERSHIP,
    "calendar": crm.Source.CALENDAR,
    "payment_link": crm.Source.PAYMENT_LINK,
    "funnel": crm.Source.ORDER_FORM,
}


def of_transaction(transaction: Members) -> crm.Source:
    """The source of a transaction, flat as it is listed or nested as it is read."""
    nested = transaction.inside("entitySource")
    return _source(
        kind=transaction.text("entitySourceType") or nested.text("type"),
        part=transaction.text("entitySourceSubType") or nested.text("subType"),
        pays_invoice=transaction.text("entityType") == "invoice",
        renews=bool(transaction.text("subscriptionId")),
    )


def of_order(order: Members, *, renews: bool) -> crm.Source:
    """The source of an order, flat as it is listed or nested as it is read."""
    nested = order.inside("source")
    return _source(
        kind=order.text("sourceType") or nested.text("type"),
        part=order.text("sourceSubType") or nested.text("subType"),
        pays_invoice=False,
        renews=renews,
    )


def _source(*, kind: str, part: str, pays_invoice: bool, renews: bool) -> crm.Source:
    """What belongs to an invoice stays with it (R21); then history, then renewals, then the kind of page."""
    if kind.lower() == "text2pay":
        return crm.Source.TEXT_TO_PAY
    if kind == "invoice" or pays_invoice:
        return crm.Source.INVOICE
    if part == "imported_csv":
        return crm.Source.IMPORTED
    if renews:
        return crm.Source.SUBSCRIPTION
    if part in _STORES:
        return crm.Source.STORE
    if kind == "website" and part in _FORMS:
        return crm.Source.ORDER_FORM
    return _BY_TYPE.get(kind, crm.Source.OTHER)
