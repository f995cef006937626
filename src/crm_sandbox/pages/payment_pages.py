"""Orders, transactions with their refunds, subscriptions with their renewals."""

from __future__ import annotations

from crm_sandbox.location import orders as order_rules
from crm_sandbox.pages.listing import newest, page
from crm_sandbox.pages.site import Deed, Go, Look, Row, Show, Visit

STATUSES = ("succeeded", "pending", "failed", "refunded")


def rows() -> list[Row]:
    """The pages of payments."""
    transaction, subscription = "/crm/transactions/{id}", "/crm/subscriptions/{id}"
    return [
        Look("/crm/orders", _orders),
        Look("/crm/orders/{id}", _order),
        Look("/crm/transactions", _transactions),
        Look(transaction, _transaction),
        Deed(f"{transaction}/refund", _refund, _transaction),
        Deed(f"{transaction}/settle", _settle, _transaction),
        Deed(f"{transaction}/posted-elsewhere", _posted_elsewhere, _transaction),
        Look("/crm/subscriptions", _subscriptions),
        Look(subscription, _subscription),
        Deed(f"{subscription}/renew", _renew, _subscription),
        Deed(f"{subscription}/cancel", _cancel, _subscription),
    ]


def _orders(visit: Visit) -> Show:
    state = visit.location.state
    found = page(visit, state.orders.values())
    paid = {each.id: visit.location.orders.payment_status(each) for each in found.rows}
    return Show("orders.html", {"page": found, "paid": paid, "contacts": state.contacts})


def _order(visit: Visit) -> Show:
    location, state = visit.location, visit.location.state
    order = location.orders.get(visit.path["id"])
    payments = (each for each in state.transactions.values() if each.entity_id == order.id)
    return Show(
        "order.html",
        {
            "order": order,
            "where": order_rules.source_view(order),
            "paid": location.orders.payment_status(order),
            "prices": state.prices,
            "coupon": state.coupons.get(order.coupon_id or ""),
            "contacts": state.contacts,
            "transactions": newest(payments, 50),
            "subscription": next(
                (each for each in state.subscriptions.values() if each.order_id == order.id), None
            ),
        },
    )


def _transactions(visit: Visit) -> Show:
    state, status = visit.location.state, visit.query.text("status")
    found = (each for each in state.transactions.values() if status not in STATUSES or each.status == status)
    view = {"statuses": STATUSES, "status": status, "contacts": state.contacts}
    return Show("transactions.html", {"page": page(visit, found), **view})


def _transaction(visit: Visit) -> Show:
    transaction = visit.location.transactions.get(visit.path["id"])
    state = visit.location.state
    return Show(
        "transaction.html",
        {
            "transaction": transaction,
            "left": transaction.amount - transaction.amount_refunded,
            "contacts": state.contacts,
            "invoice": state.invoices.get(transaction.entity_id),
            "order": state.orders.get(transaction.entity_id),
        },
    )


def _refund(visit: Visit) -> Go:
    transaction = visit.location.transactions.get(visit.path["id"])
    amount = transaction.amount - transaction.amount_refunded
    if not visit.form.flag("full"):
        typed = visit.form.number("amount")
        if typed is None:
            raise ValueError("Type how much to refund")
        amount = typed
    visit.location.refund(transaction.id, amount)
    return Go(f"/crm/transactions/{transaction.id}", "refunded")


def _settle(visit: Visit) -> Go:
    visit.location.settle(visit.path["id"], visit.form.text("outcome"))
    return Go(f"/crm/transactions/{visit.path['id']}", "settled")


def _posted_elsewhere(visit: Visit) -> Go:
    visit.location.transactions.mark_posted_elsewhere(visit.path["id"])
    return Go(f"/crm/transactions/{visit.path['id']}", "saved")


def _subscriptions(visit: Visit) -> Show:
    state = visit.location.state
    found = page(visit, state.subscriptions.values())
    return Show("subscriptions.html", {"page": found, "contacts": state.contacts})


def _subscription(visit: Visit) -> Show:
    subscription = visit.location.subscriptions.get(visit.path["id"])
    state = visit.location.state
    charges = [
        each for each in state.transactions.values() if each.subscription_id == subscription.provider_id
    ]
    return Show(
        "subscription.html",
        {
            "subscription": subscription,
            "price": state.prices.get(subscription.item.price_id),
            "contacts": state.contacts,
            "transactions": newest(charges, 50),
        },
    )


def _renew(visit: Visit) -> Go:
    made = visit.location.subscriptions.renew(visit.path["id"], visit.form.text("card", "success"))
    done = {"succeeded": "renewed", "failed": "declined"}.get(made.status, "processing")
    return Go(f"/crm/subscriptions/{visit.path['id']}", done)


def _cancel(visit: Visit) -> Go:
    visit.location.subscriptions.cancel(visit.path["id"])
    return Go(f"/crm/subscriptions/{visit.path['id']}", "canceled")
