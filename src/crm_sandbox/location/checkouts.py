"""A buyer's checkout: contact, order, charge, and a subscription where the price recurs (reference 9.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import Struct

from crm_sandbox.location import amounts, cards, checkout_bodies, contact_views, shapes
from crm_sandbox.location.catalogue import Catalogue
from crm_sandbox.location.contacts import Contacts
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.orders import Orders
from crm_sandbox.location.places import PLACES, Place
from crm_sandbox.location.records import (
    ZERO,
    Author,
    Contact,
    Coupon,
    Discount,
    Order,
    OrderItem,
    Price,
    Source,
    Subscription,
    Tax,
    TaxAmount,
    Transaction,
)
from crm_sandbox.location.subscriptions import Subscriptions
from crm_sandbox.location.transactions import Transactions


class Sale(Struct, frozen=True):
    """What came of a checkout."""

    contact: Contact
    order: Order
    transactions: list[Transaction]
    subscription: Subscription | None


class Checkouts:
    """Lets buyers buy."""

    def __init__(
        self,
        desk: Desk,
        contacts: Contacts,
        catalogue: Catalogue,
        orders: Orders,
        transactions: Transactions,
        subscriptions: Subscriptions,
    ) -> None:
        self._desk = desk
        self._contacts = contacts
        self._catalogue = catalogue
        self._orders = orders
        self._transactions = transactions
        self._subscriptions = subscriptions

    def buy(self, body: object) -> Sale:
        """One checkout from filled form to charged card; told by OrderCreate, then OrderStatusUpdate when it is paid.

        An order of nothing has no transaction (reference 9.3). Raises Refused with 422, ValueError for an unknown card.
        """
        given = shapes.check(checkout_bodies.CHECKOUT, body)
        card = given.get("card", "success")
        cards.charge(card, ZERO, self._desk.kind.currency, self._desk)
        place = PLACES[given["source"]]
        items = [self._item(each) for each in given["items"]]
        contact = self._buyer(given["contact"], place)
        coupon = self._coupon(given.get("coupon"))
        order = self._order(given, items, contact, coupon, place)
        self._desk.tell("OrderCreate", self._orders.webhook(order))
        subscription = self._subscribe(order, items, given["items"], coupon)
        due = order.amount
        if subscription is not None:
            due = _first_charge(order, given["items"], items, self._desk)
        made = []
        if due > 0:
            made.append(
                self._transactions.charge(
                    order, due, card, subscription_id=subscription.provider_id if subscription else None
                )
            )
        if not made or made[0].status == "succeeded":
            self._orders.complete(order)
        return Sale(contact, order, made, subscription)

    def _buyer(self, given: dict[str, Any], place: Place) -> Contact:
        """The contact with the buyer's e-mail, else phone, else a new one."""
        body = {"locationId": self._desk.state.location_id, **given}
        known = self._contacts.with_email(given["email"]) or self._contacts.with_phone(given.get("phone"))
        if known is not None:
            return known
        contact, _ = self._contacts.upsert(
            {**body, "source": place.name}, Author("FORM", "CHECKOUT", place.name)
        )
        return contact

    def _item(self, given: dict[str, Any]) -> tuple[OrderItem, Price]:
        price = self._price(given)
        product = self._catalogue.product(price.product_id)
        taxes = tuple(self._tax(each) for each in given["taxes"]) if "taxes" in given else ()
        line = OrderItem(
            name=given.get("name") or f"{product.name} - {price.name}",
            qty=Decimal(given.get("qty", 1)),
            amount=price.amount,
            product_id=product.id,
            price_id=price.id,
            taxes=taxes or self._catalogue.taxes_of(product),
            tax_inclusive=given.get("tax_inclusive", product.tax_inclusive),
        )
        return line, price

    def _price(self, given: dict[str, Any]) -> Price:
        """The price that is bought; a product or price that the catalogue does not have yet is added to it."""
        state = self._desk.state
        product = state.products.get(given.get("product", "")) or next(
            (each for each in state.products.values() if each.name == given.get("name")), None
        )
        if product is None:
            if "name" not in given or "price" not in given:
                raise ValueError("an item needs `product` (an id of the catalogue), or `name` and `price`")
            product = self._catalogue.create_product(
                {"name": given["name"], "locationId": state.location_id, "productType": "DIGITAL"}
            )
        prices = self._catalogue.prices(product.id)
        wanted = given.get("price")
        kind = "recurring" if "recurring" in given else "one_time"
        for price in prices:
            fits = price.id == given["price_id"] if "price_id" in given else wanted in (None, price.amount)
            if fits and ("recurring" not in given or price.type == kind):
                return price
        if wanted is None:
            raise ValueError(f"{product.name} has no such price; see GET /products/{product.id}/price")
        return self._catalogue.create_price(product.id, self._new_price(given, kind, wanted))

    def _new_price(self, given: dict[str, Any], kind: str, amount: Any) -> dict[str, Any]:
        body = {
            "name": "Standard",
            "locationId": self._desk.state.location_id,
            "type": kind,
            "currency": self._desk.kind.currency,
            "amount": amount,
        }
        if kind == "recurring":
            body["recurring"] = {"intervalCount": 1, **given["recurring"]}
        return body

    def _tax(self, given: dict[str, Any]) -> Tax:
        known = self._desk.state.taxes.get(given.get("_id", ""))
        return known or Tax(
            id=given.get("_id") or self._desk.new_id(), name=given["name"], rate=Decimal(given["rate"])
        )

    def _coupon(self, given: dict[str, Any] | None) -> Coupon | None:
        """The coupon of this code, made when the location has none."""
        if given is None:
            return None
        state = self._desk.state
        coupon = next((each for each in state.coupons.values() if each.code == given["code"]), None)
        if coupon is None:
            now = self._desk.now()
            coupon = Coupon(
                id=self._desk.new_id(),
                code=given["code"],
                name=given["code"].capitalize(),
                discount_type=given["type"],
                discount_value=Decimal(given["value"]),
                apply_to_future_payments=given.get("apply_to_future_payments", False),
                created_at=now,
                updated_at=now,
            )
            state.coupons[coupon.id] = coupon
        coupon.usage_count += 1
        return coupon

    def _order(
        self,
        given: dict[str, Any],
        items: list[tuple[OrderItem, Price]],
        contact: Contact,
        coupon: Coupon | None,
        place: Place,
    ) -> Order:
        desk, currency = self._desk, self._desk.kind.currency
        lines = [_line(item, price) for item, price in items]
        sums = amounts.totals(lines, discount_of(coupon), currency)
        shipping = amounts.rounded(Decimal(given.get("shipping", 0)), currency)
        now = desk.now()
        order = Order(
            id=desk.new_id(),
            contact_id=contact.id,
            contact_snapshot=contact_views.snapshot(contact, desk.state.location_id),
            currency=currency,
            amount=sums.total + shipping,
            subtotal=sums.sub_total,
            discount=sums.discount,
            tax=sums.tax,
            shipping=shipping,
            taxes=[TaxAmount(tax=each.tax, amount=each.amount) for each in sums.taxes],
            live=not given.get("test_mode", False),
            source=self._source(place),
            items=[item for item, _ in items],
            coupon_id=coupon.id if coupon else None,
            tracking_id=desk.ids.uuid(),
            fingerprint=desk.ids.uuid(),
            created_at=now,
            updated_at=now,
        )
        desk.state.orders[order.id] = order
        return order

    def _source(self, place: Place) -> Source:
        """The place with an id that stays the same from sale to sale."""
        state = self._desk.state
        known = (o.source for o in state.orders.values() if o.source.name == place.name)
        found = next(
            (each for each in known if (each.type, each.sub_type) == (place.type, place.sub_type)), None
        )
        return found or Source(
            type=place.type,
            sub_type=place.sub_type,
            id=self._desk.ids.alphanumeric(20),
            name=place.name,
            meta=self._page(place),
        )

    def _page(self, place: Place) -> dict[str, str]:
        """The page of a funnel or website that the checkout stands on."""
        if place.type not in {"funnel", "website"}:
            return {}
        return {
            "domain": "go.harbourhome.example",
            "pageUrl": "/checkout",
            "pageId": self._desk.ids.alphanumeric(20),
            "stepId": self._desk.ids.uuid(),
        }

    def _subscribe(
        self,
        order: Order,
        items: list[tuple[OrderItem, Price]],
        given: list[dict[str, Any]],
        coupon: Coupon | None,
    ) -> Subscription | None:
        for (item, price), said in zip(items, given, strict=True):
            if price.recurring is None:
                continue
            kept = coupon if coupon and coupon.apply_to_future_payments else None
            sums = amounts.totals([_line(item, price)], discount_of(kept), order.currency)
            status = "trialing" if _trial(said, price) else "active"
            return self._subscriptions.start(order, item, price.recurring, sums.total, status, kept)
        return None


def discount_of(coupon: Coupon | None) -> Discount | None:
    """What a coupon takes off."""
    if coupon is None:
        return None
    if coupon.discount_type == "percentage":
        return Discount(type="percentage", value=coupon.discount_value)
    return Discount(type="fixed", value=coupon.discount_value)


def _line(item: OrderItem, price: Price) -> amounts.Line:
    return amounts.Line(
        qty=item.qty,
        amount=price.amount,
        taxes=item.taxes,
        inclusive=item.tax_inclusive,
        product_id=item.product_id,
    )


def _first_charge(
    order: Order, given: list[dict[str, Any]], items: list[tuple[OrderItem, Price]], desk: Desk
) -> Decimal:
    """What is taken at once: nothing for what is on trial, and the setup fees (reference 9.3: trust the transaction)."""
    due = order.amount
    for said, (item, price) in zip(given, items, strict=True):
        if _trial(said, price):
            due -= amounts.totals([_line(item, price)], None, order.currency).total
        due += Decimal(said.get("setup_fee", price.setup_fee or 0))
    return amounts.rounded(max(due, ZERO), desk.kind.currency)


def _trial(said: dict[str, Any], price: Price) -> int:
    """The days on trial that the checkout names, else those of the price."""
    days: int = said.get("trial_days", price.trial_period or 0)
    return days
