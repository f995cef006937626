"""Tax that somebody else computed: how it is sent, when it stays and when it may not be changed (reference 15.2-15.4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company import tax_setup
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
Record = dict[str, Any]
ARIZONA = {"Line1": "1 Main St", "City": "Tucson", "CountrySubDivisionCode": "AZ"}


def opened(company: Company, **customer: Any) -> Company:
    company.create("Customer", {"DisplayName": "Northwind", **customer})
    return company


def invoice(company: Company, *lines: Record, **members: Any) -> Record:
    return company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": list(lines), **members})


def sparse(company: Company, record: Record, **members: Any) -> Record:
    identity = {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True}
    return company.update("Invoice", {**identity, **members})


def tax_line(rate: str, amount: str) -> Record:
    detail = {"TaxRateRef": {"value": rate}}
    return {"Amount": Decimal(amount), "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


@pytest.mark.parametrize(("kind", "code"), [("us-ast", "TAX"), ("us-manual", "TAX"), ("gb", "6")])
@pytest.mark.parametrize(
    "said",
    [
        {"CustomerRef": {"value": "1"}, "PrivateNote": "checked"},
        {"ApplyTaxAfterDiscount": False, "DueDate": "2026-05-01"},
        {"ShipAddr": ARIZONA, "DocNumber": "7"},
        {"BillEmail": {"Address": "a@b.example"}},
    ],
)
def test_an_update_that_only_says_again_keeps_the_sent_tax(
    make_company: Make, line: Line, kind: str, code: str, said: Record
) -> None:
    """What a sparse update leaves out stays (5.3): the override is gone with new lines, not with a note (15.4)."""
    company = opened(make_company(kind), BillAddr=ARIZONA, ShipAddr=ARIZONA)
    before = invoice(company, line("100", tax=code), TxnTaxDetail={"TotalTax": Decimal("9.99")})
    after = sparse(company, before, **said)
    assert after["TxnTaxDetail"] == before["TxnTaxDetail"]
    assert after["TotalAmt"] == Decimal("109.99")


@pytest.mark.parametrize("kind", ["us-ast", "us-manual", "gb"])
def test_the_whole_object_sent_back_changes_nothing(make_company: Make, line: Line, kind: str) -> None:
    """A client that reads, changes a memo and writes everything keeps every cent of the tax (5.3, 15.4)."""
    company = opened(make_company(kind), BillAddr=ARIZONA, ShipAddr=ARIZONA)
    code = "6" if kind == "gb" else "TAX"
    chosen = {"TxnTaxCodeRef": {"value": "3"}} if kind == "us-manual" else {}
    lines = [line(amount, tax=code) for amount in ("0.25", "7.17", "19.99")]
    before = invoice(company, *lines, TxnTaxDetail={**chosen, "TotalTax": Decimal("2.41")})
    same = company.update("Invoice", before)
    assert same == before
    after = company.update("Invoice", {**before, "PrivateNote": "x"})
    assert after["TxnTaxDetail"] == before["TxnTaxDetail"]
    assert after["SyncToken"] == "1"


def test_the_old_tax_stays_when_it_is_sent_with_new_lines(make_company: Make, line: Line) -> None:
    """15.4: "remove TxnTaxDetail from the payload, else the old tax stays", also where a rate is read-only."""
    company = opened(make_company("gb"))
    before = invoice(company, line("100", tax="6"))
    kept = company.update("Invoice", {**before, "Line": [line("50", tax="6")]})
    assert (kept["TxnTaxDetail"]["TotalTax"], kept["TotalAmt"]) == (Decimal(20), Decimal(70))
    body = {name: value for name, value in kept.items() if name != "TxnTaxDetail"}
    assert company.update("Invoice", body)["TotalAmt"] == Decimal(60)


def test_a_read_only_rate_cannot_be_overridden(make_company: Make, line: Line) -> None:
    """15.4: 6000 for another amount of a rate whose DisplayType is ReadOnly; the computed one may be said."""
    company = opened(make_company("gb"))
    assert company.read("TaxRate", "12")["DisplayType"] == "ReadOnly"
    sent = {"TotalTax": Decimal("24.83"), "TaxLine": [tax_line("12", "24.83")]}
    assert invoice(company, line("124.17", tax="6"), TxnTaxDetail=sent)["TotalAmt"] == Decimal("149.00")
    with pytest.raises(Refused, match="cannot be overridden") as caught:
        invoice(company, line("124.17", tax="6"), TxnTaxDetail={"TaxLine": [tax_line("12", "24.84")]})
    assert caught.value.code == "6000"


def test_rates_of_ones_own_are_overridden_one_by_one(make_company: Make, line: Line) -> None:
    """15.4: a tax line for every rate, each once and only of the codes used; the difference is shown."""
    company = opened(make_company("ca"))
    details = [
        {"TaxRateName": name, "RateValue": value, "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
        for name, value in (("Own A", 5), ("Own B", 7))
    ]
    made = tax_setup.create_code(company, {"TaxCode": "Own", "TaxRateDetails": details})
    first, second = (one["TaxRateId"] for one in made["TaxRateDetails"])
    sold = line("100", tax=made["TaxCodeId"])
    sent = {"TaxLine": [tax_line(second, "7.05"), tax_line(first, "5")]}
    record = invoice(company, sold, TxnTaxDetail=sent)
    shown = {
        one["TaxLineDetail"]["TaxRateRef"]["value"]: (
            one["Amount"],
            one["TaxLineDetail"].get("OverrideDeltaAmount"),
        )
        for one in record["TxnTaxDetail"]["TaxLine"]
    }
    assert shown == {first: (Decimal(5), None), second: (Decimal("7.05"), Decimal("0.05"))}
    for wrong in ([first], [first, first], [first, "6"], [first, second, "6"]):
        with pytest.raises(Refused, match="6000"):
            invoice(company, sold, TxnTaxDetail={"TaxLine": [tax_line(rate, "5") for rate in wrong]})


def test_american_tax_lines_count_rate_by_rate(make_company: Make, line: Line) -> None:
    """15.2: an override is one sum, or amounts by rate that stay as they were sent; the sum counts."""
    company = opened(make_company("us-manual"))
    by_rate = [tax_line("1", "7.00"), tax_line("2", "1.50")]
    sent = {"TxnTaxCodeRef": {"value": "3"}, "TaxLine": by_rate}
    detail = invoice(company, line("100", tax="TAX"), TxnTaxDetail=sent)["TxnTaxDetail"]
    assert [one["Amount"] for one in detail["TaxLine"]] == [Decimal("7.00"), Decimal("1.50")]
    assert detail["TotalTax"] == Decimal("8.50")
    told = invoice(company, line("100", tax="TAX"), TxnTaxDetail={**sent, "TotalTax": 0})
    assert told["TxnTaxDetail"]["TotalTax"] == 0


def test_a_chosen_code_survives_new_lines(make_company: Make, line: Line) -> None:
    """A sparse update that does not speak of the tax leaves the document's code (5.3); another customer brings its own."""
    company = opened(make_company("us-manual"))
    company.create("Customer", {"DisplayName": "Other"})
    before = invoice(company, line("100", tax="TAX"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "3"}})
    after = sparse(company, before, Line=[line("200", tax="TAX")])
    assert after["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "3"}
    assert after["TxnTaxDetail"]["TotalTax"] == Decimal("17.40")
    moved = sparse(company, after, CustomerRef={"value": "2"})
    assert moved["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "2"}


@pytest.mark.parametrize(("counts", "tax"), [(False, Decimal(8)), (True, Decimal(0))])
def test_a_tax_of_nothing_is_computed_unless_it_counts(
    make_company: Make, line: Line, counts: bool, tax: Decimal
) -> None:
    """Reference 19, no. 10."""
    home = {"Line1": "1 Bay St", "CountrySubDivisionCode": "CA"}
    company = opened(make_company(honour_zero_tax=counts), ShipAddr=home)
    record = invoice(company, line("100", tax="TAX"), TxnTaxDetail={"TotalTax": 0})
    assert record["TxnTaxDetail"]["TotalTax"] == tax


@pytest.mark.parametrize(("kind", "taxed", "free"), [("us-manual", "TAX", "NON"), ("gb", "6", "2")])
def test_taxable_documents_have_750_lines_at_most(
    make_company: Make, line: Line, kind: str, taxed: str, free: str
) -> None:
    """14.6, 15.3."""
    company = opened(make_company(kind))
    assert invoice(company, *[line("1", tax=free)] * 751)["TotalAmt"] == 751
    assert len(invoice(company, *[line("1", tax=taxed)] * 750)["Line"]) == 751
    with pytest.raises(Refused, match="750 lines"):
        invoice(company, *[line("1", tax=taxed)] * 751)


@pytest.mark.parametrize("after", [False, True])
def test_inclusive_prices_with_a_discount(make_company: Make, line: Line, after: bool) -> None:
    """15.4, 15.5: nets of 100.00 and 50.00 at 20 and 0 %, 15.00 off before or after the tax; totals to the penny."""
    company = opened(make_company("gb"))
    discount = {
        "Amount": 15,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False},
    }
    record = invoice(
        company,
        line("100", tax="6"),
        line("50", tax="2"),
        discount,
        GlobalTaxCalculation="TaxInclusive",
        ApplyTaxAfterDiscount=after,
    )
    gross = [one["SalesItemLineDetail"]["TaxInclusiveAmt"] for one in record["Line"][:2]]
    assert gross == [Decimal("120.00"), Decimal("50.00")]
    by_rate = {
        one["TaxLineDetail"]["TaxPercent"]: (one["TaxLineDetail"]["NetAmountTaxable"], one["Amount"])
        for one in record["TxnTaxDetail"]["TaxLine"]
    }
    assert by_rate[Decimal(20)] == ((Decimal(90), Decimal(18)) if after else (Decimal(100), Decimal(20)))
    assert by_rate[Decimal(0)][1] == 0
    assert record["TotalAmt"] == Decimal(150 - 15 + (18 if after else 20))
