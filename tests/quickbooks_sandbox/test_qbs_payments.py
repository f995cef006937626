"""Payments, their links and what voiding and deleting do to balances (reference 14.8, 16, 18a, 20.3)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickbooks_sandbox import control
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]


@pytest.fixture
def company(make_company: Make) -> Company:
    company = make_company()
    company.create("Customer", {"DisplayName": "Northwind Studio"})
    company.create("Customer", {"DisplayName": "Somebody else"})
    return company


def paid(
    company: Company, total: str, *lines: tuple[str, str], customer: str = "1", **members: Any
) -> dict[str, Any]:
    body = {
        "CustomerRef": {"value": customer},
        "TotalAmt": Decimal(total),
        "Line": [
            {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}
            for key, amount in lines
        ],
        **members,
    }
    return company.create("Payment", body)


def identity(record: dict[str, Any]) -> dict[str, Any]:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


def whole(record: dict[str, Any]) -> dict[str, Any]:
    return {**identity(record), "CustomerRef": record["CustomerRef"], "TotalAmt": record["TotalAmt"]}


def balance(company: Company, customer: str = "1") -> Decimal:
    return company.read("Customer", customer)["Balance"]


def test_the_worked_example_of_two_payments_and_two_voids(company: Company, line: Line) -> None:
    """Reference 20.3, every column of every step."""
    invoice = company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("134.10")]})
    key = invoice["Id"]
    assert balance(company) == Decimal("134.10")
    first = paid(company, "100", (key, "100"))
    assert company.read("Invoice", key)["Balance"] == Decimal("34.10")
    assert company.read("Invoice", key)["LinkedTxn"] == [{"TxnId": first["Id"], "TxnType": "Payment"}]
    assert balance(company) == Decimal("34.10")
    second = paid(company, "50", (key, "34.10"))
    assert second["UnappliedAmt"] == Decimal("15.90")
    assert company.read("Invoice", key)["Balance"] == 0
    assert balance(company) == Decimal("-15.90")
    voided = company.void("Invoice", identity(company.read("Invoice", key)))
    assert (voided["TotalAmt"], voided["Balance"], voided["LinkedTxn"]) == (0, 0, [])
    for payment, total in ((first, 100), (second, 50)):
        now = company.read("Payment", payment["Id"])
        assert (now["TotalAmt"], now["UnappliedAmt"], now["Line"]) == (total, total, [])
    assert balance(company) == Decimal(-150)
    last = company.read("Payment", second["Id"])
    gone = company.void("Payment", identity(last))
    assert (gone["TotalAmt"], gone["UnappliedAmt"], gone["Line"], gone["PrivateNote"]) == (0, 0, [], "Voided")
    assert balance(company) == Decimal(-100)


def test_a_payment_raises_the_token_of_its_invoice(company: Company, line: Line) -> None:
    """Reference 18a, no. 1: applied, changed, voided, deleted; the old token is stale then."""
    invoice = company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("100")]})
    tokens = []
    payment = paid(company, "60", (invoice["Id"], "60"))
    tokens.append(company.read("Invoice", invoice["Id"])["SyncToken"])
    lines = [{"Amount": 50, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]
    payment = company.update("Payment", {**whole(payment), "Line": lines})
    tokens.append(company.read("Invoice", invoice["Id"])["SyncToken"])
    company.delete("Payment", identity(payment))
    tokens.append(company.read("Invoice", invoice["Id"])["SyncToken"])
    assert tokens == ["1", "2", "3"]
    with pytest.raises(Refused, match="5010"):
        company.void("Invoice", identity(invoice))


def test_customers_balances_move_without_their_tokens(company: Company, line: Line, clock: Clock) -> None:
    """Reference 17.16: the time of the last change moves, the token does not."""
    before = company.read("Customer", "1")
    clock.advance(60)
    company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("100")]})
    after = company.read("Customer", "1")
    assert after["SyncToken"] == before["SyncToken"]
    assert after["MetaData"]["LastUpdatedTime"] > before["MetaData"]["LastUpdatedTime"]


def test_a_payment_updated_with_the_same_content_changes_nothing(company: Company, line: Line) -> None:
    """Reference 5.3: neither the payment's token nor the invoice's rises."""
    invoice = company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("100")]})
    paid(company, "10", (invoice["Id"], "10"))
    payment = paid(company, "20", (invoice["Id"], "20"))
    paid(company, "30", (invoice["Id"], "30"))
    token = company.read("Invoice", invoice["Id"])["SyncToken"]
    lines = [{"Amount": 20, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]
    assert company.update("Payment", {**whole(payment), "Line": lines})["SyncToken"] == "0"
    assert company.read("Invoice", invoice["Id"])["SyncToken"] == token


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"TotalAmt": 5}, "2020"),
        ({"CustomerRef": {"value": "1"}}, "6000"),
        ({"CustomerRef": {"value": "9"}, "TotalAmt": 5}, "2500"),
        ({"CustomerRef": {"value": "1"}, "TotalAmt": -5}, "2090"),
        ({"CustomerRef": {"value": "1"}, "TotalAmt": 5, "DepositToAccountRef": {"value": "14"}}, "6430"),
    ],
)
def test_what_a_payment_needs(company: Company, body: dict[str, Any], code: str) -> None:
    """Reference 14.8: a customer and an amount, and an account that can hold money."""
    with pytest.raises(Refused) as caught:
        company.create("Payment", body)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("total", "amount", "customer", "key", "code"),
    [
        ("200", "100.01", "1", "1", "6000"),
        ("50", "60", "1", "1", "6000"),
        ("5", "5", "2", "1", "620"),
        ("5", "5", "1", "77", "620"),
    ],
)
def test_what_cannot_be_applied(
    company: Company, line: Line, total: str, amount: str, customer: str, key: str, code: str
) -> None:
    """Reference 14.8: more than is open, more than is paid, somebody else's invoice, no invoice."""
    company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("100")]})
    with pytest.raises(Refused) as caught:
        paid(company, total, (key, amount), customer=customer)
    assert caught.value.code == code
    assert company.read("Invoice", "1")["SyncToken"] == "0"


def test_an_overpayment_stays_with_the_customer(company: Company, line: Line) -> None:
    """Reference 18a, no. 4."""
    invoice = company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("100")]})
    assert paid(company, "130", (invoice["Id"], "100"))["UnappliedAmt"] == 30
    assert balance(company) == -30


def test_changing_a_payment_takes_the_whole_object(company: Company) -> None:
    """Reference 18a, no. 5: a sparse one is refused by default; the documented form works when switched on."""
    payment = paid(company, "10")
    sparse = {**identity(payment), "sparse": True, "PrivateNote": "x"}
    with pytest.raises(Refused, match="2020"):
        company.update("Payment", sparse)


def test_the_documented_sparse_payment_is_an_option(make_company: Make) -> None:
    """Reference 5.5: with the behaviour switched, Id, SyncToken and sparse are enough."""
    company = make_company(payment_needs_full_object=False)
    company.create("Customer", {"DisplayName": "x"})
    payment = paid(company, "10")
    after = company.update("Payment", {**identity(payment), "sparse": True, "PrivateNote": "x"})
    assert (after["PrivateNote"], after["TotalAmt"]) == ("x", 10)


def test_an_invoice_made_smaller_than_what_was_paid_lets_money_go(company: Company, line: Line) -> None:
    """Reference 16: the later payment comes off first and becomes unapplied."""
    invoice = company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("100")]})
    first, second = paid(company, "60", (invoice["Id"], "60")), paid(company, "40", (invoice["Id"], "40"))
    now = company.read("Invoice", invoice["Id"])
    after = company.update("Invoice", {**identity(now), "sparse": True, "Line": [line("70")]})
    assert after["Balance"] == 0
    assert company.read("Payment", first["Id"])["UnappliedAmt"] == 0
    assert company.read("Payment", second["Id"])["UnappliedAmt"] == 30
    assert balance(company) == -30


def test_deleting_an_invoice_frees_its_payments(company: Company, line: Line) -> None:
    """Reference 19, no. 12; the invoice then answers 610."""
    invoice = company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("100")]})
    payment = paid(company, "100", (invoice["Id"], "100"))
    stub = company.delete("Invoice", identity(company.read("Invoice", invoice["Id"])))
    assert stub == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}
    assert company.read("Payment", payment["Id"])["UnappliedAmt"] == 100
    with pytest.raises(Refused, match="610"):
        company.read("Invoice", invoice["Id"])


def test_a_parent_sees_what_its_jobs_owe(company: Company, line: Line) -> None:
    """BalanceWithJobs adds up the sub-customers; the parent may pay their invoices."""
    job = company.create("Customer", {"DisplayName": "Job", "Job": True, "ParentRef": {"value": "1"}})
    invoice = company.create("Invoice", {"CustomerRef": {"value": job["Id"]}, "Line": [line("80")]})
    parent = company.read("Customer", "1")
    assert (parent["Balance"], parent["BalanceWithJobs"]) == (0, 80)
    paid(company, "80", (invoice["Id"], "80"))
    assert company.read("Customer", job["Id"])["Balance"] == 0
    assert company.read("Customer", "1")["BalanceWithJobs"] == 0


def test_a_deposit_with_the_invoice_lowers_its_balance(company: Company, line: Line) -> None:
    """Reference 14.6: Deposit is taken off the balance, not off the total."""
    body = {"CustomerRef": {"value": "1"}, "Line": [line("100")], "Deposit": 30}
    invoice = company.create("Invoice", body)
    assert (invoice["TotalAmt"], invoice["Balance"]) == (100, 70)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "pay", "shrink", "void", "void payment", "delete", "delete payment"]),
        st.integers(0, 9),
        st.integers(1, 20_000),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_receivables_always_equal_the_customers_balances(steps: list[tuple[str, int, int]]) -> None:
    """After any sequence: open invoices less unapplied payments are what the customers owe, none below zero."""
    company = Company("us-ast", "customers:3", clock=Clock(), ids=Ids(1))
    for action, which, cents in steps:
        _play(company, action, which, Decimal(cents) / 100)
        books = control.books(company)
        assert books["receivables"] == books["customer_balances"]
        for record in company.tables["Invoice"].records.values():
            assert 0 <= record["Balance"] <= record["TotalAmt"]


def _play(company: Company, action: str, which: int, amount: Decimal) -> None:
    entity = "Payment" if "pay" in action else "Invoice"
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "TAX"}}
    lines = [{"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}]
    if action == "invoice":
        company.create("Invoice", {"CustomerRef": {"value": str(which % 3 + 1)}, "Line": lines})
        return
    chosen = list(company.tables["Invoice" if action == "pay" else entity].records.values())[
        which : which + 1
    ]
    for record in chosen:
        if action == "pay":
            applied = min(amount, record["Balance"])
            paid(company, str(amount), (record["Id"], str(applied)), customer=record["CustomerRef"]["value"])
        elif action == "shrink":
            company.update("Invoice", {**identity(record), "sparse": True, "Line": lines})
        elif action.startswith("void"):
            company.void(entity, identity(record))
        else:
            company.delete(entity, identity(record))
