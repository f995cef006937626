"""The double entry behind the documents: debits equal credits, and receivables are what customers owe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quickbooks_sandbox.company import ledger
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
Record = dict[str, Any]


def sums(company: Company) -> dict[str, Decimal]:
    """What the journal's postings come to per account, in the account's own currency."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for entry in company.journal.entries.values():
        for posting in entry.postings:
            currency = company.read("Account", posting.account)["CurrencyRef"]["value"]
            total[posting.account] += posting.amount if currency == company.kind.currency else posting.foreign
    return total


def check_books(company: Company) -> None:
    """Every invariant of the books."""
    for entry in company.journal.entries.values():
        assert ledger.balance(entry.postings) == 0, entry
    total = sums(company)
    receivable: dict[str, Decimal] = defaultdict(Decimal)
    for account in company.tables["Account"].records.values():
        if account["Classification"] in ("Asset", "Liability", "Equity"):
            assert account["CurrentBalance"] == total[account["Id"]], account["Name"]
        if account["AccountSubType"] == "AccountsReceivable":
            receivable[account["CurrencyRef"]["value"]] += total[account["Id"]]
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for customer in company.tables["Customer"].records.values():
        owed[customer["CurrencyRef"]["value"]] += customer["Balance"]
    documents: dict[str, Decimal] = defaultdict(Decimal)
    for entity, member, sign in (
        ("Invoice", "Balance", 1),
        ("CreditMemo", "Balance", -1),
        ("Payment", "UnappliedAmt", -1),
    ):
        for record in company.tables[entity].records.values():
            assert record[member] >= 0
            documents[record["CurrencyRef"]["value"]] += sign * record[member]
    for currency in {*receivable, *owed, *documents}:
        assert receivable[currency] == owed[currency] == documents[currency], currency


def by_name(company: Company, key: tuple[str, str]) -> dict[str, Decimal]:
    entry = company.journal.entries[key]
    return {company.read("Account", one.account)["Name"]: one.amount for one in entry.postings}


def account(company: Company, name: str) -> Record:
    found = company.tables["Account"].records.values()
    return {"value": next(one["Id"] for one in found if one["Name"] == name)}


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


AMOUNTS = st.decimals("0.01", 300, places=2)
STEPS = st.tuples(
    st.sampled_from(
        [
            *("invoice", "invoice", "credit", "receipt", "refund", "pay", "pay", "apply", "deposit"),
            *("shrink", "void", "delete", "rate"),
        ]
    ),
    st.integers(0, 30),
    AMOUNTS,
)


class Bookkeeper:
    """Does random, mostly sensible things to a company."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.tax = "NON" if company.kind.american else company.default_tax_code
        codes = [company.kind.currency, company.kind.currency]
        if company.kind.multicurrency:
            codes[1] = "USD"
        for number, code in enumerate(codes):
            company.create("Customer", {"DisplayName": f"C{number}", "CurrencyRef": {"value": code}})
        self.pump = company.create(
            "Item",
            {
                "Name": "Pump",
                "Type": "Inventory",
                "QtyOnHand": 5,
                "InvStartDate": "2026-01-01",
                "PurchaseCost": Decimal("3.33"),
                "IncomeAccountRef": account(company, "Sales of Product Income"),
                "ExpenseAccountRef": account(company, "Cost of Goods Sold"),
                "AssetAccountRef": account(company, "Inventory Asset"),
            },
        )["Id"]

    def do(self, step: tuple[str, int, Decimal]) -> None:
        action, number, amount = step
        getattr(self, action)(number, amount)

    def _pick(self, entity: str, number: int) -> Record | None:
        records = list(self.company.tables[entity].records.values())
        return records[number % len(records)] if records else None

    def _sale(self, number: int, amount: Decimal) -> Record:
        item: Record = {"ItemRef": {"value": self.pump}, "Qty": number} if number % 4 == 1 else {}
        detail: Record = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": self.tax}, **item}
        line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        discount = {
            "Amount": amount / 10,
            "DetailType": "DiscountLineDetail",
            "DiscountLineDetail": {"PercentBased": False},
        }
        return {
            "CustomerRef": {"value": str(number % 2 + 1)},
            "Line": [line, discount] if number % 3 == 0 else [line],
        }

    def invoice(self, number: int, amount: Decimal) -> None:
        deposit = {"Deposit": amount / 4} if number % 5 == 0 else {}
        self.company.create("Invoice", {**self._sale(number, amount), **deposit})

    def credit(self, number: int, amount: Decimal) -> None:
        self.company.create("CreditMemo", self._sale(number, amount))

    def receipt(self, number: int, amount: Decimal) -> None:
        self.company.create("SalesReceipt", self._sale(number, amount))

    def refund(self, number: int, amount: Decimal) -> None:
        source = {"value": self.company.undeposited_funds}
        self.company.create("RefundReceipt", {**self._sale(number, amount), "DepositToAccountRef": source})

    def _payment(self, number: int, amount: Decimal, *kinds: str) -> None:
        lines = []
        for kind in kinds:
            target = self._pick(kind, number)
            if target is not None and target["Balance"]:
                link = [{"TxnId": target["Id"], "TxnType": kind}]
                lines.append({"Amount": min(amount, target["Balance"]), "LinkedTxn": link})
        self.company.create(
            "Payment", {"CustomerRef": {"value": str(number % 2 + 1)}, "TotalAmt": amount, "Line": lines}
        )

    def pay(self, number: int, amount: Decimal) -> None:
        self._payment(number, amount, "Invoice")

    def apply(self, number: int, amount: Decimal) -> None:
        self._payment(number, Decimal(0) if number % 2 else amount, "Invoice", "CreditMemo")

    def deposit(self, number: int, amount: Decimal) -> None:
        entity = ("Payment", "SalesReceipt", "RefundReceipt")[number % 3]
        target = self._pick(entity, number)
        if target is not None:
            lines: list[Record] = [{"LinkedTxn": [{"TxnId": target["Id"], "TxnType": entity}]}]
            detail = {"AccountRef": account(self.company, "Merchant Fees")}
            lines.append({"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": detail})
            body = {"DepositToAccountRef": account(self.company, "Checking"), "Line": lines}
            self.company.create("Deposit", body)

    def shrink(self, number: int, amount: Decimal) -> None:
        entity = ("Invoice", "CreditMemo")[number % 2]
        target = self._pick(entity, number)
        if target is not None:
            lines = self._sale(number, amount)["Line"]
            body = {"Id": target["Id"], "SyncToken": target["SyncToken"], "sparse": True, "Line": lines}
            self.company.update(entity, body)

    def void(self, number: int, amount: Decimal) -> None:
        target = self._pick("Invoice", number)
        if target is not None:
            self.company.void("Invoice", target)

    def delete(self, number: int, amount: Decimal) -> None:
        entity = ("Invoice", "CreditMemo", "Payment", "SalesReceipt", "RefundReceipt", "Deposit")[number % 6]
        target = self._pick(entity, number)
        if target is not None:
            self.company.delete(entity, target)

    def rate(self, number: int, amount: Decimal) -> None:
        target = self._pick("Invoice", number)
        if target is not None:
            body = {"Id": target["Id"], "SyncToken": target["SyncToken"], "sparse": True}
            self.company.update("Invoice", {**body, "ExchangeRate": amount / 100})


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(["us-ast", "gb", "eu-multicurrency"]),
    steps=st.lists(STEPS, min_size=1, max_size=25),
)
def test_debits_equal_credits_after_anything(kind: str, steps: list[tuple[str, int, Decimal]]) -> None:
    """After any sequence, refused steps among them: entries balance, receivables are the sum of balances."""
    company = Company(kind, "empty", clock=Clock(lambda: 1_772_640_000.0), ids=Ids(1))
    keeper = Bookkeeper(company)
    for step in steps:
        try:
            keeper.do(step)
        except Refused:
            continue
        finally:
            check_books(company)
