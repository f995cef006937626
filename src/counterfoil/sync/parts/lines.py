"""Lines of QuickBooks documents: which item a line is, its unit price, and its wire form (R31, R35, R39)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct

from counterfoil import money
from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.quickbooks.entities.line import SALES_ITEM
from counterfoil.sync.facts import Choices
from counterfoil.sync.parts import naming

BEYOND_KEY = "beyond the lines"
BEYOND_NAME = "Other charges"
SHIPPING_KEY = "shipping"
SHIPPING_NAME = "Shipping"
NON_TAXABLE = "NON"
"""The US line code that makes QuickBooks add nothing (reference 15.2)."""

DESCRIPTION_MAX = 4000
UNIT_PRICE_PLACES_MAX = 10
LISTED_PLACES_MAX = 7
"""Prices are stored with about seven places (reference 13.3); one with more is the trace of somebody's binary float."""
_HALF_CENT = money.CENT / 2


class Sold(Struct, frozen=True, kw_only=True):
    """A line as it is going to stand in QuickBooks.

    `key` says which item it is (`item_key`). `amount` is in cents; `unit_price` is None where no price times the
    quantity gives the amount, then the amount alone rules (reference 13.3).
    """

    key: str
    name: str
    description: str = ""
    quantity: Decimal
    unit_price: Decimal | None
    amount: Decimal
    of_product: bool = False


def item_key(line: crm.Line) -> str:
    """What identifies the item of a line: the CRM's product, else the name (R39)."""
    return line.product_id or f"name/{naming.item_name(line.name).casefold()}"


def sold(line: crm.Line, amount: Decimal) -> Sold:
    """The CRM's line at this amount; its quantity and name stay."""
    return Sold(
        key=item_key(line),
        name=naming.plain(line.name, DESCRIPTION_MAX) or naming.item_name(line.name),
        description=line.description.strip(),
        quantity=line.quantity,
        unit_price=unit_price(amount, line.quantity, listed=line.unit_price),
        amount=amount,
        of_product=bool(line.product_id),
    )


def charge(key: str, name: str, amount: Decimal) -> Sold:
    """A line of its own for an amount that belongs to none of the CRM's lines."""
    return Sold(key=key, name=name, quantity=Decimal(1), unit_price=amount, amount=amount)


def unit_price(amount: Decimal, quantity: Decimal, *, listed: Decimal) -> Decimal | None:
    """The price that makes `price × quantity` round to `amount`: the listed one if it does, else the shortest.

    A product that lies exactly between two cents is avoided, so that it does not matter how QuickBooks rounds it
    (reference 13.3 knows that it rounds, not surely how). None when ten decimal places are not enough.
    """
    if not quantity:
        return _short(listed) if not amount else None
    if _places(listed) <= LISTED_PLACES_MAX and _gives(listed, quantity, amount):
        return _short(listed)
    exact = money.EXACT.divide(amount, quantity)
    for places in range(2, UNIT_PRICE_PLACES_MAX + 1):
        price = exact.quantize(money.unit(places), rounding=ROUND_HALF_EVEN, context=money.EXACT)
        if _gives(price, quantity, amount):
            return _short(price)
    return None


def wire(lines: tuple[Sold, ...], items: Mapping[str, str]) -> tuple[qb.Line, ...]:
    """The lines as QuickBooks takes them, all of them non-taxable (R35). `items` maps keys to item ids."""
    return tuple(
        qb.Line(
            amount=line.amount,
            description=_description(line),
            detail_type=SALES_ITEM,
            sales_item_line_detail=qb.SalesItemLineDetail(
                item_ref=qb.Ref(items[line.key]),
                unit_price=line.unit_price,
                qty=line.quantity,
                tax_code_ref=qb.Ref(NON_TAXABLE),
            ),
        )
        for line in lines
    )


def same_sale(one: tuple[qb.Line, ...] | None, other: tuple[qb.Line, ...] | None) -> bool:
    """Whether both say the same. Which item a name is mapped to does not count (R40).

    So a changed mapping alone never replaces lines that a bookkeeper has worked on.
    """
    return sayings(one) == sayings(other)


def sayings(lines: tuple[qb.Line, ...] | None) -> tuple[tuple[object, ...], ...]:
    """What the item lines tell the customer: names, amounts, quantities, prices."""
    return tuple(
        (
            line.description,
            line.amount,
            line.sales_item_line_detail.qty,
            line.sales_item_line_detail.unit_price,
        )
        for line in lines or ()
        if line.sales_item_line_detail is not None
    )


def general_item(line: Sold, choices: Choices) -> str:
    """The one item that lines without a product use by setting (R39); empty when this line has its own."""
    return "" if line.of_product else choices.general_item


def _gives(price: Decimal, quantity: Decimal, amount: Decimal) -> bool:
    return abs(money.EXACT.multiply(price, quantity) - amount) < _HALF_CENT


def _places(price: Decimal) -> int:
    exponent = price.normalize(money.EXACT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _short(price: Decimal) -> Decimal:
    """Without needless zeros and never with an exponent."""
    return price.quantize(money.unit(_places(price)), context=money.EXACT)


def _description(line: Sold) -> str:
    return "\n".join(filter(None, (line.name, line.description)))[:DESCRIPTION_MAX]
