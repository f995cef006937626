"""The arithmetic of a sale: lines, one discount, taxes; exact fractions inside, rounded half up where money is named.

The order of calculation is documented (reference 10: discount before tax, several taxes add up, an inclusive price
contains its tax), the rounding is not. Here each line, the discount and each tax of the document are rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from msgspec import Struct

from crm_sandbox.location.records import Discount, Tax

_PLACES: Mapping[str, int] = MappingProxyType(
    {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}
)


class Line(Struct, frozen=True, kw_only=True):
    """What the arithmetic needs to know of one line. `amount` is the unit price."""

    qty: Decimal
    amount: Decimal
    taxes: tuple[Tax, ...] = ()
    inclusive: bool = False
    product_id: str | None = None


class TaxSum(Struct, frozen=True):
    """What one tax comes to on the whole document; `contained` when prices included it."""

    tax: Tax
    amount: Decimal
    contained: bool


class Totals(Struct, frozen=True, kw_only=True):
    """The sums of a document. `sub_total` is the lines as printed (with contained taxes), `total` what is to be paid."""

    sub_total: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal
    taxes: tuple[TaxSum, ...]


def places(currency: str) -> int:
    """Decimal places of a currency (ISO 4217)."""
    return _PLACES.get(currency, 2)


def rounded(value: Fraction | Decimal, currency: str) -> Decimal:
    """The value half up to the currency's places."""
    exact = Fraction(value)
    unit: int = 10 ** places(currency)
    scaled = exact * unit
    whole = int(abs(scaled) + Fraction(1, 2))
    digits = tuple(map(int, str(whole)))
    return Decimal((0 if scaled >= 0 else 1, digits, -places(currency)))


def totals(lines: Sequence[Line], discount: Discount | None, currency: str) -> Totals:
    """The sums of these lines under this discount."""
    gross = [Fraction(rounded(Fraction(line.qty) * Fraction(line.amount), currency)) for line in lines]
    sub_total = sum(gross, Fraction(0))
    eligible = [_eligible(line, discount) for line in lines]
    base = sum((each for each, counts in zip(gross, eligible, strict=True) if counts), Fraction(0))
    off = Fraction(_discount(base, discount, currency))
    sums: dict[tuple[str, bool], tuple[Tax, Fraction]] = {}
    for line, amount, counts in zip(lines, gross, eligible, strict=True):
        net = amount - (off * amount / base if counts and base else 0)
        _add_taxes(sums, line, net)
    taxes = tuple(
        TaxSum(tax, rounded(amount, currency), contained) for (_, contained), (tax, amount) in sums.items()
    )
    added = sum((Fraction(each.amount) for each in taxes if not each.contained), Fraction(0))
    return Totals(
        sub_total=rounded(sub_total, currency),
        discount=rounded(off, currency),
        tax=_sum((each.amount for each in taxes), currency),
        total=rounded(sub_total - off + added, currency),
        taxes=taxes,
    )


def _eligible(line: Line, discount: Discount | None) -> bool:
    if discount is None:
        return False
    return not discount.valid_on_product_ids or line.product_id in discount.valid_on_product_ids


def _discount(base: Fraction, discount: Discount | None, currency: str) -> Decimal:
    if discount is None:
        return rounded(Decimal(0), currency)
    value = Fraction(discount.value)
    off = base * value / 100 if discount.type == "percentage" else value
    return rounded(min(max(off, Fraction(0)), base), currency)


def _add_taxes(sums: dict[tuple[str, bool], tuple[Tax, Fraction]], line: Line, net: Fraction) -> None:
    rates = sum((Fraction(tax.rate) for tax in line.taxes), Fraction(0))
    taxed = net / (1 + rates / 100) if line.inclusive else net
    for tax in line.taxes:
        key = (tax.id, line.inclusive)
        _, so_far = sums.get(key, (tax, Fraction(0)))
        sums[key] = (tax, so_far + taxed * Fraction(tax.rate) / 100)


def _sum(amounts: Iterable[Decimal], currency: str) -> Decimal:
    return rounded(sum((Fraction(each) for each in amounts), Fraction(0)), currency)
