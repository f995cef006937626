"""Bundles on sales documents (reference 14.6): sent in short or in full, taxed, voided, posted by their parts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

from .books import by_name, check_books

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
Record = dict[str, Any]


@pytest.fixture
def company(make_company: Make) -> Company:
    """A company with one bundle: two hours at 40 and one service at 15."""
    company = make_company("us-manual")
    company.create("Customer", {"DisplayName": "A"})
    for key, price in (("1", 15), ("2", 40)):
        company.update("Item", {"Id": key, "SyncToken": "0", "sparse": True, "UnitPrice": price})
    parts = [{"ItemRef": {"value": "2"}, "Qty": Decimal(2)}, {"ItemRef": {"value": "1"}, "Qty": Decimal(1)}]
    stored = company.read("Item", "1")
    bundle: Record = {
        **{name: stored[name] for name in ("SyncToken", "MetaData", "domain", "sparse", "Active")},
        "Id": "90",
        "Name": "Package",
        "FullyQualifiedName": "Package",
        "Type": "Group",
        "ItemGroupDetail": {"ItemGroupLine": parts},
    }
    company.tables["Item"].put(bundle, 0)
    return company


def packaged(quantity: int | None = None, *lines: Record) -> Record:
    detail: Record = {"GroupItemRef": {"value": "90"}}
    if quantity is not None:
        detail["Quantity"] = quantity
    if lines:
        detail["Line"] = list(lines)
    return {"DetailType": "GroupLineDetail", "GroupLineDetail": detail}


def test_a_bundle_is_expanded(company: Company, line: Line) -> None:
    """Three packages: six hours and three services, 285.00 in all, beside a plain line."""
    body = {"CustomerRef": {"value": "1"}, "Line": [packaged(3), line("5")]}
    record = company.create("Invoice", body)
    group = record["Line"][0]
    assert group["Amount"] == Decimal(285)
    inside = group["GroupLineDetail"]["Line"]
    assert [(one["Amount"], one["SalesItemLineDetail"]["Qty"]) for one in inside] == [(240, 6), (45, 3)]
    assert record["TotalAmt"] == Decimal(290)
    assert len({one["Id"] for one in [*inside, *record["Line"]] if "Id" in one}) == 4
    again = company.update("Invoice", {**record, "PrivateNote": "x"})
    assert again["Line"] == record["Line"]
    assert by_name(company, ("Invoice", record["Id"]))["Services"] == Decimal(-290)
    check_books(company)


def test_a_bundle_is_taxed_and_voided_by_its_parts(company: Company, line: Line) -> None:
    """Only the taxable part is taxed; a void empties what is inside."""
    parts = [line("100", tax="TAX"), line("20")]
    record = company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [packaged(1, *parts)]})
    assert record["TxnTaxDetail"]["TotalTax"] == Decimal(8)
    voided = company.void("Invoice", record)
    group = voided["Line"][0]
    assert group["Amount"] == 0
    assert [one["Amount"] for one in group["GroupLineDetail"]["Line"]] == [0, 0]
    check_books(company)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"DetailType": "GroupLineDetail"}, "GroupItemRef"),
        (
            {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": "1"}}},
            "Only a bundle",
        ),
        (packaged(1, {"DetailType": "DescriptionOnly", "Description": "x"}), "item lines only"),
    ],
)
def test_what_is_no_bundle_is_refused(company: Company, sent: Record, words: str) -> None:
    with pytest.raises(Refused, match=words):
        company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [sent]})


def test_a_bundle_stands_on_no_item_line(company: Company, line: Line) -> None:
    with pytest.raises(Refused, match="cannot stand on an item line"):
        company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("5", item="90")]})
