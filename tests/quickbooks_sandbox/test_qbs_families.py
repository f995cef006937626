"""Customers below customers and accounts below accounts: whose invoices are paid, what balances follow (14.3, 14.5, 14.8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

from .books import account, check_books

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
Record = dict[str, Any]


def job(company: Company, name: str, parent: str) -> str:
    body = {"DisplayName": name, "Job": True, "BillWithParent": True, "ParentRef": {"value": parent}}
    return str(company.create("Customer", body)["Id"])


@pytest.fixture
def company(make_company: Make) -> Company:
    """Two top customers, 1 and 2; jobs 3 and 4 below 1, job 5 below 3."""
    company = make_company()
    for name in ("Top", "Other"):
        company.create("Customer", {"DisplayName": name})
    for name, parent in (("East", "1"), ("West", "1"), ("East cellar", "3")):
        job(company, name, parent)
    return company


def billed(company: Company, line: Line, customer: str, amount: str) -> Record:
    return company.create("Invoice", {"CustomerRef": {"value": customer}, "Line": [line(amount)]})


def paid(company: Company, customer: str, invoice: Record, amount: str) -> Record:
    link = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    body = {"CustomerRef": {"value": customer}, "TotalAmt": Decimal(amount)}
    return company.create("Payment", {**body, "Line": [{"Amount": Decimal(amount), "LinkedTxn": link}]})


def owed(company: Company, *customers: str) -> list[tuple[Decimal, Decimal]]:
    found = (company.read("Customer", one) for one in customers)
    return [(one["Balance"], one["BalanceWithJobs"]) for one in found]


@pytest.mark.parametrize("payer", ["1", "3", "4", "5"])
def test_the_family_pays_for_its_own(company: Company, line: Line, payer: str) -> None:
    """14.8: the customer, those above and below, and the other jobs of the same parent."""
    invoice = billed(company, line, "5", "80")
    assert owed(company, "1", "3", "5") == [(0, 80), (0, 80), (80, 80)]
    paid(company, payer, invoice, "30")
    assert owed(company, "1", "5") == [(0, 50), (50, 50)]
    check_books(company)


def test_another_family_does_not(company: Company, line: Line) -> None:
    """14.8: 620 for somebody else's invoice."""
    with pytest.raises(Refused, match="620"):
        paid(company, "2", billed(company, line, "5", "80"), "80")


def test_balances_move_with_a_job(company: Company, line: Line) -> None:
    """BalanceWithJobs is what the customer and all below owe, wherever they are put."""
    billed(company, line, "5", "80")
    billed(company, line, "4", "7")
    body = {"Id": "3", "SyncToken": "0", "sparse": True, "ParentRef": {"value": "2"}}
    company.update("Customer", body)
    assert owed(company, "1", "2", "3") == [(0, 7), (0, 80), (0, 80)]
    company.update("Customer", {"Id": "3", "SyncToken": "1", "sparse": True, "Job": False})
    assert owed(company, "1", "2", "3") == [(0, 7), (0, 0), (0, 80)]
    assert company.read("Customer", "5")["FullyQualifiedName"] == "East:East cellar"
    assert company.read("Customer", "3")["BillWithParent"] is False
    check_books(company)


def test_a_parent_whose_jobs_owe_cannot_be_made_inactive(company: Company, line: Line) -> None:
    """6220 (5.4)."""
    billed(company, line, "5", "80")
    with pytest.raises(Refused, match="6220"):
        company.update("Customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})


def test_a_merge_takes_the_jobs_and_the_payers_along(company: Company, line: Line) -> None:
    """All that was the loser's is the survivor's: documents, sub-customers, and money on deposits (14.3, 9.3)."""
    billed(company, line, "1", "5")
    billed(company, line, "5", "80")
    detail = {"AccountRef": account(company, "Services"), "Entity": {"value": "1"}}
    sale = {"Amount": 9, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}
    deposit = company.create("Deposit", {"DepositToAccountRef": account(company, "Checking"), "Line": [sale]})
    company.merge("2", "1")
    assert owed(company, "1", "2", "3", "5") == [(0, 0), (5, 85), (0, 80), (80, 80)]
    below = company.read("Customer", "5")
    assert (below["FullyQualifiedName"], below["Level"]) == ("Other:East:East cellar", 2)
    assert company.read("Customer", "4")["ParentRef"] == {"value": "2", "name": "Other"}
    payer = company.read("Deposit", deposit["Id"])["Line"][0]["DepositLineDetail"]["Entity"]
    assert payer == {"value": "2", "name": "Other", "type": "CUSTOMER"}
    check_books(company)


@pytest.mark.parametrize(("survivor", "loser"), [("3", "1"), ("5", "1"), ("1", "1"), ("6", "2")])
def test_what_cannot_be_merged(company: Company, survivor: str, loser: str) -> None:
    """Into itself, into one below, into an inactive one; nothing has changed then."""
    gone = company.create("Customer", {"DisplayName": "Gone"})
    company.update("Customer", {"Id": gone["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    before = dict(company.tables["Customer"].records)
    with pytest.raises(Refused, match="6000"):
        company.merge(survivor, loser)
    assert company.tables["Customer"].records == before


def test_a_job_is_merged_into_its_parent(company: Company, line: Line) -> None:
    billed(company, line, "3", "4")
    billed(company, line, "5", "80")
    company.merge("1", "3")
    assert owed(company, "1", "3", "5") == [(4, 84), (0, 0), (80, 80)]
    assert company.read("Customer", "3")["FullyQualifiedName"] == "Top:East (deleted)"
    assert company.read("Customer", "5")["FullyQualifiedName"] == "Top:East cellar"
    check_books(company)


def test_balances_move_with_a_sub_account(make_company: Make) -> None:
    """CurrentBalanceWithSubAccounts follows an account that is put below another one (14.5)."""
    company = make_company()
    till = company.create(
        "Account",
        {"Name": "Till", "AccountType": "Bank", "OpeningBalance": 50, "OpeningBalanceDate": "2026-01-01"},
    )
    checking, savings = (account(company, name) for name in ("Checking", "Savings"))

    def below(parent: Record | None) -> list[Decimal]:
        token = company.read("Account", till["Id"])["SyncToken"]
        body = {"Id": till["Id"], "SyncToken": token, "sparse": True, "ParentRef": parent}
        assert company.update("Account", body)["CurrentBalance"] == 50
        shown = (company.read("Account", one["value"]) for one in (checking, savings))
        return [one["CurrentBalanceWithSubAccounts"] for one in shown]

    assert below(checking) == [50, 0]
    assert below(savings) == [0, 50]
    assert below(None) == [0, 0]
    check_books(company)


def test_an_account_of_another_kind_shows_another_balance(make_company: Make, line: Line) -> None:
    """Accounts of profit and loss show 0, those of the balance sheet what was posted (14.5)."""
    company = make_company()
    own = company.create("Account", {"Name": "Fees", "AccountType": "Expense"})
    detail = {"AccountRef": {"value": own["Id"]}}
    fee = {"Amount": 9, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}
    company.create("Deposit", {"DepositToAccountRef": account(company, "Checking"), "Line": [fee]})
    for kind, sub_type, shown in (
        ("Other Current Asset", "PrepaidExpenses", -9),
        ("Expense", "BankCharges", 0),
    ):
        token = company.read("Account", own["Id"])["SyncToken"]
        body = {"Id": own["Id"], "SyncToken": token, "sparse": True}
        after = company.update("Account", {**body, "AccountType": kind, "AccountSubType": sub_type})
        assert after["CurrentBalance"] == after["CurrentBalanceWithSubAccounts"] == shown
        check_books(company)


def test_jobs_and_sub_accounts_have_the_currency_of_what_is_above(make_company: Make) -> None:
    """BalanceWithJobs and CurrentBalanceWithSubAccounts are one currency's: a job takes its parent's, no other."""
    company = make_company("eu-multicurrency")
    top = company.create("Customer", {"DisplayName": "Top", "CurrencyRef": {"value": "USD"}})["Id"]
    body = {"Job": True, "ParentRef": {"value": top}}
    assert company.create("Customer", {**body, "DisplayName": "Job"})["CurrencyRef"]["value"] == "USD"
    with pytest.raises(Refused, match="6000"):
        company.create("Customer", {**body, "DisplayName": "Other", "CurrencyRef": {"value": "EUR"}})
    dollars = company.create(
        "Account", {"Name": "Dollars", "AccountType": "Bank", "CurrencyRef": {"value": "USD"}}
    )
    move = {"Id": dollars["Id"], "SyncToken": "0", "sparse": True, "ParentRef": account(company, "Checking")}
    with pytest.raises(Refused, match="currency of its parent"):
        company.update("Account", move)


def test_what_stands_below_something_inactive_can_still_be_changed(company: Company, line: Line) -> None:
    """Nothing new is put below it (2500), but what stands there is no prisoner."""
    company.update("Customer", {"Id": "3", "SyncToken": "0", "sparse": True, "Active": False})
    after = company.update("Customer", {"Id": "5", "SyncToken": "1", "sparse": True, "Notes": "x"})
    assert after["FullyQualifiedName"] == "Top:East (deleted):East cellar"
    with pytest.raises(Refused, match="2500"):
        job(company, "New", "3")


def test_a_retired_category_lets_its_items_go(make_company: Make) -> None:
    """5.4: they move up to where the category stood."""
    company = make_company()
    income = account(company, "Services")
    keys: list[str] = []
    for name, kind in (("Garden", "Category"), ("Water", "Category"), ("Pump", "Service")):
        body: Record = {"Name": name, "Type": kind}
        if kind == "Service":
            body["IncomeAccountRef"] = income
        if keys:
            body |= {"SubItem": True, "ParentRef": {"value": keys[-1]}}
        keys.append(company.create("Item", body)["Id"])
    garden, water, pump = keys
    company.update("Item", {"Id": water, "SyncToken": "0", "sparse": True, "Active": False})
    moved = company.read("Item", pump)
    assert (moved["FullyQualifiedName"], moved["Level"]) == ("Garden:Pump", 1)
    assert moved["ParentRef"] == {"value": garden, "name": "Garden"}
    company.update("Item", {"Id": garden, "SyncToken": "0", "sparse": True, "Active": False})
    free = company.update("Item", {"Id": pump, "SyncToken": "2", "sparse": True, "UnitPrice": 9})
    assert free["FullyQualifiedName"] == "Pump"
    assert "ParentRef" not in free
