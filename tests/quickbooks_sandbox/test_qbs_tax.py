"""The four tax models (reference 15)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
CALIFORNIA = {"Line1": "1 Bay St", "City": "Bayshore", "CountrySubDivisionCode": "CA"}
ARIZONA = {"Line1": "1 Main St", "City": "Tucson", "CountrySubDivisionCode": "AZ"}


def opened(company: Company, **customer: Any) -> Company:
    company.create("Customer", {"DisplayName": "Northwind", **customer})
    return company


def invoice(company: Company, *lines: dict[str, Any], **members: Any) -> dict[str, Any]:
    return company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": list(lines), **members})


def discount(amount: str) -> dict[str, Any]:
    return {
        "Amount": Decimal(amount),
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False},
    }


def test_automated_tax_follows_the_place_of_delivery(make_company: Make, line: Line) -> None:
    """Reference 15.3: Tucson has two rates, and the answer shows each with its net."""
    company = opened(make_company(), ShipAddr=ARIZONA)
    record = invoice(company, line("100", tax="TAX"), line("50"))
    assert record["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "3"}
    assert record["TxnTaxDetail"]["TotalTax"] == Decimal("8.70")
    assert [
        (one["Amount"], one["TaxLineDetail"]["TaxPercent"], one["TaxLineDetail"]["NetAmountTaxable"])
        for one in record["TxnTaxDetail"]["TaxLine"]
    ] == [(Decimal("6.10"), Decimal("6.1"), 100), (Decimal("2.60"), Decimal("2.6"), 100)]
    assert record["TotalAmt"] == Decimal("158.70")


def test_automated_tax_replaces_a_sent_code_and_honours_a_sent_amount(make_company: Make, line: Line) -> None:
    """Reference 15.3: the engine's code, the caller's amount, prorated over the rates."""
    company = opened(make_company(), ShipAddr=ARIZONA)
    sent = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": Decimal("9.00")}
    detail = invoice(company, line("100", tax="TAX"), TxnTaxDetail=sent)["TxnTaxDetail"]
    assert detail["TxnTaxCodeRef"] == {"value": "3"}
    assert [one["Amount"] for one in detail["TaxLine"]] == [Decimal("6.31"), Decimal("2.69")]


def test_automated_tax_without_any_address_is_zero_against_an_override(
    make_company: Make, line: Line
) -> None:
    """Reference 18a, no. 6; the option of the documentation computes at the company's address instead."""
    sent = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": Decimal("9.00")}
    record = invoice(opened(make_company()), line("100", tax="TAX"), TxnTaxDetail=sent)
    assert record["TxnTaxDetail"] == {"TotalTax": 0}
    documented = opened(make_company(automated_tax_needs_address=False))
    assert invoice(documented, line("100", tax="TAX"))["TxnTaxDetail"]["TotalTax"] == 8


def test_an_exempt_customer_pays_no_automated_tax(make_company: Make, line: Line) -> None:
    """Reference 14.3: an exemption reason makes the customer untaxed."""
    company = opened(make_company(), ShipAddr=CALIFORNIA, TaxExemptionReasonId="9")
    assert company.read("Customer", "1")["Taxable"] is False
    assert invoice(company, line("100", tax="TAX"))["TotalAmt"] == 100


def test_a_missing_line_code_depends_on_the_item_and_the_model(make_company: Make, line: Line) -> None:
    """Reference 19, no. 9: automated: TAX for a taxable item; manual: NON."""
    codes = []
    for kind in ("us-ast", "us-manual"):
        company = opened(make_company(kind), ShipAddr=CALIFORNIA)
        company.update("Item", {"Id": "2", "SyncToken": "0", "sparse": True, "Taxable": True})
        record = invoice(company, line("10", tax=None, item="2"), line("10", tax=None))
        codes.append([one["SalesItemLineDetail"]["TaxCodeRef"]["value"] for one in record["Line"][:2]])
    assert codes == [["TAX", "NON"], ["NON", "NON"]]


@pytest.mark.parametrize("kind", ["us-ast", "us-manual"])
def test_american_lines_know_two_codes_only(make_company: Make, line: Line, kind: str) -> None:
    """Reference 15.2: anything but TAX and NON is 6100, and CustomSalesTax may not be used."""
    company = opened(make_company(kind), ShipAddr=CALIFORNIA)
    with pytest.raises(Refused, match="6100"):
        invoice(company, line("10", tax="2"))
    with pytest.raises(Refused, match="6160"):
        invoice(company, line("10", tax="TAX"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "CustomSalesTax"}})


def test_manual_tax_takes_the_documents_code_or_the_customers(make_company: Make, line: Line) -> None:
    """Reference 15.2: TxnTaxCodeRef decides; omitted, the customer's default applies; an amount overrides."""
    company = opened(make_company("us-manual"), DefaultTaxCodeRef={"value": "3"})
    assert invoice(company, line("100", tax="TAX"))["TxnTaxDetail"]["TotalTax"] == Decimal("8.70")
    by_code = {"TxnTaxCodeRef": {"value": "2"}}
    assert invoice(company, line("100", tax="TAX"), TxnTaxDetail=by_code)["TotalAmt"] == 108
    own = {**by_code, "TotalTax": Decimal("7.77")}
    assert invoice(company, line("100", tax="TAX"), TxnTaxDetail=own)["TotalAmt"] == Decimal("107.77")


def test_a_company_without_sales_tax_stores_none(make_company: Make, line: Line) -> None:
    """Reference 15.1: tax members are ignored."""
    company = opened(make_company("us-none"))
    record = invoice(company, line("100", tax="TAX"), TxnTaxDetail={"TotalTax": 5})
    assert (record["TotalAmt"], record["TxnTaxDetail"]) == (100, {"TotalTax": 0})
    assert "TaxCodeRef" not in record["Line"][0]["SalesItemLineDetail"]


@pytest.mark.parametrize(("after", "tax"), [(False, "8.00"), (True, "7.20")])
def test_a_discount_comes_before_or_after_the_tax(
    make_company: Make, line: Line, after: bool, tax: str
) -> None:
    """Reference 15.5: ApplyTaxAfterDiscount lowers what is taxed."""
    company = opened(make_company("us-manual"))
    record = invoice(company, line("100", tax="TAX"), discount("10"), ApplyTaxAfterDiscount=after)
    assert record["TxnTaxDetail"]["TotalTax"] == Decimal(tax)
    assert record["TotalAmt"] == Decimal(90) + Decimal(tax)


def test_global_companies_need_a_real_code_on_every_line(make_company: Make, line: Line) -> None:
    """Reference 15.4: none is 6000, a US word is refused, an unknown code is 2500."""
    company = opened(make_company("gb"))
    for tax, code in ((None, "6000"), ("TAX", "6100"), ("99", "2500")):
        with pytest.raises(Refused) as caught:
            invoice(company, line("10", tax=tax))
        assert caught.value.code == code


def test_global_tax_is_rounded_once_per_rate(make_company: Make, line: Line) -> None:
    """Reference 20.8: three lines of 0.33 at 20 % are 0.20, not 0.21."""
    record = invoice(opened(make_company("gb")), *[line("0.33", tax="6")] * 3)
    assert record["TxnTaxDetail"]["TotalTax"] == Decimal("0.20")
    assert record["GlobalTaxCalculation"] == "TaxExcluded"


def test_line_amounts_are_net_even_when_tax_is_inclusive(make_company: Make, line: Line) -> None:
    """Reference 15.4: the gross stands in TaxInclusiveAmt, the total is net plus tax."""
    record = invoice(opened(make_company("gb")), line("124.17", tax="6"), GlobalTaxCalculation="TaxInclusive")
    assert record["Line"][0]["SalesItemLineDetail"]["TaxInclusiveAmt"] == Decimal("149.00")
    assert record["TotalAmt"] == Decimal("149.00")


def test_not_applicable_means_no_tax_at_all(make_company: Make, line: Line) -> None:
    """Reference 15.4: tax beside it is 6170."""
    company = opened(make_company("au"))
    assert invoice(company, line("10"), GlobalTaxCalculation="NotApplicable")["TotalAmt"] == 10
    with pytest.raises(Refused, match="6170"):
        invoice(company, line("10"), GlobalTaxCalculation="NotApplicable", TxnTaxDetail={"TotalTax": 1})


def test_the_safest_recipe_keeps_the_callers_tax(make_company: Make, line: Line) -> None:
    """Reference 15.4: TaxExcluded, net lines and an explicit TotalTax; the difference is shown."""
    record = invoice(
        opened(make_company("gb")), *[line("0.33", tax="6")] * 3, TxnTaxDetail={"TotalTax": Decimal("0.21")}
    )
    assert record["TotalAmt"] == Decimal("1.20")
    assert record["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["OverrideDeltaAmount"] == Decimal("0.01")


def test_two_rates_in_one_code_are_both_shown(make_company: Make, line: Line) -> None:
    """Reference 15.4 with the recorded Quebec case: 9.975 % of 4,495.16 is 448.39."""
    detail = invoice(opened(make_company("ca")), line("4495.16", tax="6"))["TxnTaxDetail"]
    assert [one["Amount"] for one in detail["TaxLine"]] == [Decimal("224.76"), Decimal("448.39")]


def test_an_update_of_a_note_keeps_the_tax_and_new_lines_compute_it_anew(
    make_company: Make, line: Line
) -> None:
    """Reference 15.4: tax stays until lines change; then it is computed unless it is sent again."""
    company = opened(make_company("us-manual"))
    before = invoice(
        company, line("100", tax="TAX"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}, "TotalTax": 9}
    )
    noted = company.update("Invoice", {"Id": "1", "SyncToken": "0", "sparse": True, "PrivateNote": "n"})
    assert noted["TxnTaxDetail"] == before["TxnTaxDetail"]
    after = company.update(
        "Invoice", {"Id": "1", "SyncToken": "1", "sparse": True, "Line": [line("200", tax="TAX")]}
    )
    assert after["TxnTaxDetail"]["TotalTax"] == 16


@pytest.mark.parametrize("entity", ["Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate"])
@pytest.mark.parametrize(
    ("kind", "code", "tax"),
    [
        ("us-ast", "TAX", "8.00"),
        ("us-manual", "TAX", "8.00"),
        ("us-none", "TAX", "0"),
        ("gb", "6", "20.00"),
        ("ca", "6", "14.98"),
        ("au", "3", "10.00"),
        ("eu-multicurrency", "5", "23.00"),
    ],
)
def test_every_document_is_taxed_alike(
    make_company: Make, line: Line, entity: str, kind: str, code: str, tax: str
) -> None:
    """100.00 in each model: the same rules for invoices, receipts, credits, refunds and estimates."""
    company = make_company(kind)
    company.create("Customer", {"DisplayName": "A", "BillAddr": {"Line1": "1 Main St"}})
    body = {
        "CustomerRef": {"value": "1"},
        "DepositToAccountRef": {"value": "1"},
        "Line": [line("100", tax=code)],
    }
    record = company.create(entity, body)
    assert record["TxnTaxDetail"]["TotalTax"] == Decimal(tax)
    assert record["TotalAmt"] == 100 + Decimal(tax)


def test_a_compound_rate_taxes_the_tax_before_it(make_company: Make, line: Line) -> None:
    """TaxOnAmountPlusTax in its order: 5 % of 100.00, then 10 % of 105.00; the net is shown with it (15.1)."""
    company = make_company("ca")
    company.create("Customer", {"DisplayName": "A"})
    table = company.tables["TaxCode"].records
    first, second = table["6"]["SalesTaxRateList"]["TaxRateDetail"]
    compound = {**second, "TaxTypeApplicable": "TaxOnAmountPlusTax", "TaxOrder": 1}
    table["6"] = {**table["6"], "SalesTaxRateList": {"TaxRateDetail": [compound, first]}}
    rates = company.tables["TaxRate"].records
    rates["10"] = {**rates["10"], "RateValue": Decimal(10)}
    record = company.create(
        "Invoice",
        {
            "CustomerRef": {"value": "1"},
            "GlobalTaxCalculation": "TaxInclusive",
            "Line": [line("60", tax="6"), line("40", tax="6")],
        },
    )
    shown = [
        (one["TaxLineDetail"]["NetAmountTaxable"], one["Amount"]) for one in record["TxnTaxDetail"]["TaxLine"]
    ]
    assert shown == [(Decimal(100), Decimal(5)), (Decimal(105), Decimal("10.50"))]
    gross = [one["SalesItemLineDetail"]["TaxInclusiveAmt"] for one in record["Line"][:2]]
    assert gross == [Decimal("69.30"), Decimal("46.20")]
