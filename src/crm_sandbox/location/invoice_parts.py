"""The parts of an invoice, from a checked body to records, and what they come to (reference 7.4, 10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crm_sandbox.location import amounts
from crm_sandbox.location.kinds import Kind
from crm_sandbox.location.records import Discount, Invoice, Item, Sums, Tax


def item(item_id: str, given: dict[str, Any]) -> Item:
    """A line as a caller writes it."""
    return Item(
        id=item_id,
        name=given["name"],
        currency=given["currency"],
        amount=Decimal(given["amount"]),
        qty=Decimal(given["qty"]),
        type=given.get("type", "one_time"),
        description=given.get("description"),
        product_id=given.get("productId"),
        price_id=given.get("priceId"),
        taxes=[_tax(each) for each in given.get("taxes") or []],
        tax_inclusive=given.get("taxInclusive") or False,
        automatic_tax_category_id=given.get("automaticTaxCategoryId"),
        is_setup_fee_item=given.get("isSetupFeeItem") or False,
    )


def _tax(given: dict[str, Any]) -> Tax:
    return Tax(
        id=given["_id"],
        name=given["name"],
        rate=Decimal(given["rate"]),
        description=given.get("description"),
        tax_id=given.get("taxId"),
    )


def discount(given: dict[str, Any]) -> Discount:
    """A discount as a caller writes it."""
    return Discount(
        type=given["type"],
        value=Decimal(given.get("value") or 0),
        valid_on_product_ids=tuple(given.get("validOnProductIds") or ()),
    )


def contact_details(given: dict[str, Any]) -> dict[str, Any]:
    """Whom the invoice is for, as a caller writes it."""
    kept = {name: value for name, value in given.items() if value is not None}
    return {"additionalEmails": [], "customFields": [], **kept}


def sums(invoice: Invoice, kind: Kind) -> Sums:
    """What the lines come to. Where HighLevel's tax service works, it taxes them and leaves no tax on them (reference 10)."""
    automatic = taxed_automatically(invoice, kind)
    rates = tuple(Tax(id=each.id, name=each.name, rate=each.rate) for each in kind.taxes)
    lines = [
        amounts.Line(
            qty=each.qty,
            amount=each.amount,
            taxes=rates if automatic else tuple(each.taxes),
            inclusive=each.tax_inclusive,
            product_id=each.product_id,
        )
        for each in invoice.items
    ]
    found = amounts.totals(lines, invoice.discount, invoice.currency)
    return Sums(sub_total=found.sub_total, discount=found.discount, tax=found.tax, total=found.total)


def taxed_automatically(invoice: Invoice, kind: Kind) -> bool:
    """Whether the tax service, which there is in the US, says what the tax is."""
    return invoice.automatic_taxes_enabled and kind.country == "US"
