"""Orders and how they look: flat on lists, nested alone and in webhooks (reference 9.3)."""

from __future__ import annotations

from typing import Any

from crm_sandbox.location import catalogue, contact_views, refusals
from crm_sandbox.location.catalogue import price_on_order
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import ZERO, Coupon, Invoice, Order, OrderItem, Product, Source


class Orders:
    """The sales documents of checkouts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get(self, order_id: str) -> Order:
        """The order. Raises Refused with 404."""
        order = self._desk.state.orders.get(order_id)
        if order is None:
            raise refusals.not_found("Order", order_id)
        return order

    def complete(self, order: Order) -> None:
        """The order is paid (or costs nothing)."""
        order.status = "completed"
        order.updated_at = self._desk.now()
        self._desk.tell("OrderStatusUpdate", self.webhook(order))

    def of_invoice(self, invoice: Invoice) -> Order:
        """The order that stands beside an invoice with payments where the original makes one (reference 9.1); told."""
        known = self._desk.state.orders.get(invoice.order_id or "")
        order = known or self._from_invoice(invoice)
        if known is None:
            invoice.order_id = order.id
            self._desk.state.orders[order.id] = order
            self._desk.tell("OrderCreate", self.webhook(order))
        if invoice.status == "paid":
            self.complete(order)
        return order

    def _from_invoice(self, invoice: Invoice) -> Order:
        contact = self._desk.state.contacts.get(invoice.contact_details["id"])
        now = self._desk.now()
        return Order(
            id=self._desk.new_id(),
            contact_id=invoice.contact_details["id"],
            contact_snapshot=contact_views.snapshot(contact, self._desk.state.location_id) if contact else {},
            currency=invoice.currency,
            amount=invoice.total,
            subtotal=invoice.sums.sub_total,
            discount=invoice.sums.discount,
            tax=invoice.sums.tax,
            taxes=[],
            live=invoice.live,
            source=Source(type=invoice.origin, id=invoice.id, name=invoice.name),
            items=[
                OrderItem(
                    name=item.name,
                    qty=item.qty,
                    amount=item.amount,
                    product_id=item.product_id or "",
                    price_id=item.price_id or "",
                    taxes=tuple(item.taxes),
                    tax_inclusive=item.tax_inclusive,
                )
                for item in invoice.items
            ],
            tracking_id=self._desk.ids.uuid(),
            fingerprint=self._desk.ids.uuid(),
            created_at=now,
            updated_at=now,
        )

    def payment_status(self, order: Order) -> str:
        """paid, unpaid, refunded or partially_paid: a filter of the list, not a member (reference 9.3)."""
        paid = [
            each
            for each in self._desk.state.transactions.values()
            if each.entity_id == order.id and each.status in {"succeeded", "refunded"}
        ]
        if not paid:
            return "paid" if order.status == "completed" else "unpaid"
        if all(each.status == "refunded" for each in paid):
            return "refunded"
        return "paid" if sum((each.amount for each in paid), ZERO) >= order.amount else "partially_paid"

    def flat(self, order: Order) -> dict[str, Any]:
        """An order as the list shows it."""
        coupon = self._desk.state.coupons.get(order.coupon_id or "")
        recurring = sum(1 for item in order.items if self._recurs(item))
        view = {
            "_id": order.id,
            "altId": self._desk.state.location_id,
            "altType": "location",
            "contactId": order.contact_id,
            "contactName": _name(order),
            "contactEmail": order.contact_snapshot.get("email"),
            "currency": order.currency,
            "amount": order.amount,
            "subtotal": order.subtotal,
            "discount": order.discount,
            "couponCode": coupon.code if coupon else None,
            "status": order.status,
            "liveMode": order.live,
            "totalProducts": len(order.items),
            "onetimeProducts": len(order.items) - recurring,
            "recurringProducts": recurring,
            "sourceType": order.source.type,
            "sourceSubType": order.source.sub_type,
            "sourceName": order.source.name,
            "sourceId": order.source.id,
            "sourceMeta": order.source.meta,
            "fulfillmentStatus": "unfulfilled",
            "createdAt": order.created_at,
            "updatedAt": order.updated_at,
        }
        return {name: value for name, value in view.items() if value is not None}

    def nested(self, order: Order) -> dict[str, Any]:
        """An order as it is answered alone."""
        coupon = self._desk.state.coupons.get(order.coupon_id or "")
        view = {
            **self.webhook(order),
            "contactSnapshot": {
                name: order.contact_snapshot[name]
                for name in ("email", "firstName", "lastName", "phone")
                if name in order.contact_snapshot
            },
            "markAsTest": False,
            "automaticTaxesCalculated": False,
            "taxCalculationProvider": None,
            "trackingId": order.tracking_id,
            "fingerprint": order.fingerprint,
        }
        if coupon is not None:
            view["coupon"] = coupon_view(coupon)
        return view

    def webhook(self, order: Order) -> dict[str, Any]:
        """An order as an event carries it; there is no coupon in it."""
        return {
            "_id": order.id,
            "altId": self._desk.state.location_id,
            "altType": "location",
            "contactId": order.contact_id,
            "contactSnapshot": order.contact_snapshot,
            "currency": order.currency,
            "amount": order.amount,
            "status": order.status,
            "liveMode": order.live,
            "fulfillmentStatus": "unfulfilled",
            "amountSummary": {
                "subtotal": order.subtotal,
                "discount": order.discount,
                "tax": order.tax,
                "shipping": order.shipping,
            },
            "taxSummary": [{**catalogue.tax_view(each.tax), "amount": each.amount} for each in order.taxes],
            "source": source_view(order),
            "items": [self._item(item, order.currency) for item in order.items],
            "createdAt": order.created_at,
            "updatedAt": order.updated_at,
        }

    def _item(self, item: OrderItem, currency: str) -> dict[str, Any]:
        """A line with product and price as they are today, or as they were when they are gone."""
        product = self._desk.state.products.get(item.product_id)
        price = self._desk.state.prices.get(item.price_id)
        return {
            "name": item.name,
            "qty": item.qty,
            "product": {
                **(_product(product) if product else {"_id": item.product_id, "name": item.name}),
                "taxes": [catalogue.tax_view(each) for each in item.taxes],
                **({"taxInclusive": True} if item.tax_inclusive else {}),
            },
            "price": price_on_order(price)
            if price
            else {"_id": item.price_id, "type": "one_time", "currency": currency, "amount": item.amount},
        }

    def _recurs(self, item: OrderItem) -> bool:
        price = self._desk.state.prices.get(item.price_id)
        return price is not None and price.type == "recurring"


def coupon_view(coupon: Coupon) -> dict[str, Any]:
    """A coupon as an order or a subscription keeps it."""
    return {
        "_id": coupon.id,
        "code": coupon.code,
        "name": coupon.name,
        "discountType": coupon.discount_type,
        "discountValue": coupon.discount_value,
    }


def source_view(order: Order) -> dict[str, Any]:
    """Where the sale happened."""
    source = order.source
    view: dict[str, Any] = {"type": source.type, "id": source.id, "name": source.name, "meta": source.meta}
    if source.sub_type is not None:
        view["subType"] = source.sub_type
    return view


def _product(product: Product) -> dict[str, Any]:
    view: dict[str, Any] = {
        "_id": product.id,
        "name": product.name,
        "availableInStore": product.available_in_store,
        "variants": product.variants,
    }
    if product.description is not None:
        view["description"] = product.description
    return view


def _name(order: Order) -> str:
    names = (order.contact_snapshot.get("firstName"), order.contact_snapshot.get("lastName"))
    return " ".join(name for name in names if name)
