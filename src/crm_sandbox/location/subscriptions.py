"""Subscriptions: started by a checkout; a renewal is a new transaction that nothing tells of (reference 9.1, 9.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crm_sandbox.location import contact_views, dates, refusals
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.orders import Orders, coupon_view, source_view
from crm_sandbox.location.records import Coupon, Order, OrderItem, Recurring, Subscription, Transaction
from crm_sandbox.location.transactions import Transactions

_INTERVALS = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}


class Subscriptions:
    """Recurring sales of the location."""

    def __init__(self, desk: Desk, orders: Orders, transactions: Transactions) -> None:
        self._desk = desk
        self._orders = orders
        self._transactions = transactions

    def get(self, subscription_id: str) -> Subscription:
        """The subscription, by its own id or the provider's. Raises Refused with 404."""
        state = self._desk.state
        found = state.subscriptions.get(subscription_id) or next(
            (each for each in state.subscriptions.values() if each.provider_id == subscription_id), None
        )
        if found is None:
            raise refusals.not_found("Subscription", subscription_id)
        return found

    def start(
        self,
        order: Order,
        item: OrderItem,
        recurring: Recurring,
        amount: Decimal,
        status: str,
        coupon: Coupon | None,
    ) -> Subscription:
        """A recurring price was bought; `amount` is what each renewal will take."""
        now = self._desk.now()
        subscription = Subscription(
            id=self._desk.new_id(),
            provider_id=f"sub_1{self._desk.ids.alphanumeric(23)}",
            contact_id=order.contact_id,
            currency=order.currency,
            amount=amount,
            status=status,
            live=order.live,
            order_id=order.id,
            source=order.source,
            item=item,
            recurring=recurring,
            coupon_id=coupon.id if coupon else None,
            created_at=now,
            updated_at=now,
        )
        self._desk.state.subscriptions[subscription.id] = subscription
        return subscription

    def renew(self, subscription_id: str, card: str = "success") -> Transaction:
        """The next charge. Only a transaction comes of it: no order, and no event unless switched. Raises Refused: 404, 400."""
        subscription = self.get(subscription_id)
        if subscription.status in {"canceled", "expired"}:
            raise refusals.bad_request("The subscription has ended.")
        order = self._orders.get(subscription.order_id)
        transaction = self._transactions.charge(
            order, subscription.amount, card, subscription_id=subscription.provider_id
        )
        transaction.contact_id = subscription.contact_id
        subscription.status = "active" if transaction.status != "failed" else "unpaid"
        subscription.updated_at = self._desk.now()
        if transaction.status == "succeeded" and self._desk.switches.renewals_are_told:
            self._orders.complete(order)
        return transaction

    def cancel(self, subscription_id: str) -> Subscription:
        """A person ends the subscription."""
        subscription = self.get(subscription_id)
        subscription.status = "canceled"
        subscription.canceled_at = subscription.updated_at = self._desk.now()
        return subscription

    def flat(self, subscription: Subscription) -> dict[str, Any]:
        """A subscription as the list shows it."""
        contact = self._desk.state.contacts.get(subscription.contact_id)
        return {
            **self._shared(subscription),
            "contactName": contact.full_name if contact else "",
            "contactEmail": (contact.email if contact else None) or "",
            "entitySourceType": subscription.source.type,
            "entitySourceName": subscription.source.name,
            "entitySourceId": subscription.source.id,
            "entitySourceMeta": subscription.source.meta,
            "paymentProviderType": "stripe",
        }

    def nested(self, subscription: Subscription) -> dict[str, Any]:
        """A subscription as it is answered alone (reference 9.6)."""
        state = self._desk.state
        contact = state.contacts.get(subscription.contact_id)
        product = state.products.get(subscription.item.product_id)
        price = state.prices.get(subscription.item.price_id)
        started = dates.day_of(subscription.created_at, self._desk.kind.timezone)
        view = {
            **self._shared(subscription),
            "contactSnapshot": contact_views.snapshot(contact, state.location_id) if contact else {},
            "entitySource": source_view(self._orders.get(subscription.order_id)),
            "paymentProvider": {"type": "stripe"},
            "recurringProduct": {
                "product": {
                    "_id": subscription.item.product_id,
                    "name": product.name if product else subscription.item.name,
                },
                "price": {
                    "_id": subscription.item.price_id,
                    "name": price.name if price else "",
                    "amount": price.amount if price else subscription.amount,
                },
                "qty": subscription.item.qty,
            },
            "schedule": {
                "rrule": {
                    "intervalType": _INTERVALS[subscription.recurring.interval],
                    "interval": subscription.recurring.interval_count,
                    "startDate": started.isoformat(),
                }
            },
            "autoPayment": {},
            "markAsTest": False,
            "meta": {},
        }
        if subscription.canceled_at is not None:
            view |= {"canceledAt": subscription.canceled_at, "canceledBy": state.user_id}
        coupon = state.coupons.get(subscription.coupon_id or "")
        if coupon is not None:
            view["coupon"] = coupon_view(coupon)
        return view

    def _shared(self, subscription: Subscription) -> dict[str, Any]:
        return {
            "_id": subscription.id,
            "altId": self._desk.state.location_id,
            "altType": "location",
            "contactId": subscription.contact_id,
            "currency": subscription.currency,
            "amount": subscription.amount,
            "status": subscription.status,
            "liveMode": subscription.live,
            "entityType": "order",
            "entityId": subscription.order_id,
            "subscriptionId": subscription.provider_id,
            "subscriptionSnapshot": {"id": subscription.provider_id, "status": subscription.status},
            "createdAt": subscription.created_at,
            "updatedAt": subscription.updated_at,
        }
