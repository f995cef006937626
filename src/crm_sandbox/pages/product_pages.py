"""Products with their prices and taxes."""

from __future__ import annotations

from typing import Any

from crm_sandbox.location.records import Price
from crm_sandbox.pages.listing import page
from crm_sandbox.pages.rendering import notation_of
from crm_sandbox.pages.site import Deed, Form, Go, Look, Row, Show, Visit
from sandbox_kit.notation import Notation

TYPES = (
    ("SERVICE", "Service"),
    ("DIGITAL", "Digital"),
    ("PHYSICAL", "Physical"),
    ("PHYSICAL/DIGITAL", "Physical and digital"),
)
_NOT_ON_THE_CARD = ("image", "statementDescriptor", "variants", "medias", "collectionIds", "slug")
INTERVALS = (
    ("", "Once"),
    ("day", "Every day"),
    ("week", "Every week"),
    ("month", "Every month"),
    ("year", "Every year"),
)


def rows() -> list[Row]:
    """The pages of products."""
    one = "/crm/products/{id}"
    return [
        Look("/crm/products", _list),
        Look("/crm/products/new", _new),
        Deed("/crm/products/new", _create, _new),
        Look(one, _card),
        Deed(one, _save, _card),
        Deed(f"{one}/delete", _delete, _card),
        Deed(f"{one}/prices", _add_price, _card),
        Deed(f"{one}/prices/{{price}}/change", _reprice, _card),
        Deed(f"{one}/prices/{{price}}/delete", _delete_price, _card),
    ]


def price_text(price: Price, notation: Notation) -> str:
    """$49.00 a month; $80.00."""
    text = notation.money(price.amount, price.currency)
    if price.recurring is None:
        return text
    count, interval = price.recurring.interval_count, price.recurring.interval
    return f"{text} every {count} {interval}s" if count > 1 else f"{text} a {interval}"


def _list(visit: Visit) -> Show:
    location = visit.location
    wanted = visit.query.text("search").casefold()
    found = page(visit, (each for each in location.state.products.values() if wanted in each.name.casefold()))
    notation = notation_of(location.kind)
    prices = {
        each.id: ", ".join(price_text(price, notation) for price in location.catalogue.prices(each.id))
        for each in found.rows
    }
    taxes = {each.id: location.catalogue.taxes_of(each) for each in found.rows}
    return Show("products.html", {"page": found, "prices": prices, "taxes": taxes})


def _new(visit: Visit) -> Show:
    return Show("product.html", {**_choices(visit), "product": None, "prices": []})


def _create(visit: Visit) -> Go:
    amount = visit.form.number("amount")
    if amount is not None and amount < 0:
        raise ValueError("A price needs an amount of 0 or more")
    product = visit.location.catalogue.create_product(_typed(visit))
    if amount is not None:
        visit.location.catalogue.create_price(product.id, _price(visit))
    return Go(f"/crm/products/{product.id}", "created")


def _card(visit: Visit) -> Show:
    catalogue = visit.location.catalogue
    product = catalogue.product(visit.path["id"])
    notation = notation_of(visit.location.kind)
    prices = [(each, price_text(each, notation)) for each in catalogue.prices(product.id)]
    return Show("product.html", {**_choices(visit), "product": product, "prices": prices})


def _save(visit: Visit) -> Go:
    catalogue = visit.location.catalogue
    shown = catalogue.product_view(catalogue.product(visit.path["id"]))
    kept = {name: shown[name] for name in _NOT_ON_THE_CARD if name in shown}
    product = catalogue.replace_product(visit.path["id"], {**kept, **_typed(visit)})
    return Go(f"/crm/products/{product.id}", "saved")


def _delete(visit: Visit) -> Go:
    visit.location.catalogue.delete_product(visit.path["id"])
    return Go("/crm/products", "deleted")


def _add_price(visit: Visit) -> Go:
    visit.location.catalogue.create_price(visit.path["id"], _price(visit))
    return Go(f"/crm/products/{visit.path['id']}", "created")


def _reprice(visit: Visit) -> Go:
    catalogue = visit.location.catalogue
    catalogue.price(visit.path["id"], visit.path["price"])
    amount = visit.form.number("amount")
    if amount is None or amount < 0:
        raise ValueError("A price needs an amount of 0 or more")
    catalogue.reprice(visit.path["price"], amount)
    return Go(f"/crm/products/{visit.path['id']}", "saved")


def _delete_price(visit: Visit) -> Go:
    visit.location.catalogue.delete_price(visit.path["id"], visit.path["price"])
    return Go(f"/crm/products/{visit.path['id']}", "deleted")


def _choices(visit: Visit) -> dict[str, Any]:
    return {"types": TYPES, "intervals": INTERVALS, "taxes": list(visit.location.state.taxes.values())}


def _typed(visit: Visit) -> dict[str, Any]:
    form, taxes = visit.form, [each for each in visit.form.texts("tax") if each]
    return {
        "locationId": visit.location.id,
        "name": form.text("name"),
        "productType": form.text("productType"),
        "description": form.text("description") or None,
        "availableInStore": form.flag("availableInStore"),
        "isTaxesEnabled": bool(taxes),
        "taxes": taxes,
        "taxInclusive": form.flag("taxInclusive"),
    }


def _price(visit: Visit) -> dict[str, Any]:
    form: Form = visit.form
    interval = form.text("interval")
    body: dict[str, Any] = {
        "locationId": visit.location.id,
        "name": form.text("priceName") or "Standard",
        "type": "recurring" if interval else "one_time",
        "currency": visit.location.kind.currency,
        "amount": form.number("amount"),
        "setupFee": form.number("setupFee"),
        "trialPeriod": form.number("trialPeriod"),
    }
    if interval:
        body["recurring"] = {"interval": interval, "intervalCount": 1}
    return body
