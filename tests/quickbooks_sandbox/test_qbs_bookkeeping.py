"""What the books must not do, whatever is asked of them: rewrite costs, lose openings, post into the wrong account or currency."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company import mailing
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

from .books import account, by_name, check_books
from .test_qbs_stock import sold, stocked

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
Record = dict[str, Any]


def identity(record: Record) -> Record:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


def paid(company: Company, invoice: Record, amount: str, **members: Any) -> Record:
    link = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    line = {"Amount": Decimal(amount), "LinkedTxn": link}
    body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": Decimal(amount), "Line": [line]}
    return company.create("Payment", {**body, **members})


def test_a_payment_leaves_the_cost_of_what_was_sold(make_company: Make) -> None:
    """Goods leave at what they cost when they were sold; a later price, a payment and a note do not change that."""
    company = make_company("us-none")
    item = stocked(company)
    invoice = company.create("Invoice", sold(item, 4))
    key = ("Invoice", invoice["Id"])
    posted = company.journal.entries[key]
    services = account(company, "Design income")
    products = company.create(
        "Account", {"Name": "Pumps", "AccountType": "Income", "AccountSubType": "SalesOfProductIncome"}
    )
    changes = {"PurchaseCost": 7, "IncomeAccountRef": {"value": products["Id"]}}
    company.update("Item", {"Id": item["Id"], "SyncToken": "0", "sparse": True, **changes})
    paid(company, invoice, "10")
    company.update("Invoice", {"Id": invoice["Id"], "SyncToken": "1", "sparse": True, "PrivateNote": "sent"})
    assert company.journal.entries[key] == posted
    company.update(
        "Invoice", {"Id": invoice["Id"], "SyncToken": "2", "sparse": True, "Line": sold(item, 5)["Line"]}
    )
    assert by_name(company, key)["Cost of Goods Sold"] == 35
    assert by_name(company, key)["Pumps"] == -45
    with pytest.raises(Refused, match="6430"):
        wrong = {"Id": item["Id"], "SyncToken": "1", "sparse": True, "IncomeAccountRef": services}
        company.update("Item", wrong)
    check_books(company)


def test_opening_stock_is_dated_by_its_start(make_company: Make) -> None:
    """InvStartDate (14.4)."""
    company = make_company("us-none")
    item = stocked(company)
    assert company.journal.entries["Item", item["Id"]].day == "2026-02-01"


@pytest.mark.parametrize(
    ("member", "name", "code"),
    [
        ("IncomeAccountRef", "Services", "6430"),
        ("AssetAccountRef", "Undeposited Funds", "6430"),
        ("ExpenseAccountRef", "Travel", "6430"),
        ("AssetAccountRef", None, "2020 An inventory assetaccount is required"),
    ],
)
def test_inventory_has_accounts_of_its_own(
    make_company: Make, member: str, name: str | None, code: str
) -> None:
    """14.4: SalesOfProductIncome, Cost of Goods Sold, and the asset account, in Intuit's words when it is missing."""
    company = make_company("us-none")
    body = {**stocked(company), "Name": "Other pump"}
    body = {key: value for key, value in body.items() if key not in ("Id", "SyncToken", member)}
    if name is not None:
        body[member] = account(company, name)
    with pytest.raises(Refused, match=code):
        company.create("Item", body)


def test_a_payment_credits_the_receivable_that_the_invoice_debited(make_company: Make, line: Line) -> None:
    """ARAccountRef (13.2): with two receivable accounts each comes to what is open on it."""
    company = make_company("us-none")
    company.create("Customer", {"DisplayName": "A"})
    trade = company.create("Account", {"Name": "Trade", "AccountType": "Accounts Receivable"})
    body = {"CustomerRef": {"value": "1"}, "Line": [line("100")]}
    invoice = company.create("Invoice", {**body, "ARAccountRef": {"value": trade["Id"]}})
    payment = paid(company, invoice, "100")
    key = ("Payment", payment["Id"])
    assert by_name(company, key) == {"Undeposited Funds": 100, "Trade": -100}
    token = company.read("Invoice", invoice["Id"])["SyncToken"]
    usual = account(company, "Accounts Receivable (A/R)")
    move = {"Id": invoice["Id"], "SyncToken": token, "sparse": True, "ARAccountRef": usual}
    company.update("Invoice", move)
    assert by_name(company, key) == {"Undeposited Funds": 100, "Accounts Receivable (A/R)": -100}
    assert company.read("Account", trade["Id"])["CurrentBalance"] == 0
    check_books(company)


@pytest.mark.parametrize("kind", ["Accounts Receivable", "Accounts Payable", "Income", "Expense"])
def test_only_balance_sheet_accounts_open_with_a_balance(make_company: Make, kind: str) -> None:
    """Intuit's schema; receivables and payables open with the documents of customers and vendors."""
    body = {"Name": "Own", "AccountType": kind, "OpeningBalance": 50, "OpeningBalanceDate": "2026-01-01"}
    with pytest.raises(Refused, match="6000"):
        make_company().create("Account", body)


def test_an_opening_balance_stays(make_company: Make) -> None:
    """It counts when the account is created: renaming it by a full update moves no money."""
    company = make_company()
    made = company.create(
        "Account",
        {"Name": "Till", "AccountType": "Bank", "OpeningBalance": 50, "OpeningBalanceDate": "2026-01-01"},
    )
    after = company.update("Account", {**identity(made), "Name": "Cash box", "OpeningBalance": 999})
    assert (after["Name"], after["CurrentBalance"], after["OpeningBalance"]) == ("Cash box", 50, 50)
    check_books(company)


def test_a_foreign_account_opens_at_the_rate_of_its_day(make_company: Make) -> None:
    """100 dollars at 0.90: 100 on the account, 90 euros out of equity; a later rate changes nothing."""
    company = make_company("eu-multicurrency")
    rate = {"SourceCurrencyCode": "USD", "AsOfDate": "2026-01-01"}
    company.create("ExchangeRate", {**rate, "Rate": Decimal("0.9")})
    made = company.create(
        "Account",
        {
            "Name": "Dollars",
            "AccountType": "Bank",
            "CurrencyRef": {"value": "USD"},
            "OpeningBalance": 100,
            "OpeningBalanceDate": "2026-01-02",
        },
    )
    company.create("ExchangeRate", {**rate, "Rate": Decimal(2)})
    company.update("Account", {**identity(made), "sparse": True, "Description": "in New York"})
    assert by_name(company, ("Account", made["Id"])) == {"Dollars": 90, "Opening Balance Equity": -90}
    assert company.read("Account", made["Id"])["CurrentBalance"] == 100
    check_books(company)


@pytest.mark.parametrize("name", ["Accounts Receivable (A/R)", "Accounts Payable (A/P)"])
def test_a_deposit_moves_no_receivables(make_company: Make, name: str) -> None:
    """Receivables are what customers owe by their documents; neither a line nor cash back goes there."""
    company = make_company()
    company.create("Customer", {"DisplayName": "A"})
    own, other = account(company, name), account(company, "Services")

    def direct(where: Record) -> Record:
        return {"Amount": 9, "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": where}}

    body = {"DepositToAccountRef": account(company, "Checking"), "Line": [direct(own)]}
    with pytest.raises(Refused, match="6430"):
        company.create("Deposit", body)
    back = {"AccountRef": own, "Amount": 3}
    with pytest.raises(Refused, match="6430"):
        company.create("Deposit", {**body, "Line": [direct(other)], "CashBack": back})


@pytest.mark.parametrize("entity", ["Invoice", "SalesReceipt", "CreditMemo", "Payment", "Deposit"])
def test_no_money_is_taken_in_a_currency_that_is_not_kept(
    make_company: Make, line: Line, entity: str
) -> None:
    """A company of one currency refuses another one instead of booking the number as its own (14.3, 14.6)."""
    company = make_company()
    company.create("Customer", {"DisplayName": "A"})
    bodies: dict[str, Record] = {
        "Payment": {"CustomerRef": {"value": "1"}, "TotalAmt": 5},
        "Deposit": {
            "DepositToAccountRef": account(company, "Checking"),
            "Line": [
                {
                    "Amount": 9,
                    "DetailType": "DepositLineDetail",
                    "DepositLineDetail": {"AccountRef": account(company, "Services")},
                }
            ],
        },
    }
    body = bodies.get(entity, {"CustomerRef": {"value": "1"}, "Line": [line("5")]})
    with pytest.raises(Refused, match="Multicurrency is not turned on"):
        company.create(entity, {**body, "CurrencyRef": {"value": "EUR"}})
    assert company.create(entity, {**body, "CurrencyRef": {"value": "USD"}})["TotalAmt"]


def test_the_invoice_of_an_estimate_stays_with_its_customer(make_company: Make, line: Line) -> None:
    """16: both ends of a link belong to one customer, from whichever end one is moved."""
    company = make_company()
    for name in ("A", "B"):
        company.create("Customer", {"DisplayName": name})
    body = {"CustomerRef": {"value": "1"}, "Line": [line("5")]}
    estimate = company.create("Estimate", body)
    link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
    invoice = company.create("Invoice", {**body, "LinkedTxn": link})
    move = {**identity(invoice), "sparse": True, "CustomerRef": {"value": "2"}}
    with pytest.raises(Refused, match="another customer"):
        company.update("Invoice", move)
    assert company.update("Invoice", {**move, "LinkedTxn": []})["CustomerRef"]["value"] == "2"


def test_money_without_an_invoice_is_a_credit_too(make_company: Make, line: Line) -> None:
    """16, 19 no. 21: a new invoice takes open credit memos first, then the oldest unapplied payments."""
    company = make_company(auto_apply_credits=True)
    company.create("Customer", {"DisplayName": "A"})
    party = {"CustomerRef": {"value": "1"}}
    late = company.create("Payment", {**party, "TotalAmt": 50, "TxnDate": "2026-03-03"})
    early = company.create("Payment", {**party, "TotalAmt": 30, "TxnDate": "2026-03-01"})
    memo = company.create("CreditMemo", {**party, "Line": [line("20")]})
    invoice = company.create("Invoice", {**party, "Line": [line("75")]})
    assert invoice["Balance"] == 0
    assert company.read("CreditMemo", memo["Id"])["Balance"] == 0
    left = [company.read("Payment", one["Id"])["UnappliedAmt"] for one in (early, late)]
    assert left == [0, 25]
    linked = [one["TxnId"] for one in invoice["LinkedTxn"]]
    assert {early["Id"], late["Id"]} < set(linked)
    assert company.read("Customer", "1")["Balance"] == -25
    check_books(company)


def test_receivables_are_kept_in_the_customers_currency(make_company: Make, line: Line) -> None:
    """A dollar invoice stands on no euro account: what is open there would be added up across currencies."""
    company = make_company("eu-multicurrency")
    customer = company.create("Customer", {"DisplayName": "A", "CurrencyRef": {"value": "USD"}})
    trade = {"value": company.create("Account", {"Name": "T", "AccountType": "Accounts Receivable"})["Id"]}
    party = {"CustomerRef": {"value": customer["Id"]}, "ARAccountRef": trade}
    for entity, body in (("Invoice", {"Line": [line("5", tax="2")]}), ("Payment", {"TotalAmt": 5})):
        with pytest.raises(Refused, match="another currency"):
            company.create(entity, {**party, **body})


def test_what_is_sent_back_whole_is_unchanged(make_company: Make, line: Line) -> None:
    """5.3: a sent invoice, a void with a subtotal and shipping, a payment on one invoice twice, links of both sorts."""
    company = make_company("gb")
    company.update("Preferences", {"Id": "1", "SyncToken": "0", "SalesFormsPrefs": {"AllowShipping": True}})
    company.create("Customer", {"DisplayName": "A"})
    subtotal = {"Description": "Subtotal:", "DetailType": "DescriptionOnly"}
    shipped = line("4", tax="6", item="SHIPPING_ITEM_ID")
    body = {"CustomerRef": {"value": "1"}, "Line": [line("100", tax="6"), subtotal, shipped]}
    sent = company.create("Invoice", body)
    mailing.send(company, "Invoice", sent["Id"], "a@b.example")
    early = company.create("Payment", {"CustomerRef": {"value": "1"}, "TotalAmt": 60})
    estimate = company.create("Estimate", body)
    link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
    invoice = company.create("Invoice", {**body, "LinkedTxn": link})
    twice = {"Amount": 20, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    company.update("Payment", {**early, "Line": [twice, twice]})
    voided = company.void("Invoice", company.create("Invoice", body))
    assert voided["Line"][1]["Description"] == "Subtotal: 0.00"
    for entity, record in (
        ("Invoice", sent),
        ("Invoice", invoice),
        ("Payment", early),
        ("Invoice", voided),
        ("Estimate", estimate),
    ):
        now = company.read(entity, record["Id"])
        assert company.update(entity, now) == now
    check_books(company)
