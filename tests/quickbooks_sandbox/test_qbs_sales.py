"""Invoices and sales receipts: lines, totals, numbers, dates (reference 13 and 14.6)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.intake import Options
from quickbooks_sandbox.company.refusals import Refused

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]


@pytest.fixture
def company(make_company: Make) -> Company:
    company = make_company()
    company.create("Customer", {"DisplayName": "Northwind Studio"})
    return company


def invoice(company: Company, *lines: dict[str, Any], **members: Any) -> dict[str, Any]:
    return company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": list(lines), **members})


def code_of(company: Company, *lines: dict[str, Any], **members: Any) -> str:
    with pytest.raises(Refused) as caught:
        invoice(company, *lines, **members)
    return caught.value.code


def percent(value: str) -> dict[str, Any]:
    detail = {"PercentBased": True, "DiscountPercent": Decimal(value)}
    return {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def test_the_documented_invoice_comes_back_as_documented(company: Company, line: Line) -> None:
    """Reference 14.6: lines, subtotal, discount, tax detail, defaults."""
    record = invoice(company, line("149.0", UnitPrice=149, Qty=1), percent("10"), TxnDate="2026-03-04")
    assert record["Line"] == [
        {
            "Id": "1",
            "LineNum": 1,
            "Amount": Decimal("149.00"),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "1", "name": "Services"},
                "UnitPrice": 149,
                "Qty": 1,
                "TaxCodeRef": {"value": "NON"},
            },
        },
        {"Amount": Decimal("149.00"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
        {
            "Amount": Decimal("14.90"),
            "DetailType": "DiscountLineDetail",
            "DiscountLineDetail": {
                "PercentBased": True,
                "DiscountPercent": 10,
                "DiscountAccountRef": {"value": "17", "name": "Discounts given"},
            },
        },
    ]
    assert (record["TotalAmt"], record["Balance"], record["DueDate"]) == (
        Decimal("134.10"),
        Decimal("134.10"),
        "2026-04-03",
    )
    assert record["TxnTaxDetail"] == {"TotalTax": 0}
    assert (record["PrintStatus"], record["EmailStatus"]) == ("NeedToPrint", "NotSet")
    assert record["LinkedTxn"] == []


@pytest.mark.parametrize(
    ("price", "quantity", "amount", "wrong"),
    [
        ("128.350", "14.50", "1861.08", "1861.07"),
        ("0.335", "3", "1.01", "1.00"),
        ("-12.345", "1", "-12.35", "-12.34"),
    ],
)
def test_amounts_must_be_the_rounded_product(
    company: Company, line: Line, price: str, quantity: str, amount: str, wrong: str
) -> None:
    """Reference 13.3: half-up to the cent and not a cent of tolerance (6070)."""
    product = {"UnitPrice": Decimal(price), "Qty": Decimal(quantity)}
    assert code_of(company, line("2000"), line(wrong, **product)) == "6070"
    assert invoice(company, line("2000"), line(amount, **product))["Line"][1]["Amount"] == Decimal(amount)


@pytest.mark.parametrize(("quantity", "price"), [("4", "25"), ("3", "33.3333333"), ("1e-20", None)])
def test_a_price_is_derived_where_it_can_be_written(
    company: Company, line: Line, quantity: str, price: str | None
) -> None:
    """Reference 13.3: with a quantity alone the unit price is derived, to seven places; an absurd one is left out."""
    sold = invoice(company, line("100", Qty=Decimal(quantity)))["Line"][0]["SalesItemLineDetail"]
    assert sold.get("UnitPrice") == (None if price is None else Decimal(price))


def test_a_supplied_amount_is_named_with_separators(company: Company, line: Line) -> None:
    """Reference 17.18: thousands separators in the detail."""
    with pytest.raises(Refused, match=r"Supplied value: 1,861\.07"):
        invoice(company, line("1861.07", UnitPrice=Decimal("128.350"), Qty=Decimal("14.5")))


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "2020"),
        ([{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}], "2020"),
        ([{"Amount": 5}], "2020"),
        ([{"DetailType": "SubTotalLineDetail", "Amount": 5, "SubTotalLineDetail": {}}], "2020"),
        ([{"DetailType": "Nonsense", "Amount": 5}], "2170"),
    ],
)
def test_an_invoice_needs_a_real_line(company: Company, lines: list[dict[str, Any]], code: str) -> None:
    """Reference 12.3: an empty Line array counts as missing."""
    assert code_of(company, *lines) == code


def test_references_on_lines_must_lead_somewhere(company: Company, line: Line) -> None:
    """Reference 12.3: 2500 for items that do not exist or are inactive."""
    assert code_of(company, line("5", item="999")) == "2500"
    company.update("Item", {"Id": "2", "SyncToken": "0", "sparse": True, "Active": False})
    assert code_of(company, line("5", item="2")) == "2500"


def test_a_line_without_an_item_lands_on_the_default_one(company: Company) -> None:
    """Reference 18a, no. 8."""
    bare = {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    assert invoice(company, bare)["Line"][0]["SalesItemLineDetail"]["ItemRef"] == {
        "value": "1",
        "name": "Services",
    }


def test_lines_may_be_negative_but_not_the_total(company: Company, line: Line) -> None:
    """Reference 13.4."""
    assert invoice(company, line("10"), line("-3"))["TotalAmt"] == 7
    assert code_of(company, line("10"), line("-13")) == "6000"


def test_one_discount_by_percent_or_amount_and_only_when_allowed(company: Company, line: Line) -> None:
    """Reference 14.6: at most one; percent or amount is required (6090); AllowDiscount must be on."""
    by_amount = {
        "Amount": 3,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False},
    }
    assert invoice(company, line("10"), by_amount)["TotalAmt"] == 7
    assert code_of(company, line("10"), percent("5"), percent("5")) == "6000"
    assert (
        code_of(company, line("10"), {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}) == "6090"
    )
    company.update(
        "Preferences",
        {"Id": "1", "SyncToken": "0", "sparse": True, "SalesFormsPrefs": {"AllowDiscount": False}},
    )
    assert code_of(company, line("10"), percent("5")) == "6000"


def test_an_inline_subtotal_shows_its_sum(company: Company, line: Line) -> None:
    """Reference 14.6: a description of exactly ``Subtotal:`` comes back with the amount."""
    text = {"DetailType": "DescriptionOnly", "Description": "Subtotal:", "DescriptionLineDetail": {}}
    assert invoice(company, line("10"), line("2.5"), text)["Line"][2]["Description"] == "Subtotal: 12.50"


def test_numbers_follow_the_counter_which_sent_ones_do_not_move(company: Company, line: Line) -> None:
    """Reference 14.6 with CustomTxnNumbers off: the next number, and duplicates without complaint."""
    first = invoice(company, line("1"))["DocNumber"]
    assert invoice(company, line("1"), DocNumber=first)["DocNumber"] == first
    assert invoice(company, line("1"))["DocNumber"] == str(int(first) + 1)


def test_own_numbers_must_be_unique_unless_asked(company: Company, line: Line) -> None:
    """Reference 14.6 with CustomTxnNumbers on: none given, none set; a twin is 6140 and names the first."""
    company.update(
        "Preferences",
        {"Id": "1", "SyncToken": "0", "sparse": True, "SalesFormsPrefs": {"CustomTxnNumbers": True}},
    )
    assert "DocNumber" not in invoice(company, line("1"))
    taken = invoice(company, line("1"), DocNumber="GHL-1")
    with pytest.raises(Refused, match=rf"TxnType=Invoice with TxnId={taken['Id']}") as caught:
        invoice(company, line("1"), DocNumber="GHL-1")
    assert caught.value.code == "6140"
    body = {"CustomerRef": {"value": "1"}, "Line": [line("1")], "DocNumber": "GHL-1"}
    assert company.create("Invoice", body, Options(allow_duplicate_numbers=True))["DocNumber"] == "GHL-1"
    assert invoice(company, line("1"), AutoDocNumber=True)["DocNumber"].isdigit()


@pytest.mark.parametrize(("member", "length"), [("DocNumber", 21), ("PrivateNote", 4000)])
def test_texts_have_their_length(company: Company, line: Line, member: str, length: int) -> None:
    """Reference 17.19: 2050 one character above."""
    assert invoice(company, line("1"), **{member: "9" * length})[member] == "9" * length
    assert code_of(company, line("1"), **{member: "9" * (length + 1)}) == "2050"


def test_due_dates_follow_the_term(company: Company, line: Line) -> None:
    """Reference 13.2: the term's days after TxnDate, a sent date wins and stays until date or term change."""
    by_term = invoice(company, line("1"), TxnDate="2026-03-01", SalesTermRef={"value": "2"})
    assert by_term["DueDate"] == "2026-03-16"
    sent = invoice(company, line("1"), TxnDate="2026-03-01", DueDate="2026-03-05")
    assert sent["DueDate"] == "2026-03-05"
    identity = {"Id": sent["Id"], "sparse": True}
    again = {"TxnDate": "2026-03-01", "PrivateNote": "said again"}
    kept = company.update("Invoice", {**identity, "SyncToken": "0", **again})
    assert kept["DueDate"] == "2026-03-05"
    moved = company.update("Invoice", {**identity, "SyncToken": "1", "SalesTermRef": {"value": "2"}})
    assert moved["DueDate"] == "2026-03-16"


def test_closed_books_take_nothing(company: Company, line: Line) -> None:
    """Reference 14.2: transactions dated on or before BookCloseDate are 6200, new or old, until it is cleared."""
    old = invoice(company, line("1"), TxnDate="2026-01-15")
    company.update(
        "Preferences",
        {"Id": "1", "SyncToken": "0", "sparse": True, "AccountingInfoPrefs": {"BookCloseDate": "2026-01-31"}},
    )
    assert code_of(company, line("1"), TxnDate="2026-01-31") == "6200"
    for act in (company.void, company.delete):
        with pytest.raises(Refused, match="6200"):
            act("Invoice", {"Id": old["Id"], "SyncToken": "0"})
    assert invoice(company, line("1"), TxnDate="2026-02-01")["TotalAmt"] == 1
    opened: dict[str, Any] = {"AccountingInfoPrefs": {"BookCloseDate": ""}}
    after = company.update("Preferences", {"Id": "1", "SyncToken": "1", "sparse": True, **opened})
    assert "BookCloseDate" not in after["AccountingInfoPrefs"]
    assert after["AccountingInfoPrefs"]["TrackDepartments"] is True
    assert company.update("Preferences", after) == after
    forms = {**after["SalesFormsPrefs"], "AutoApplyCredit": True}
    assert company.update("Preferences", {**after, "SalesFormsPrefs": forms}) == after
    assert company.void("Invoice", {"Id": old["Id"], "SyncToken": "0"})["TotalAmt"] == 0


def test_a_receipt_goes_into_undeposited_funds_unless_told(company: Company, line: Line) -> None:
    """Reference 14.7: balance 0, no due date, Bank or Other Current Asset only (6430)."""
    body: dict[str, Any] = {
        "CustomerRef": {"value": "1"},
        "Line": [line("40")],
        "PaymentMethodRef": {"value": "2"},
    }
    receipt = company.create("SalesReceipt", body)
    assert receipt["DepositToAccountRef"] == {"value": "4", "name": "Undeposited Funds"}
    assert receipt["PaymentMethodRef"] == {"value": "2", "name": "Check"}
    assert receipt["Balance"] == 0
    assert "DueDate" not in receipt
    with pytest.raises(Refused, match="6430"):
        company.create("SalesReceipt", {**body, "DepositToAccountRef": {"value": "14"}})


def test_addresses_come_from_the_customer(company: Company, line: Line) -> None:
    """Reference 13.1: the same address with the same id; a sent one gets its own."""
    home = {"Line1": "4581 Finch St.", "City": "Bayshore"}
    customer = company.create("Customer", {"DisplayName": "Housed", "BillAddr": home})
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [line("1")]}
    assert company.create("Invoice", body)["BillAddr"] == customer["BillAddr"]
    assert (
        company.create("Invoice", {**body, "BillAddr": home})["BillAddr"]["Id"] != customer["BillAddr"]["Id"]
    )


def test_a_voided_invoice_is_all_zeros_and_a_note(company: Company, line: Line) -> None:
    """Reference 5.5: amounts and quantities 0, no UnitPrice, the note in front, the token up by one."""
    before = invoice(company, line("10", UnitPrice=5, Qty=2), percent("10"), PrivateNote="order 7")
    after = company.void("Invoice", {"Id": before["Id"], "SyncToken": "0"})
    assert (after["TotalAmt"], after["Balance"], after["SyncToken"]) == (0, 0, "1")
    assert [one["Amount"] for one in after["Line"]] == [0, 0, 0]
    assert "UnitPrice" not in after["Line"][0]["SalesItemLineDetail"]
    assert after["Line"][0]["SalesItemLineDetail"]["Qty"] == 0
    assert after["PrivateNote"] == "Voided - order 7"
    assert company.void("Invoice", {"Id": before["Id"], "SyncToken": "1"}) == after
