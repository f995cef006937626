"""The double entry behind the documents: debits equal credits, and receivables are what customers owe."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

from .books import account, by_name, check_books

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
Record = dict[str, Any]


@pytest.mark.parametrize("seed", ["sample"])
@pytest.mark.parametrize("kind", ["us-ast", "us-manual", "us-none", "gb", "ca", "au", "eu-multicurrency"])
def test_seeded_books_balance(make_company: Make, kind: str, seed: str) -> None:
    company = make_company(kind, seed)
    check_books(company)
    assert company.journal.entries


def test_what_each_document_posts(make_company: Make, line: Line) -> None:
    """An invoice with discount, tax and deposit, its payment, a payout with a fee, a refund and a credit memo."""
    company = make_company("us-manual")
    company.create("Customer", {"DisplayName": "A"})
    checking = account(company, "Checking")
    invoice = company.create(
        "Invoice",
        {
            "CustomerRef": {"value": "1"},
            "Line": [
                line("100", tax="TAX"),
                {
                    "DetailType": "DiscountLineDetail",
                    "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
                },
            ],
            "Deposit": 20,
        },
    )
    assert by_name(company, ("Invoice", invoice["Id"])) == {
        "Accounts Receivable (A/R)": Decimal("78.00"),
        "Undeposited Funds": Decimal(20),
        "Services": Decimal(-100),
        "Discounts given": Decimal(10),
        "Sales Tax Payable": Decimal(-8),
    }
    link = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    payment = company.create(
        "Payment",
        {
            "CustomerRef": {"value": "1"},
            "TotalAmt": 80,
            "Line": [{"Amount": Decimal("78.00"), "LinkedTxn": link}],
        },
    )
    assert by_name(company, ("Payment", payment["Id"])) == {
        "Undeposited Funds": Decimal(80),
        "Accounts Receivable (A/R)": Decimal(-80),
    }
    deposit = company.create(
        "Deposit",
        {
            "DepositToAccountRef": checking,
            "Line": [
                {"Amount": 80, "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment"}]},
                {
                    "Amount": -3,
                    "DetailType": "DepositLineDetail",
                    "DepositLineDetail": {"AccountRef": account(company, "Merchant Fees")},
                },
            ],
        },
    )
    assert by_name(company, ("Deposit", deposit["Id"])) == {
        "Checking": Decimal(77),
        "Undeposited Funds": Decimal(-80),
        "Merchant Fees": Decimal(3),
    }
    refund = company.create("RefundReceipt", {"DepositToAccountRef": checking, "Line": [line("30")]})
    assert by_name(company, ("RefundReceipt", refund["Id"])) == {"Checking": Decimal(-30), "Services": 30}
    memo = company.create("CreditMemo", {"CustomerRef": {"value": "1"}, "Line": [line("5")]})
    assert by_name(company, ("CreditMemo", memo["Id"])) == {
        "Accounts Receivable (A/R)": Decimal(-5),
        "Services": Decimal(5),
    }
    assert company.read("Account", checking["value"])["CurrentBalance"] == Decimal(47)
    company.void("Invoice", {"Id": invoice["Id"], "SyncToken": "1"})
    assert ("Invoice", invoice["Id"]) not in company.journal.entries
    check_books(company)


def test_an_estimate_posts_nothing(make_company: Make, line: Line) -> None:
    company = make_company()
    company.create("Customer", {"DisplayName": "A"})
    company.create("Estimate", {"CustomerRef": {"value": "1"}, "Line": [line("5")]})
    assert not company.journal.entries


def test_an_account_opens_out_of_equity(make_company: Make) -> None:
    company = make_company()
    made = company.create(
        "Account",
        {"Name": "Till", "AccountType": "Bank", "OpeningBalance": 50, "OpeningBalanceDate": "2026-01-01"},
    )
    assert made["CurrentBalance"] == Decimal(50)
    assert by_name(company, ("Account", made["Id"])) == {"Till": 50, "Opening Balance Equity": -50}
    assert company.journal.entries["Account", made["Id"]].day == "2026-01-01"
    check_books(company)


def test_the_account_above_shows_what_is_below(make_company: Make) -> None:
    company = make_company()
    above = account(company, "Checking")
    body = {"Name": "Till", "AccountType": "Bank", "SubAccount": True, "ParentRef": above}
    till = company.create("Account", {**body, "OpeningBalance": 5, "OpeningBalanceDate": "2026-03-01"})
    assert till["CurrentBalanceWithSubAccounts"] == 5
    parent = company.read("Account", above["value"])
    assert (parent["CurrentBalance"], parent["CurrentBalanceWithSubAccounts"]) == (0, 5)


def test_a_payment_at_another_rate_leaves_a_gain(make_company: Make, line: Line) -> None:
    """100 dollars written at 0.90 and paid at 0.95; a later rate of the invoice moves the gain."""
    company = make_company("eu-multicurrency")
    customer = company.create("Customer", {"DisplayName": "A", "CurrencyRef": {"value": "USD"}})
    party = {"CustomerRef": {"value": customer["Id"]}}
    invoice = company.create(
        "Invoice", {**party, "ExchangeRate": Decimal("0.9"), "Line": [line("100", tax="2")]}
    )
    assert (invoice["HomeTotalAmt"], invoice["HomeBalance"]) == (Decimal(90), Decimal(90))
    link = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    payment = company.create(
        "Payment",
        {
            **party,
            "TotalAmt": 100,
            "ExchangeRate": Decimal("0.95"),
            "Line": [{"Amount": 100, "LinkedTxn": link}],
        },
    )
    key = ("Payment", payment["Id"])
    receivable = "Accounts Receivable (A/R) - USD"
    assert by_name(company, key) == {
        "Undeposited Funds": Decimal(95),
        receivable: Decimal(-90),
        "Exchange Gain or Loss": Decimal(-5),
    }
    assert company.read("Invoice", invoice["Id"])["HomeBalance"] == 0
    company.update(
        "Invoice", {"Id": invoice["Id"], "SyncToken": "1", "sparse": True, "ExchangeRate": Decimal("0.94")}
    )
    assert by_name(company, key)["Exchange Gain or Loss"] == Decimal(-1)
    check_books(company)


@pytest.fixture
def abroad(make_company: Make) -> tuple[Company, Record]:
    """A company that counts in euros, and a customer who pays in dollars."""
    company = make_company("eu-multicurrency")
    customer = company.create("Customer", {"DisplayName": "A", "CurrencyRef": {"value": "USD"}})
    return company, {"CustomerRef": {"value": customer["Id"]}}


def linked(kind: str, record: Record, amount: int) -> Record:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record["Id"], "TxnType": kind}]}


def test_a_partial_payment_gains_on_its_part(abroad: tuple[Company, Record], line: Line) -> None:
    """40.00 of 100.00 at 0.90, paid at 0.95, and 10.00 too much: a gain on the 40 alone; the rest is worth 54.00."""
    company, party = abroad
    body = {**party, "ExchangeRate": Decimal("0.9"), "Line": [line("100", tax="2")]}
    invoice = company.create("Invoice", body)
    payment = company.create(
        "Payment",
        {
            **party,
            "TotalAmt": 50,
            "ExchangeRate": Decimal("0.95"),
            "Line": [linked("Invoice", invoice, 40)],
        },
    )
    assert by_name(company, ("Payment", payment["Id"])) == {
        "Undeposited Funds": Decimal("47.50"),
        "Accounts Receivable (A/R) - USD": Decimal("-45.50"),
        "Exchange Gain or Loss": Decimal(-2),
    }
    now = company.read("Invoice", invoice["Id"])
    assert (now["Balance"], now["HomeBalance"], now["HomeTotalAmt"]) == (60, 54, 90)
    check_books(company)


def test_nothing_is_left_of_what_is_paid_in_parts(abroad: tuple[Company, Record], line: Line) -> None:
    """100.01 dollars at 0.91234 are 91.24 euros; three thirds rounded alone would be 91.25. Parts may go again."""
    company, party = abroad
    rate = {"ExchangeRate": Decimal("0.91234")}
    invoice = company.create("Invoice", {**party, **rate, "Line": [line("100.01", tax="2")]})
    payments = []
    for part in ("33.34", "33.34", "33.33"):
        lines = [{**linked("Invoice", invoice, 0), "Amount": Decimal(part)}]
        payments.append(
            company.create("Payment", {**party, **rate, "TotalAmt": Decimal(part), "Line": lines})
        )
    receivable = [
        posting.amount
        for entry in company.journal.entries.values()
        for posting in entry.postings
        if company.read("Account", posting.account)["AccountType"] == "Accounts Receivable"
    ]
    assert receivable == [Decimal("91.24"), Decimal("-30.41"), Decimal("-30.42"), Decimal("-30.41")]
    company.delete("Payment", payments[0])
    check_books(company)
    assert company.read("Invoice", invoice["Id"])["HomeBalance"] == Decimal("30.42")


def test_a_credit_at_another_rate_loses(abroad: tuple[Company, Record], line: Line) -> None:
    """An invoice of 95.00 euros settled by a credit memo of 90.00: a payment of nothing posts the loss of 5.00."""
    company, party = abroad
    body = {**party, "Line": [line("100", tax="2")]}
    invoice = company.create("Invoice", {**body, "ExchangeRate": Decimal("0.95")})
    memo = company.create("CreditMemo", {**body, "ExchangeRate": Decimal("0.9")})
    lines = [linked("Invoice", invoice, 100), linked("CreditMemo", memo, 100)]
    payment = company.create("Payment", {**party, "TotalAmt": 0, "Line": lines})
    assert by_name(company, ("Payment", payment["Id"])) == {
        "Accounts Receivable (A/R) - USD": Decimal(-5),
        "Exchange Gain or Loss": Decimal(5),
    }
    check_books(company)


def test_money_changes_its_worth_on_the_way_to_the_bank(abroad: tuple[Company, Record], line: Line) -> None:
    """Received at 0.90, banked at 0.88 on a dollar account: a loss of 2.00, and 100 dollars on the account."""
    company, party = abroad
    bank = company.create(
        "Account", {"Name": "Dollars", "AccountType": "Bank", "CurrencyRef": {"value": "USD"}}
    )
    rate = {"ExchangeRate": Decimal("0.9")}
    receipt = company.create("SalesReceipt", {**party, **rate, "Line": [line("100", tax="2")]})
    body = {"DepositToAccountRef": {"value": bank["Id"]}, "CurrencyRef": {"value": "USD"}}
    link = {"LinkedTxn": [{"TxnId": receipt["Id"], "TxnType": "SalesReceipt", "TxnLineId": "0"}]}
    deposit = company.create("Deposit", {**body, "ExchangeRate": Decimal("0.88"), "Line": [link]})
    assert by_name(company, ("Deposit", deposit["Id"])) == {
        "Dollars": Decimal(88),
        "Undeposited Funds": Decimal(-90),
        "Exchange Gain or Loss": Decimal(2),
    }
    assert company.read("Account", bank["Id"])["CurrentBalance"] == 100
    check_books(company)


def test_a_sale_leaves_no_exchange_difference(abroad: tuple[Company, Record], line: Line) -> None:
    """The cent that rounding leaves when lines are turned into euros one by one belongs to the income."""
    company, party = abroad
    lines = [line("0.05", tax="2")] * 3
    invoice = company.create("Invoice", {**party, "ExchangeRate": Decimal("0.9"), "Line": lines})
    assert by_name(company, ("Invoice", invoice["Id"])) == {
        "Accounts Receivable (A/R) - USD": Decimal("0.14"),
        "Services": Decimal("-0.14"),
    }


def test_accounts_of_a_third_currency_are_refused(make_company: Make, line: Line) -> None:
    """Money goes into an account of the transaction's or of the home currency; receivables into a receivable account."""
    company = make_company("eu-multicurrency")
    customer = company.create("Customer", {"DisplayName": "A", "CurrencyRef": {"value": "USD"}})
    accounts = {
        code: company.create(
            "Account", {"Name": code, "AccountType": "Bank", "CurrencyRef": {"value": code}}
        )["Id"]
        for code in ("USD", "GBP")
    }
    body = {"CustomerRef": {"value": customer["Id"]}, "ExchangeRate": 2, "Line": [line("100", tax="2")]}
    with pytest.raises(Refused, match="another currency"):
        company.create("SalesReceipt", {**body, "DepositToAccountRef": {"value": accounts["GBP"]}})
    company.create("SalesReceipt", {**body, "DepositToAccountRef": {"value": accounts["USD"]}})
    assert company.read("Account", accounts["USD"])["CurrentBalance"] == 100
    with pytest.raises(Refused, match="6430"):
        company.create("Invoice", {**body, "ARAccountRef": {"value": accounts["USD"]}})
    check_books(company)
