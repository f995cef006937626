"""What the CRM says a sale comes to, and how much of it lies beyond its lines (R35, R37).

The CRM's own sums are the authority; nothing here corrects them. Computing them again only tells which of two readings
of a summary is meant, because it is not documented whether the tax of tax-inclusive prices is counted in the tax sum.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from counterfoil import money
from counterfoil.crm import records as crm

HUNDRED = Decimal(100)


class Sale(Struct, frozen=True, kw_only=True):
    """An invoice or an order, as far as its amounts go. All sums are rounded to cents."""

    lines: tuple[crm.Line, ...]
    discount: crm.Discount | None = None
    sub_total: Decimal
    discount_total: Decimal
    tax_total: Decimal
    shipping_total: Decimal = money.ZERO
    total: Decimal


class Part(Struct, frozen=True, kw_only=True):
    """One line's part of a sale, exact: what it costs as listed, the discount on it and the taxes on or in it."""

    listed: Decimal
    discount: Decimal
    added_tax: Decimal
    contained_tax: Decimal

    @property
    def due(self) -> Decimal:
        """What the customer pays for this line."""
        return self.listed - self.discount + self.added_tax


def of_invoice(invoice: crm.Invoice) -> Sale:
    """The amounts of an invoice."""
    return Sale(
        lines=invoice.lines,
        discount=invoice.discount,
        sub_total=money.rounded(invoice.sub_total),
        discount_total=money.rounded(invoice.discount_total),
        tax_total=money.rounded(invoice.tax_total),
        total=money.rounded(invoice.total),
    )


def of_order(order: crm.Order) -> Sale:
    """The amounts of an order."""
    return Sale(
        lines=order.lines,
        sub_total=money.rounded(order.sub_total),
        discount_total=money.rounded(order.discount_total),
        tax_total=money.rounded(order.tax_total),
        shipping_total=money.rounded(order.shipping_total),
        total=money.rounded(order.total),
    )


def parts(sale: Sale) -> tuple[Part, ...]:
    """Each line's part of the discount and of the taxes, exact, by the CRM's order of calculation (HighLevel 10).

    The discount is taken in proportion, from the lines that it is for; taxes then fall on the lines that carry them.
    An added tax that no line carries (an automatic one) falls on all lines.
    """
    listed = _listed(sale)
    off = _off(sale, listed)
    net = [one - other for one, other in zip(listed, off, strict=True)]
    contained = [
        _contained(line, amount) if line.tax_inclusive else money.ZERO
        for line, amount in zip(sale.lines, net, strict=True)
    ]
    added = _added(sale, net, sum(contained, money.ZERO))
    return tuple(
        Part(listed=a, discount=b, added_tax=c, contained_tax=d)
        for a, b, c, d in zip(listed, off, added, contained, strict=True)
    )


def beyond_the_lines(sale: Sale) -> Decimal:
    """What the CRM charges (or gives) beyond its lines: late fee, tip, shipping, rounding. In cents, with its sign."""
    found = parts(sale)
    off = sale.discount_total
    plain = sale.total - (_sub_total(sale) - off + sale.tax_total)
    contained = sum((part.contained_tax for part in found), money.ZERO)
    if not contained:
        return plain
    by_lines = sale.total - sum((part.due for part in found), money.ZERO)
    all_inside = all(line.tax_inclusive or not line.taxes for line in sale.lines)
    added = money.ZERO if all_inside else money.rounded(sale.tax_total - contained)
    with_tax_inside = sale.total - (_sub_total(sale) - off + added)
    if abs(plain - by_lines) <= abs(with_tax_inside - by_lines):
        return plain
    # Where some taxes are inside prices and some on top, only rounding tells them apart: it is no charge of its own.
    rounding = not all_inside and abs(by_lines) <= _tolerance(sale)
    return money.ZERO if rounding else with_tax_inside


def _listed(sale: Sale) -> list[Decimal]:
    """What each line costs as listed: in cents when the CRM's sum is the sum of such cents, else exact."""
    exact = [money.EXACT.multiply(line.quantity, line.unit_price) for line in sale.lines]
    cents = [money.rounded(amount) for amount in exact]
    return cents if sum(cents, money.ZERO) == sale.sub_total else exact


def _sub_total(sale: Sale) -> Decimal:
    """The CRM's sum of the lines; our own where the CRM's cannot be that of these lines."""
    own = sum(_listed(sale), money.ZERO)
    return sale.sub_total if abs(own - sale.sub_total) <= _tolerance(sale) else money.rounded(own)


def _discounted(sale: Sale, listed: list[Decimal]) -> list[Decimal]:
    only = sale.discount.product_ids if sale.discount else ()
    if not only:
        return listed
    return [
        amount if line.product_id in only else money.ZERO
        for line, amount in zip(sale.lines, listed, strict=True)
    ]


def _off(sale: Sale, listed: list[Decimal]) -> list[Decimal]:
    """The discount on each line. A sum that its own lines cannot carry falls on all of them."""
    for weights in (_discounted(sale, listed), listed):
        whole = sum(weights, money.ZERO)
        if sale.discount_total <= whole + money.CENT:  # a cent of rounding is no more than the lines
            return _in_proportion(min(sale.discount_total, whole), weights)
    return [money.ZERO] * len(listed)


def _in_proportion(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """`amount` shared out exactly; nothing where the weights cannot carry anything."""
    whole = sum(weights, money.ZERO)
    if whole <= 0:
        return [money.ZERO] * len(weights)
    return [money.EXACT.divide(money.EXACT.multiply(amount, weight), whole) for weight in weights]


def _rate(line: crm.Line) -> Decimal:
    return sum((tax.rate for tax in line.taxes), money.ZERO) / HUNDRED


def _contained(line: crm.Line, net: Decimal) -> Decimal:
    rate = _rate(line)
    if rate <= -1:
        return money.ZERO
    return net - money.EXACT.divide(net, 1 + rate)


def _added(sale: Sale, net: list[Decimal], contained: Decimal) -> list[Decimal]:
    """The taxes on top of each line's price, together what the CRM says they are."""
    own = [
        money.ZERO if line.tax_inclusive else money.EXACT.multiply(amount, _rate(line))
        for line, amount in zip(sale.lines, net, strict=True)
    ]
    if contained:
        return own
    return _in_proportion(sale.tax_total, own if sum(own, money.ZERO) > 0 else net)


def _tolerance(sale: Sale) -> Decimal:
    """How far rounding alone can take two honest sums of these lines apart."""
    taxes = sum(len(line.taxes) for line in sale.lines)
    return money.CENT * (len(sale.lines) + taxes + 1)
