"""R35 over thousands of invoices: the CRM's sums are computed here, in fractions, independently of the product."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.crm import records as crm
from counterfoil.sync.parts import folding, lines, totals

CENT = Decimal("0.01")


@dataclass
class Bill:
    """A sale as the CRM sums it up, the exact amounts due by line, and what it charges beyond them."""

    sale: totals.Sale
    due: list[Fraction]
    fee: Decimal
    slack: Decimal
    """How far rounding may take one line; a fee is told exactly unless prices contain some taxes but not others."""
    mixed: bool


def cents(value: Fraction) -> Decimal:
    """Half up, away from zero."""
    whole = int(abs(value) * 100 + Fraction(1, 2))
    return Decimal(whole if value >= 0 else -whole).scaleb(-2)


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    """Decimals of so many places; much faster than Hypothesis' own."""
    bounds = [int(Decimal(bound).scaleb(places)) for bound in (low, high)]
    return st.integers(*bounds).map(lambda number: Decimal(number).scaleb(-places))


quantities = st.one_of(
    st.integers(1, 40).map(Decimal),
    decimals("0.001", "50", 3),
    decimals("0.5", "2000", 1),
    st.just(Decimal(0)),
)
prices = st.one_of(decimals("0", "5000", 2), decimals("0.001", "9", 4), st.just(Decimal(0)))
taxes = st.builds(
    crm.Tax,
    id=st.sampled_from("abcd"),
    name=st.just("Tax"),
    rate=st.one_of(decimals("0", "25", 3), st.just(Decimal("8.25"))),
)


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    style = draw(st.sampled_from(["on top", "inside", "mixed"]))
    bought = tuple(
        crm.Line(
            name=f"Thing {number}",
            quantity=draw(quantities),
            unit_price=draw(prices),
            product_id=draw(st.sampled_from(["", "p1", "p2"])),
            taxes=tuple(draw(st.lists(taxes, max_size=3, unique_by=lambda tax: tax.id))),
            tax_inclusive=style == "inside" or (style == "mixed" and draw(st.booleans())),
        )
        for number in range(draw(st.integers(1, 7)))
    )
    by_line = draw(st.booleans())
    listed = [Fraction(line.quantity) * Fraction(line.unit_price) for line in bought]
    listed = [Fraction(cents(amount)) for amount in listed] if by_line else listed
    sub_total = cents(sum(listed, Fraction(0)))
    discount = draw(discounts())
    counts = [
        discount is not None and (not discount.product_ids or line.product_id in discount.product_ids)
        for line in bought
    ]
    base = sum((amount for amount, counted in zip(listed, counts, strict=True) if counted), Fraction(0))
    off = Fraction(0)
    if discount is not None:
        value = Fraction(discount.value)
        off = min(base * value / 100 if discount.kind is crm.DiscountKind.PERCENTAGE else value, base)
    off = Fraction(min(cents(off), sub_total))
    net = [
        amount - (off * amount / base if counted and base else 0)
        for amount, counted in zip(listed, counts, strict=True)
    ]
    added, contained, due = Fraction(0), Fraction(0), []
    for line, amount in zip(bought, net, strict=True):
        rate = sum((Fraction(tax.rate) for tax in line.taxes), Fraction(0)) / 100
        if line.tax_inclusive:
            contained += amount - amount / (1 + rate)
            due.append(amount)
        else:
            added += amount * rate
            due.append(amount * (1 + rate))
    fee = draw(st.one_of(st.just(Decimal(0)), decimals("5", "90", 2)))
    total = sub_total - cents(off) + cents(added) + fee
    tells_contained = draw(st.booleans())
    return Bill(
        sale=totals.Sale(
            lines=bought,
            discount=discount,
            sub_total=sub_total,
            discount_total=cents(off),
            tax_total=cents(added) + (cents(contained) if tells_contained else 0),
            total=total,
        ),
        due=due,
        fee=fee,
        slack=CENT * (2 + len(bought) + sum(len(line.taxes) for line in bought)),
        mixed=style == "mixed",
    )


@st.composite
def discounts(draw: st.DrawFn) -> crm.Discount | None:
    only = draw(st.sampled_from([(), (), ("p1",)]))
    percentage = crm.Discount(
        kind=crm.DiscountKind.PERCENTAGE, value=draw(decimals("0", "100", 2)), product_ids=only
    )
    fixed = crm.Discount(kind=crm.DiscountKind.FIXED, value=draw(decimals("0", "300", 2)), product_ids=only)
    return draw(st.sampled_from([None, percentage, fixed]))


@settings(max_examples=2000, deadline=None)
@given(bills())
def test_R35_lines_sum_to_the_total_and_keep_amount_price_and_quantity(bill: Bill) -> None:
    """No cent is lost, QuickBooks' check of each line holds, and names and quantities stay."""
    sold = folding.fold(bill.sale)

    assert sum(line.amount for line in sold) == bill.sale.total
    kept = sold[: len(bill.sale.lines)]
    assert [line.name for line in kept] == [line.name for line in bill.sale.lines]
    assert [line.quantity for line in kept] == [line.quantity for line in bill.sale.lines]
    for line in sold:
        assert line.amount == line.amount.quantize(CENT)
        assert line.unit_price is not None
        assert (line.unit_price * line.quantity).quantize(CENT, ROUND_HALF_UP) == line.amount


@settings(max_examples=600, deadline=None)
@given(bills())
def test_R35_each_line_is_what_the_customer_pays_for_it_and_fees_stand_apart(bill: Bill) -> None:
    """Folding moves at most cents between lines, and what lies beyond them is a line of its own."""
    sold = folding.fold(bill.sale)
    kept, charges = sold[: len(bill.due)], sold[len(bill.due) :]

    beyond = sum((line.amount for line in charges), Decimal(0))
    assert abs(beyond - bill.fee) <= (bill.slack if bill.mixed or not any(bill.due) else 0)
    assert {line.name for line in charges} <= {lines.BEYOND_NAME}
    for line, due in zip(kept, bill.due, strict=True):
        assert abs(Fraction(line.amount) - due) <= Fraction(bill.slack)


amounts = decimals("-99999", "99999", 2)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.builds(
            crm.Line,
            name=st.text(max_size=5),
            quantity=decimals("-50", "50", 3),
            unit_price=decimals("-500", "500", 3),
            taxes=st.lists(taxes, max_size=2).map(tuple),
            tax_inclusive=st.booleans(),
        ),
        max_size=4,
    ),
    amounts,
    amounts,
    amounts,
    amounts.map(abs),
)
def test_R35_any_summary_whatsoever_still_sums_up(
    bought: list[crm.Line], sub: Decimal, off: Decimal, tax: Decimal, total: Decimal
) -> None:
    """However wrong the CRM's summary is, the lines come to its total and pass QuickBooks' check."""
    sale = totals.Sale(lines=tuple(bought), sub_total=sub, discount_total=off, tax_total=tax, total=total)

    sold = folding.fold(sale)

    assert sum((line.amount for line in sold), Decimal(0)) == total
    for line in sold:
        if line.unit_price is not None:
            assert (line.unit_price * line.quantity).quantize(CENT, ROUND_HALF_UP) == line.amount
