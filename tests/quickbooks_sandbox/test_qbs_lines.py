"""Lines that are more than an item and an amount: shipping, tips, texts, classes; and when a document is due (14.4, 14.6)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company import due_dates, paper
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

from .books import account, by_name, check_books

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
Record = dict[str, Any]
TEN_PERCENT = {
    "DetailType": "DiscountLineDetail",
    "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
}


def opened(company: Company, **forms: Any) -> Company:
    company.create("Customer", {"DisplayName": "A"})
    if forms:
        company.update("Preferences", {"Id": "1", "SyncToken": "0", "SalesFormsPrefs": forms})
    return company


def extra(amount: str, what: str = "SHIPPING_ITEM_ID", **detail: Any) -> Record:
    return {
        "Amount": Decimal(amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": what}, **detail},
    }


def invoice(company: Company, *lines: Record, **members: Any) -> Record:
    return company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": list(lines), **members})


def test_shipping_stands_after_the_discount(make_company: Make, line: Line) -> None:
    """Intuit's sample of a sent invoice: 50.00 with tax, less 10 %, 2.00 shipping, a deposit of 12.00 (14.4, 14.6)."""
    company = opened(make_company("us-manual"), AllowShipping=True)
    record = invoice(company, extra("2"), line("50", tax="TAX", item="2"), TEN_PERCENT, Deposit=12)
    kinds = [(one["DetailType"], one["Amount"]) for one in record["Line"]]
    assert kinds == [
        ("SalesItemLineDetail", 50),
        ("SubTotalLineDetail", 50),
        ("DiscountLineDetail", 5),
        ("SalesItemLineDetail", 2),
    ]
    assert record["Line"][-1]["SalesItemLineDetail"] == {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}
    assert "Id" not in record["Line"][-1]
    assert (record["TxnTaxDetail"]["TotalTax"], record["TotalAmt"], record["Balance"]) == (4, 51, 39)
    assert by_name(company, ("Invoice", record["Id"])) == {
        "Accounts Receivable (A/R)": 39,
        "Undeposited Funds": 12,
        "Services": -50,
        "Shipping Income": -2,
        "Discounts given": 5,
        "Sales Tax Payable": -4,
    }
    assert company.update("Invoice", record) == record
    assert company.void("Invoice", record)["TotalAmt"] == 0
    check_books(company)


def test_shipping_is_taxed_when_it_says_so(make_company: Make, line: Line) -> None:
    """Taxed shipping counts in full when the discount comes before the tax: 8 % of 90.00 and 10.00."""
    company = opened(make_company("us-manual"), AllowShipping=True)
    taxed = extra("10", TaxCodeRef={"value": "TAX"})
    record = invoice(company, line("100", tax="TAX"), TEN_PERCENT, taxed, ApplyTaxAfterDiscount=True)
    assert record["TxnTaxDetail"]["TotalTax"] == Decimal("8.00")
    assert record["TotalAmt"] == Decimal(108)


def test_shipping_needs_the_preference_and_one_line(make_company: Make, line: Line) -> None:
    """14.2 AllowShipping; allowing it opens an income account, which may be another one."""
    company = opened(make_company())
    with pytest.raises(Refused, match="Shipping is not turned on"):
        invoice(company, line("5"), extra("2"))
    company.update("Preferences", {"Id": "1", "SyncToken": "0", "SalesFormsPrefs": {"AllowShipping": True}})
    with pytest.raises(Refused, match="one line each"):
        invoice(company, line("5"), extra("2"), extra("2"))
    with pytest.raises(Refused, match="2020"):
        invoice(company, extra("2"))
    other = account(company, "Design income")["value"]
    body = {"Id": "1", "SyncToken": "1", "SalesFormsPrefs": {"DefaultShippingAccount": other}}
    company.update("Preferences", body)
    record = invoice(company, line("5"), extra("2"))
    assert by_name(company, ("Invoice", record["Id"]))["Design income"] == -2
    for value, code in (("1", "6430"), ("999", "2500")):
        wrong = {"Id": "1", "SyncToken": "2", "SalesFormsPrefs": {"DefaultShippingAccount": value}}
        with pytest.raises(Refused, match=code):
            company.update("Preferences", wrong)


def test_a_tip_is_owed_to_the_staff(make_company: Make, line: Line) -> None:
    """GRATUITY_ITEM_ID (14.4): a liability, as Intuit's schema describes the sub-type Gratuity."""
    company = opened(make_company())
    body = {"CustomerRef": {"value": "1"}, "Line": [line("40"), extra("6", "GRATUITY_ITEM_ID")]}
    record = company.create("SalesReceipt", body)
    assert by_name(company, ("SalesReceipt", record["Id"])) == {
        "Undeposited Funds": 46,
        "Services": -40,
        "Undistributed Tips": -6,
    }
    assert company.create("SalesReceipt", body)["TotalAmt"] == 46
    assert b"(Tip  " in paper.printed(company, "SalesReceipt", record)
    assert company.read("Account", account(company, "Undistributed Tips")["value"])["CurrentBalance"] == -12
    check_books(company)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Subtotal:", "Subtotal: 12.50"),
        ("subtotal: 3.10", "Subtotal: 12.50"),
        ("Subtotal: of the garden", "Subtotal: of the garden"),
    ],
)
def test_only_the_exact_word_makes_a_subtotal(make_company: Make, line: Line, said: str, shown: str) -> None:
    """14.6: exactly ``Subtotal:``, and what came back of it; any other text is a text."""
    text = {"DetailType": "DescriptionOnly", "Description": said}
    record = invoice(opened(make_company()), line("10"), line("2.5"), text)
    assert record["Line"][2]["Description"] == shown


def test_lines_lead_to_classes_and_keep_what_they_say(make_company: Make, line: Line) -> None:
    """5.1: the reference gets its name; 12.3: 2500 for an unknown one; other members of the schema are stored."""
    company = opened(make_company())
    shop = company.create("Class", {"Name": "Shop"})["Id"]
    by_line = {**line("10", ClassRef={"value": shop}), "Received": 4}
    discount = {**TEN_PERCENT, "DiscountLineDetail": {"DiscountPercent": 5, "ClassRef": {"value": shop}}}
    record = invoice(company, by_line, discount)
    assert record["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": shop, "name": "Shop"}
    assert record["Line"][2]["DiscountLineDetail"]["ClassRef"] == {"value": shop, "name": "Shop"}
    assert record["Line"][0]["Received"] == 4
    with pytest.raises(Refused, match="Classes element id 99 not found"):
        invoice(company, line("10", ClassRef={"value": "99"}))


def test_a_discount_goes_to_income_or_expense(make_company: Make, line: Line) -> None:
    """6430: receivables and banks move by documents of their own."""
    company = opened(make_company())
    detail = {"DiscountPercent": 10, "DiscountAccountRef": account(company, "Advertising")}
    record = invoice(company, line("10"), {**TEN_PERCENT, "DiscountLineDetail": detail})
    assert by_name(company, ("Invoice", record["Id"]))["Advertising"] == 1
    for name in ("Accounts Receivable (A/R)", "Checking", "Sales Tax Payable"):
        wrong = {**detail, "DiscountAccountRef": account(company, name)}
        with pytest.raises(Refused, match="6430"):
            invoice(company, line("10"), {**TEN_PERCENT, "DiscountLineDetail": wrong})


@pytest.mark.parametrize(
    ("written", "day", "too_few", "due"),
    [
        ("2026-03-04", 15, 0, "2026-03-15"),
        ("2026-03-15", 15, 0, "2026-03-15"),
        ("2026-03-16", 15, 0, "2026-04-15"),
        ("2026-03-04", 15, 11, "2026-04-15"),
        ("2026-03-04", 15, 10, "2026-03-15"),
        ("2026-02-10", 31, 0, "2026-02-28"),
        ("2026-12-30", 5, 0, "2027-01-05"),
        ("2026-01-31", 30, 0, "2026-02-28"),
    ],
)
def test_date_driven_terms(written: str, day: int, too_few: int, due: str) -> None:
    """14.11: a day of the month, the next month's when that is past or too near; short months end earlier."""
    term = {"DayOfMonthDue": Decimal(day), "DueNextMonthDays": Decimal(too_few)}
    assert due_dates.due(term, written) == due


def test_without_a_term_the_companys_one_counts(make_company: Make, line: Line) -> None:
    """13.2: "without a term the company default (recorded: +30 days)"; DefaultTerms of 14.2 names it."""
    company = opened(make_company())
    assert invoice(company, line("1"), TxnDate="2026-03-04")["DueDate"] == "2026-04-03"
    terms = {"DefaultTerms": {"value": "2"}}
    company.update("Preferences", {"Id": "1", "SyncToken": "0", "SalesFormsPrefs": terms})
    assert invoice(company, line("1"), TxnDate="2026-03-04")["DueDate"] == "2026-03-19"
    own = company.create("Term", {"Name": "Mid month", "DayOfMonthDue": 15})
    by_term = invoice(company, line("1"), TxnDate="2026-03-04", SalesTermRef={"value": own["Id"]})
    assert by_term["DueDate"] == "2026-03-15"


def test_a_full_update_needs_lines(make_company: Make, line: Line) -> None:
    """5.3: required members left out of a full update are 2020; a sparse one leaves them as they are."""
    company = opened(make_company())
    made = company.create("SalesReceipt", {"CustomerRef": {"value": "1"}, "Line": [line("40")]})
    with pytest.raises(Refused, match="2020"):
        company.update("SalesReceipt", {"Id": made["Id"], "SyncToken": "0", "PrivateNote": "x"})
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert company.update("SalesReceipt", body)["Line"] == made["Line"]


def test_a_bundle_sent_in_short_outside_the_us(make_company: Make) -> None:
    """14.6: only GroupItemRef and Quantity; each part brings the tax code of its item (14.4 SalesTaxCodeRef)."""
    company = make_company("gb", "sample")
    bundle = next(one for one in company.tables["Item"].records.values() if one["Type"] == "Group")
    detail = {"GroupItemRef": {"value": bundle["Id"]}, "Quantity": 2}
    record = invoice(company, {"DetailType": "GroupLineDetail", "GroupLineDetail": detail})
    assert record["Line"][0]["Amount"] == Decimal(850)
    assert record["TxnTaxDetail"]["TotalTax"] == Decimal(170)
