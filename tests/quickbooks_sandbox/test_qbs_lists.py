"""Classes, departments, currencies, exchange rates, tax agencies and the tax service (reference 14.11, 15.6)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused
from quickbooks_sandbox.query import evaluation

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(("entity", "flag"), [("Class", "SubClass"), ("Department", "SubDepartment")])
def test_a_tree_of_five_levels(make_company: Make, entity: str, flag: str) -> None:
    """Paths follow the parents, the sixth level is 6180, and a renamed root renames what is below it."""
    company = make_company()
    above = company.create(entity, {"Name": "1"})
    assert above["FullyQualifiedName"] == "1"
    assert above[flag] is False
    for name in "2345":
        above = company.create(entity, {"Name": name, "ParentRef": {"value": above["Id"]}})
    assert above["FullyQualifiedName"] == "1:2:3:4:5"
    assert above[flag] is True
    with pytest.raises(Refused, match="6180"):
        company.create(entity, {"Name": "6", "ParentRef": {"value": above["Id"]}})
    company.update(entity, {"Id": "1", "SyncToken": "0", "sparse": True, "Name": "root"})
    assert company.read(entity, above["Id"])["FullyQualifiedName"] == "root:2:3:4:5"
    with pytest.raises(Refused, match="below itself"):
        company.update(
            entity,
            {"Id": "1", "SyncToken": "1", "Name": "root", "ParentRef": {"value": above["Id"]}},
        )


def test_names_are_unique_among_siblings_and_freed_by_retiring(make_company: Make) -> None:
    """6240 for the same path, none for the same name elsewhere; an inactive class gets the suffix."""
    company = make_company()
    first = company.create("Class", {"Name": "Online"})
    second = company.create("Class", {"Name": "Shop"})
    company.create("Class", {"Name": "online", "ParentRef": {"value": second["Id"]}})
    with pytest.raises(Refused, match="6240"):
        company.create("Class", {"Name": "ONLINE"})
    gone = company.update("Class", {**first, "sparse": True, "Active": False})
    assert gone["FullyQualifiedName"] == gone["Name"] == "Online (deleted)"
    assert company.create("Class", {"Name": "Online"})["Id"] == "4"


def test_classes_and_locations_are_forty_together(make_company: Make) -> None:
    """The limit of the Plus edition."""
    company = make_company()
    for number in range(20):
        company.create("Class", {"Name": str(number)})
        company.create("Department", {"Name": str(number)})
    with pytest.raises(Refused, match="up to 40"):
        company.create("Department", {"Name": "one more"})


def test_currencies_need_multicurrency(make_company: Make) -> None:
    """5030 in a company of one currency."""
    company = make_company()
    for entity, body in (
        ("CompanyCurrency", {"Code": "EUR"}),
        ("ExchangeRate", {"SourceCurrencyCode": "EUR", "Rate": Decimal("1.1")}),
    ):
        with pytest.raises(Refused, match="5030"):
            company.create(entity, body)


def test_a_currency_of_the_company(make_company: Make) -> None:
    """Named by its code, which is unique and fixed."""
    company = make_company("eu-multicurrency")
    made = company.create("CompanyCurrency", {"Code": "chf"})
    assert made["Code"] == "CHF"
    assert made["Name"] == "Swiss Franc"
    with pytest.raises(Refused, match="6240"):
        company.create("CompanyCurrency", {"Code": "CHF"})
    with pytest.raises(Refused, match="2170"):
        company.create("CompanyCurrency", {"Code": "XXX"})
    with pytest.raises(Refused, match="cannot be changed"):
        company.update("CompanyCurrency", {**made, "Code": "SEK"})
    off = company.update("CompanyCurrency", {**made, "sparse": True, "Active": False})
    assert off["Active"] is False
    assert evaluation.answer(company, "select * from CompanyCurrency where Code = 'CHF'") == {}


def test_a_name_brings_its_currency_with_it(make_company: Make) -> None:
    """An unknown currency is added to the company's list (14.3)."""
    company = make_company("eu-multicurrency")
    customer = company.create("Customer", {"DisplayName": "A", "CurrencyRef": {"value": "NOK"}})
    assert customer["CurrencyRef"] == {"value": "NOK", "name": "Norwegian Krone"}
    codes = [one["Code"] for one in company.tables["CompanyCurrency"].records.values()]
    assert codes == ["EUR", "GBP", "USD", "NOK"]


def test_an_exchange_rate_holds_from_its_day_on(make_company: Make) -> None:
    """The latest rate on or before a day is that day's; there is one per currency and day, without an id."""
    company = make_company("eu-multicurrency")
    customer = company.create("Customer", {"DisplayName": "A", "CurrencyRef": {"value": "USD"}})

    def rate(day: str) -> Decimal:
        line = {
            "Amount": 100,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"TaxCodeRef": {"value": "2"}},
        }
        body = {"CustomerRef": {"value": customer["Id"]}, "TxnDate": day, "Line": [line]}
        return company.create("Invoice", body)["ExchangeRate"]

    first = rate("2026-03-01")
    stored = company.create(
        "ExchangeRate", {"SourceCurrencyCode": "USD", "Rate": Decimal("0.9"), "AsOfDate": "2026-03-02"}
    )
    assert "Id" not in stored
    assert stored["TargetCurrencyCode"] == "EUR"
    assert [rate(f"2026-03-0{day}") for day in (1, 2, 4)] == [first, Decimal("0.9"), Decimal("0.9")]
    company.update("ExchangeRate", {**stored, "Rate": Decimal("0.8")})
    assert rate("2026-03-04") == Decimal("0.8")
    with pytest.raises(Refused, match="2090"):
        company.create("ExchangeRate", {"SourceCurrencyCode": "USD", "Rate": 0})


async def test_the_rate_of_a_day_is_read_by_currency(make_caller: Any) -> None:
    """GET /exchangerate?sourcecurrencycode=…&asofdate=… (14.11)."""
    caller = await make_caller("eu-multicurrency")
    response = await caller.get("/exchangerate", sourcecurrencycode="GBP", asofdate="2026-03-01")
    made = caller.json(response)["ExchangeRate"]
    assert made["AsOfDate"] == "2026-03-01"
    await caller.write(
        "/exchangerate", {"SourceCurrencyCode": "GBP", "Rate": "1.2", "AsOfDate": "2026-03-01"}
    )
    response = await caller.get("/exchangerate", sourcecurrencycode="gbp", asofdate="2026-03-01")
    assert caller.json(response)["ExchangeRate"]["Rate"] == Decimal("1.2")
    assert caller.code(await caller.get("/exchangerate")) == "2020"
    assert caller.code(await caller.get("/exchangerate", sourcecurrencycode="GBP", asofdate="x")) == "2060"


def test_an_agency_is_written_once(make_company: Make) -> None:
    """Create and read only; the name is unique."""
    company = make_company("gb")
    agency = company.create("TaxAgency", {"DisplayName": "Guernsey Revenue"})
    assert agency["TaxTrackedOnSales"] is True
    with pytest.raises(Refused, match="6240"):
        company.create("TaxAgency", {"DisplayName": "Guernsey Revenue"})
    with pytest.raises(Refused, match="500"):
        company.update("TaxAgency", {**agency, "DisplayName": "x"})


async def test_the_tax_service_makes_codes_that_tax(make_caller: Any, line: Line) -> None:
    """The answer is the request with ids and has no entity's name; the code works on a document at once."""
    caller = await make_caller("gb")
    detail = {"TaxRateName": "Luxury", "RateValue": "33", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    response = await caller.post(
        "/taxservice/taxcode", {"TaxCode": "Luxury", "Id": 0, "TaxRateDetails": [detail]}
    )
    made = caller.json(response)
    assert set(made) == {"TaxCode", "TaxCodeId", "TaxRateDetails", "time"}
    assert made["TaxRateDetails"][0]["TaxRateId"]
    customer = await caller.write("/customer", {"DisplayName": "A"})
    invoice = await caller.write(
        "/invoice",
        {"CustomerRef": {"value": customer["Id"]}, "Line": [line("100", tax=made["TaxCodeId"])]},
    )
    assert invoice["TxnTaxDetail"]["TotalTax"] == Decimal(33)
    again = await caller.post("/taxservice/taxcode", {"TaxCode": "luxury", "TaxRateDetails": [detail]})
    assert caller.code(again) == "6240"


async def test_a_tax_code_is_made_once_per_request_id(make_caller: Any) -> None:
    """The tax service remembers requests as every write does."""
    caller = await make_caller("gb")
    detail = {"TaxRateName": "A", "RateValue": 1, "TaxAgencyId": "1"}
    body = {"TaxCode": "A", "TaxRateDetails": [detail]}
    first = await caller.post("/taxservice/taxcode", body, requestid="r1")
    second = await caller.post("/taxservice/taxcode", body, requestid="r1")
    assert first.content == second.content


def test_a_renamed_parent_renames_what_is_below(make_company: Make) -> None:
    """Customers, categories and accounts: paths, parents' names and levels follow, and no tree bites its tail."""
    company = make_company()
    above = company.create("Customer", {"DisplayName": "Top"})
    below = company.create("Customer", {"DisplayName": "Job", "Job": True, "ParentRef": {"value": "1"}})
    leaf = company.create(
        "Customer", {"DisplayName": "Leaf", "Job": True, "ParentRef": {"value": below["Id"]}}
    )
    company.update("Customer", {**above, "sparse": True, "DisplayName": "New"})
    moved = company.read("Customer", leaf["Id"])
    assert (moved["FullyQualifiedName"], moved["Level"]) == ("New:Job:Leaf", 2)
    assert company.read("Customer", below["Id"])["ParentRef"] == {"value": "1", "name": "New"}
    with pytest.raises(Refused, match="below itself"):
        company.update(
            "Customer",
            {"Id": "1", "SyncToken": "1", "sparse": True, "Job": True, "ParentRef": {"value": leaf["Id"]}},
        )
    category = company.create("Item", {"Name": "Goods", "Type": "Category"})
    under = {"SubItem": True, "ParentRef": {"value": category["Id"]}}
    income = company.read("Item", "1")["IncomeAccountRef"]
    item = company.create("Item", {"Name": "Pot", "Type": "Service", "IncomeAccountRef": income, **under})
    company.update("Item", {**category, "sparse": True, "Name": "Wares"})
    assert company.read("Item", item["Id"])["FullyQualifiedName"] == "Wares:Pot"
    till = company.create("Account", {"Name": "Till", "AccountType": "Bank", "ParentRef": {"value": "1"}})
    company.update("Account", {"Id": "1", "SyncToken": "0", "sparse": True, "Name": "Current"})
    assert company.read("Account", till["Id"])["FullyQualifiedName"] == "Current:Till"
