"""The sums of an invoice: lines, discount, taxes, fees, tips (reference 7.4, 7.5, 10)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_sandbox.location import amounts
from crm_sandbox.location.records import Discount, Tax


def tax(rate, name="Sales tax"):
    return Tax(id=name, name=name, rate=Decimal(rate))


def line(amount, qty=1, *taxes, inclusive=False, product=None):
    return amounts.Line(
        qty=Decimal(qty), amount=Decimal(amount), taxes=taxes, inclusive=inclusive, product_id=product
    )


def sums(lines, discount=None, currency="USD"):
    found = amounts.totals(lines, discount, currency)
    return found.sub_total, found.discount, found.tax, found.total


def money(*values):
    return tuple(Decimal(each) for each in values)


@pytest.mark.parametrize(
    ("lines", "discount", "expected"),
    [
        # the sample of the reference (7.5): 2 x 150 and 100, 10 % off, 10 % tax on both
        (
            [line(150, 2, tax(10)), line(100, 1, tax(10))],
            Discount(type="percentage", value=10),
            (400, 40, 36, 396),
        ),
        ([line(150, 2)], None, (300, 0, 0, 300)),
        ([line(100, 1, tax(10)), line(100)], Discount(type="fixed", value=50), (200, 50, "7.5", "157.5")),
        ([line(10)], Discount(type="fixed", value=50), (10, 10, 0, 0)),
        # two taxes on one item add up, each on the discounted net
        (
            [line(100, 1, tax(5, "GST"), tax(7, "PST"))],
            Discount(type="percentage", value=50),
            (100, 50, 6, 56),
        ),
        # a contained tax changes no total
        ([line(120, 1, tax(20), inclusive=True)], None, (120, 0, 20, 120)),
        # and a discount reduces the price that contains it
        ([line(120, 1, tax(20), inclusive=True)], Discount(type="fixed", value=60), (120, 60, 10, 60)),
        ([line("33.335")], None, ("33.34", 0, 0, "33.34")),
        ([line("0.333", "1.5")], None, ("0.5", 0, 0, "0.5")),
    ],
)
def test_sums_follow_the_documented_order(lines, discount, expected):
    """Line, discount, tax; half up to the cent."""
    assert sums(lines, discount) == money(*expected)


def test_a_discount_on_certain_products_leaves_the_others_alone():
    """validOnProductIds; the tax of the others stays."""
    lines = [line(100, 1, tax(10), product="a"), line(100, 1, tax(10), product="b")]

    assert sums(lines, Discount(type="percentage", value=10, valid_on_product_ids=("a",))) == money(
        200, 10, 19, 209
    )


@pytest.mark.parametrize(("currency", "expected"), [("USD", "10.01"), ("JPY", "10"), ("KWD", "10.006")])
def test_places_are_those_of_the_currency(currency, expected):
    """ISO 4217."""
    assert amounts.rounded(Decimal("10.0055"), currency) == Decimal(expected)


LINES = st.lists(
    st.builds(
        line,
        st.decimals(0, 5000, places=2),
        st.decimals("0.001", 20, places=3),
        st.builds(tax, st.decimals(0, 30, places=3)),
        inclusive=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(LINES, st.sampled_from(["percentage", "fixed"]), st.decimals(0, 200, places=2))
def test_totals_always_add_up(lines, kind, value):
    """Total = lines - discount + taxes that are not contained; never below nothing."""
    found = amounts.totals(lines, Discount(type=kind, value=value), "USD")
    added = sum((each.amount for each in found.taxes if not each.contained), Decimal(0))

    assert found.total == found.sub_total - found.discount + added
    assert 0 <= found.discount <= found.sub_total
    assert found.tax == sum((each.amount for each in found.taxes), Decimal(0))
    assert Fraction(found.total) * 100 == int(found.total * 100)


async def test_an_invoice_shows_its_sums_as_numbers(crm):
    """Read over HTTP: plain JSON numbers."""
    taxes = [{"_id": "t", "name": "Sales tax", "rate": Decimal("8.25"), "calculation": "exclusive"}]
    item = {
        "name": "Fitting",
        "currency": "USD",
        "amount": Decimal("149.99"),
        "qty": Decimal("1.5"),
        "taxes": taxes,
    }
    draft = await crm.draft(items=[item], discount={"type": "percentage", "value": 10})

    assert draft["totalSummary"] == {
        "subTotal": Decimal("224.99"),
        "discount": Decimal("22.5"),
        "tax": Decimal("16.71"),
    }
    assert (draft["total"], draft["amountDue"], draft["amountPaid"]) == (
        Decimal("219.2"),
        Decimal("219.2"),
        0,
    )


@pytest.mark.parametrize(("kind", "tax"), [("us", 35), ("ca", 0)])
async def test_automatic_taxes_are_in_the_total_and_on_no_line(make_crm, kind, tax):
    """HighLevel's tax service, in the US only: the total alone is reliable (reference 10)."""
    crm = make_crm(location=kind)
    currency = crm.sandbox.location.kind.currency
    body = await crm.invoice_body(currency=currency, automaticTaxesEnabled=True)
    body["items"] = [{**each, "currency": currency} for each in body["items"]]
    made = await crm.ok("POST", "/invoices/", body)

    assert made["automaticTaxesEnabled"] and made["automaticTaxesCalculated"] is (kind == "us")
    assert all(each["taxes"] == [] for each in made["invoiceItems"])
    assert (made["totalSummary"]["tax"], made["total"]) == (tax, 400 + tax)


@pytest.mark.parametrize(("currency", "symbol"), [("USD", "$"), ("EUR", "€"), ("NOK", "NOK")])
async def test_an_invoice_and_its_payment_show_their_own_currency(crm, currency, symbol):
    """Whatever the location trades in (reference 7.5, 9.4)."""
    item = {"name": "Fitting", "currency": currency, "amount": 150, "qty": 1}
    invoice = await crm.sent(currency=currency, items=[item])
    await crm.pay(invoice)
    (row,) = await crm.transactions()

    assert invoice["currencyOptions"] == row["currencyOptions"] == {"code": currency, "symbol": symbol}


async def test_late_fees_and_tips_raise_the_total_without_a_line(crm):
    """What is beyond the lines stands in no item (reference 7.5)."""
    invoice = await crm.sent()
    await crm.act(f"/invoices/{invoice['_id']}/late-fee", {"amount": 15})
    await crm.act(f"/invoices/{invoice['_id']}/pay", {"tip": Decimal("5.5")})
    paid = await crm.invoice(invoice)

    assert (paid["total"], paid["invoiceTotal"], paid["amountPaid"], paid["amountDue"]) == (
        Decimal("420.5"),
        400,
        Decimal("420.5"),
        0,
    )
    assert paid["totalSummary"]["subTotal"] == 400
    assert paid["lateFeesConfiguration"]["totalLateFees"] == 15


async def test_numbers_beyond_any_business_are_refused(crm):
    """So that no sum is ever inexact; a negative fee or tip is refused too."""
    item = {"name": "Planet", "currency": "USD", "amount": 10**14, "qty": 1}
    refused = await crm.call("POST", "/invoices/", await crm.invoice_body(items=[item]))
    large = {**item, "amount": 10**12, "qty": 10**12, "taxes": [{"_id": "t", "name": "Tax", "rate": "x"}]}
    large["taxes"][0]["rate"] = 10**12
    taken = await crm.draft(items=[large])
    sent = await crm.sent()
    fee = await crm.http.post(f"/_sandbox/invoices/{sent['_id']}/late-fee", json={"amount": "-1"})
    tip = await crm.http.post(f"/_sandbox/invoices/{sent['_id']}/pay", json={"tip": -1})
    text = await crm.http.post(f"/_sandbox/invoices/{sent['_id']}/late-fee", json={"amount": {}})

    assert refused.status_code == 422
    assert taken["total"] == 10**24 + 10**34
    assert (fee.status_code, tip.status_code, text.status_code) == (400, 400, 400)
