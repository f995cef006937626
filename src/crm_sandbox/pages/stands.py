"""The places where customers buy: which there are, and what each of them sells (reference 9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from crm_sandbox.location.location import Location
from crm_sandbox.location.records import Price, Product
from crm_sandbox.pages.product_pages import price_text
from crm_sandbox.pages.rendering import notation_of

HOURS = (9, 11, 14)
DAYS = 4
_WEEKEND = 5
_NEEDS = {
    "all": "Add a product with a price.",
    "store": "Add a product with a price, and tick “Sold in the online store”.",
    "digital": "Add a digital product with a price.",
    "services": "Add a service with a price.",
}


@dataclass(frozen=True)
class Stand:
    """One public page. `sells` is what of the catalogue it offers; with `basket` several things at once."""

    key: str
    source: str
    title: str
    about: str
    press: str
    sells: Literal["all", "store", "digital", "services"] = "all"
    basket: bool = False
    two_steps: bool = False
    slots: bool = False
    upsells: bool = False

    @property
    def needs(self) -> str:
        """What has to be done before it sells anything."""
        return _NEEDS[self.sells]


STANDS: Mapping[str, Stand] = MappingProxyType(
    {
        each.key: each
        for each in (
            Stand(
                "order-form",
                "order_form",
                "Order form",
                "A funnel's one-step order form.",
                "Pay now",
                upsells=True,
            ),
            Stand(
                "two-step",
                "two_step",
                "Two-step order form",
                "First who, then how: the contact is there even if nobody pays.",
                "Pay now",
                two_steps=True,
                upsells=True,
            ),
            Stand(
                "store",
                "store",
                "Online store",
                "Several things in one basket.",
                "Pay now",
                "store",
                basket=True,
            ),
            Stand(
                "membership", "membership", "Members area", "Courses and memberships.", "Join now", "digital"
            ),
            Stand(
                "calendar",
                "calendar",
                "Book a meeting",
                "A paid appointment.",
                "Book and pay",
                "services",
                slots=True,
            ),
            Stand(
                "payment-link", "payment_link", "Payment link", "A link that asks for a payment.", "Pay now"
            ),
        )
    }
)


@dataclass(frozen=True)
class Offer:
    """A price as a customer sees it."""

    id: str
    name: str
    text: str
    about: str


def offers(stand: Stand, location: Location) -> list[Offer]:
    """What the stand sells, in the order of the catalogue."""
    state, notation = location.state, notation_of(location.kind)
    return [
        Offer(
            each.id,
            f"{product.name}, {each.name}",
            price_text(each, notation),
            _about(product, each, location),
        )
        for each in state.prices.values()
        if (product := state.products.get(each.product_id)) is not None and _sold(stand, product)
    ]


def slots(location: Location) -> list[str]:
    """The appointments that can be booked: the next working days, three times each, in the location's zone."""
    notation = notation_of(location.kind)
    now = location.desk.clock.now().astimezone(ZoneInfo(location.kind.timezone))
    days: list[datetime] = []
    while len(days) < DAYS:
        now += timedelta(days=1)
        if now.weekday() < _WEEKEND:
            days.append(now)
    return [notation.moment(each.replace(hour=hour, minute=0)) for each in days for hour in HOURS]


def _sold(stand: Stand, product: Product) -> bool:
    match stand.sells:
        case "store":
            return product.available_in_store
        case "digital":
            return "DIGITAL" in product.product_type
        case "services":
            return product.product_type == "SERVICE"
        case _:
            return True


def _about(product: Product, price: Price, location: Location) -> str:
    """What is said under an offer: setup fee, trial, taxes."""
    taxes = location.catalogue.taxes_of(product)
    said = []
    if price.trial_period:
        said.append(f"{price.trial_period} days free")
    if price.setup_fee:
        said.append(f"setup fee {notation_of(location.kind).money(price.setup_fee, price.currency)}")
    if taxes:
        names = " and ".join(each.name for each in taxes)
        said.append(f"{names} included" if product.tax_inclusive else f"plus {names}")
    return ", ".join(said)
