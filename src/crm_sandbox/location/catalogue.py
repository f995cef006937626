"""Products, their prices, and the location's taxes, which have no API of their own (reference 6, 10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from crm_sandbox.location import catalogue_bodies, refusals, shapes
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Price, Product, Recurring, Tax


class Catalogue:
    """What the location sells."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def product(self, product_id: str) -> Product:
        """The product. Raises Refused with 404."""
        product = self._desk.state.products.get(product_id)
        if product is None:
            raise refusals.not_found("Product", product_id)
        return product

    def price(self, product_id: str, price_id: str) -> Price:
        """The price of this product. Raises Refused with 404."""
        price = self._desk.state.prices.get(price_id)
        if price is None or price.product_id != product_id:
            raise refusals.not_found("Price", price_id)
        return price

    def prices(self, product_id: str) -> list[Price]:
        """All prices of a product, oldest first. Raises Refused with 404."""
        self.product(product_id)
        return [price for price in self._desk.state.prices.values() if price.product_id == product_id]

    def products(
        self, *, search: str = "", ids: tuple[str, ...] = (), in_store: bool | None = None
    ) -> list[Product]:
        """Products whose name contains `search`, newest first."""
        found = [
            product
            for product in self._desk.state.products.values()
            if search.casefold() in product.name.casefold()
            and (not ids or product.id in ids)
            and (in_store is None or product.available_in_store == in_store)
        ]
        return sorted(found, key=lambda each: (each.created_at, each.id), reverse=True)

    def create_product(self, body: object) -> Product:
        """A new product. Raises Refused: 422; 400 for a tax that does not exist."""
        given = self._checked_product(catalogue_bodies.PRODUCT, body)
        now = self._desk.now()
        product = Product(id=self._desk.new_id(), created_at=now, updated_at=now, **_product(given))
        self._desk.state.products[product.id] = product
        self._desk.tell("ProductCreate", self._product_event(product))
        return product

    def replace_product(self, product_id: str, body: object) -> Product:
        """Writes the whole product anew; its prices stay. Raises Refused: 404, 422, 400."""
        old = self.product(product_id)
        given = self._checked_product(catalogue_bodies.REPLACE_PRODUCT, body)
        product = msgspec.structs.replace(old, updated_at=self._desk.now(), **_product(given))
        self._desk.state.products[product_id] = product
        self._desk.tell("ProductUpdate", self._product_event(product))
        return product

    def create_price(self, product_id: str, body: object) -> Price:
        """A new price of a product. Raises Refused: 404, 422."""
        self.product(product_id)
        given = _checked_price(body)
        now = self._desk.now()
        price = Price(
            id=self._desk.new_id(), product_id=product_id, created_at=now, updated_at=now, **_price(given)
        )
        self._desk.state.prices[price.id] = price
        self._desk.tell("PriceCreate", self._price_event(price))
        return price

    def replace_price(self, product_id: str, price_id: str, body: object) -> Price:
        """Writes the whole price anew. Raises Refused: 404, 422."""
        old = self.price(product_id, price_id)
        price = msgspec.structs.replace(old, updated_at=self._desk.now(), **_price(_checked_price(body)))
        self._desk.state.prices[price_id] = price
        self._desk.tell("PriceUpdate", self._price_event(price))
        return price

    def reprice(self, price_id: str, amount: Decimal) -> Price:
        """Somebody changes what a price costs, in the middle of whatever goes on. Raises Refused with 404."""
        price = self._desk.state.prices.get(price_id)
        if price is None:
            raise refusals.not_found("Price", price_id)
        price.amount, price.updated_at = amount, self._desk.now()
        self._desk.tell("PriceUpdate", self._price_event(price))
        return price

    def delete_price(self, product_id: str, price_id: str) -> None:
        """Removes one price. Raises Refused with 404."""
        price = self.price(product_id, price_id)
        del self._desk.state.prices[price_id]
        self._desk.tell("PriceDelete", self._price_event(price))

    def delete_product(self, product_id: str) -> None:
        """A person deletes a product with its prices. Raises Refused with 404."""
        product = self.product(product_id)
        for price in self.prices(product_id):
            self.delete_price(product_id, price.id)
        del self._desk.state.products[product_id]
        self._desk.tell("ProductDelete", self._product_event(product))

    def tax_of(self, tax_id: str) -> Tax:
        """The location's tax. Raises Refused with 400."""
        tax = self._desk.state.taxes.get(tax_id)
        if tax is None:
            raise refusals.bad_request(f"Tax with id {tax_id} does not exist.")
        return tax

    def taxes_of(self, product: Product) -> tuple[Tax, ...]:
        """The taxes that this product is sold with."""
        known = self._desk.state.taxes
        return tuple(known[each] for each in product.taxes if each in known) if product.taxes_enabled else ()

    def product_view(self, product: Product, *, with_taxes: bool = False) -> dict[str, Any]:
        """A product as the API answers it; `expand=tax` turns the ids of taxes into taxes."""
        taxes: list[Any] = list(product.taxes)
        if with_taxes:
            known = self._desk.state.taxes
            taxes = [tax_view(known[each]) for each in product.taxes if each in known]
        view = {
            "_id": product.id,
            "locationId": self._desk.state.location_id,
            "name": product.name,
            "description": product.description,
            "productType": product.product_type,
            "availableInStore": product.available_in_store,
            "image": product.image,
            "statementDescriptor": product.statement_descriptor,
            "variants": product.variants,
            "medias": product.medias,
            "collectionIds": product.collection_ids,
            "isTaxesEnabled": product.taxes_enabled,
            "taxes": taxes,
            "taxInclusive": product.tax_inclusive,
            "automaticTaxCategoryId": product.automatic_tax_category_id,
            "label": product.label,
            "slug": product.slug,
            "createdAt": product.created_at,
            "updatedAt": product.updated_at,
        }
        return {name: value for name, value in view.items() if value is not None}

    def price_view(self, price: Price) -> dict[str, Any]:
        """A price as the API answers it (reference 6)."""
        view = {
            "_id": price.id,
            "product": price.product_id,
            "locationId": self._desk.state.location_id,
            "userId": self._desk.state.user_id,
            "name": price.name,
            "type": price.type,
            "currency": price.currency,
            "amount": price.amount,
            "recurring": _recurring_view(price.recurring),
            "variantOptionIds": price.variant_option_ids,
            "membershipOffers": price.membership_offers,
            "compareAtPrice": price.compare_at_price,
            "trackInventory": price.track_inventory,
            "availableQuantity": price.available_quantity,
            "allowOutOfStockPurchases": price.allow_out_of_stock_purchases,
            "createdAt": price.created_at,
            "updatedAt": price.updated_at,
        }
        return {name: value for name, value in view.items() if value is not None}

    def _checked_product(self, shape: shapes.Object, body: object) -> dict[str, Any]:
        """The body of a product. Raises Refused: 422; 400 for a tax that does not exist."""
        given = shapes.check(shape, body)
        taxes = given.get("taxes", [])
        if given.get("isTaxesEnabled") and not taxes:
            raise refusals.unprocessable(["taxes should not be empty"])
        for each in taxes:
            self.tax_of(each)
        return given

    def _product_event(self, product: Product) -> dict[str, Any]:
        leaves_out = {
            "locationId",
            "collectionIds",
            "isTaxesEnabled",
            "taxes",
            "taxInclusive",
            "label",
            "slug",
        }
        view = self.product_view(product)
        kept = {name: value for name, value in view.items() if name not in leaves_out}
        return {**kept, "userId": self._desk.state.user_id}

    def _price_event(self, price: Price) -> dict[str, Any]:
        view = self.price_view(price)
        del view["locationId"]
        return {"priceType": view.pop("type"), **view}


def tax_view(tax: Tax) -> dict[str, Any]:
    """A tax as it stands on products, items and orders."""
    view = {
        "_id": tax.id,
        "name": tax.name,
        "rate": tax.rate,
        "calculation": "exclusive",
        "description": tax.description,
        "taxId": tax.tax_id,
    }
    return {name: value for name, value in view.items() if value is not None}


def price_on_order(price: Price) -> dict[str, Any]:
    """A price as it stands on the line of an order."""
    view = {
        "_id": price.id,
        "name": price.name,
        "type": price.type,
        "currency": price.currency,
        "amount": price.amount,
        "compareAtPrice": price.compare_at_price,
        "recurring": _recurring_view(price.recurring),
        "variantOptionIds": price.variant_option_ids,
    }
    return {name: value for name, value in view.items() if value is not None}


def _product(given: dict[str, Any]) -> dict[str, Any]:
    """The members of a product as they are kept, from a checked body."""
    return {
        "name": given["name"],
        "product_type": given["productType"],
        "description": given.get("description"),
        "image": given.get("image"),
        "statement_descriptor": given.get("statementDescriptor"),
        "available_in_store": given.get("availableInStore", False),
        "taxes_enabled": given.get("isTaxesEnabled", False),
        "taxes": given.get("taxes", []),
        "tax_inclusive": given.get("taxInclusive", False),
        "variants": given.get("variants", []),
        "medias": given.get("medias", []),
        "collection_ids": given.get("collectionIds", []),
        "automatic_tax_category_id": given.get("automaticTaxCategoryId"),
        "label": given.get("label"),
        "slug": given.get("slug"),
    }


def _checked_price(body: object) -> dict[str, Any]:
    given = shapes.check(catalogue_bodies.PRICE, body)
    if given["type"] == "recurring" and "recurring" not in given:
        raise refusals.unprocessable(["recurring must be an object"])
    return given


def _price(given: dict[str, Any]) -> dict[str, Any]:
    """The members of a price as they are kept, from a checked body."""
    return {
        "name": given["name"],
        "type": given["type"],
        "currency": given["currency"],
        "amount": Decimal(given["amount"]),
        "recurring": _recurring(given),
        "trial_period": given.get("trialPeriod"),
        "total_cycles": given.get("totalCycles"),
        "setup_fee": given.get("setupFee"),
        "compare_at_price": given.get("compareAtPrice"),
        "variant_option_ids": given.get("variantOptionIds", []),
        "membership_offers": given.get("membershipOffers", []),
        "track_inventory": given.get("trackInventory"),
        "available_quantity": given.get("availableQuantity", 0),
        "allow_out_of_stock_purchases": given.get("allowOutOfStockPurchases", False),
    }


def _recurring(given: dict[str, Any]) -> Recurring | None:
    said = given.get("recurring")
    if said is None:
        return None
    return msgspec.convert(
        {"interval": said["interval"], "interval_count": int(said["intervalCount"])}, type=Recurring
    )


def _recurring_view(recurring: Recurring | None) -> dict[str, Any] | None:
    if recurring is None:
        return None
    return {"interval": recurring.interval, "intervalCount": recurring.interval_count}
