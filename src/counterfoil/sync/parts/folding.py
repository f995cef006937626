"""US companies: discount and taxes folded into the price of each line, to the cent (R35)."""

from __future__ import annotations

from decimal import Decimal

from counterfoil import money
from counterfoil.sync.parts import lines, totals


def fold(sale: totals.Sale) -> tuple[lines.Sold, ...]:
    """The lines of a sale, each at what the customer pays for it; together exactly `sale.total`.

    Names and quantities stay. Cents that rounding leaves go to the largest remainders. What the CRM charges beyond its
    lines stands on lines of its own at the end: shipping, then the rest. `sale.total` must not be negative.
    """
    beyond = totals.beyond_the_lines(sale)
    amounts = _amounts([part.due for part in totals.parts(sale)], sale.total - beyond)
    sold = tuple(lines.sold(line, amount) for line, amount in zip(sale.lines, amounts, strict=True))
    return sold + _charges(sale, sale.total - sum(amounts, money.ZERO))


def _amounts(due: list[Decimal], target: Decimal) -> list[Decimal]:
    """Cents for each exact amount due, together `target` wherever lines above zero can carry it.

    A line below zero (a discount written as a line) keeps its own amount; the others share the rest.
    """
    amounts = [money.rounded(amount) if amount < 0 else money.ZERO for amount in due]
    carrying = [place for place, amount in enumerate(due) if amount > 0]
    rest = target - sum(amounts, money.ZERO)
    if carrying and rest > 0:
        shares = money.split(rest, [due[place] for place in carrying])
        for place, share in zip(carrying, shares, strict=True):
            amounts[place] = share
    return amounts


def _charges(sale: totals.Sale, beyond: Decimal) -> tuple[lines.Sold, ...]:
    shipping = sale.shipping_total if 0 < sale.shipping_total <= beyond else money.ZERO
    charges = (
        lines.charge(lines.SHIPPING_KEY, lines.SHIPPING_NAME, shipping),
        lines.charge(lines.BEYOND_KEY, lines.BEYOND_NAME, beyond - shipping),
    )
    return tuple(line for line in charges if line.amount)
