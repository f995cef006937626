"""What QuickBooks writes of its own accord: opening invoices, credits and payments applied automatically (14.3, 16)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

from .books import check_books

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("kind", ["us-ast", "us-none", "gb", "eu-multicurrency"])
def test_an_opening_balance_is_an_invoice(make_company: Make, kind: str) -> None:
    """``Balance`` counts when the customer is made, from its date on, without tax; later it is read only."""
    company = make_company(kind)
    customer = company.create(
        "Customer", {"DisplayName": "A", "Balance": "75.5", "OpenBalanceDate": "2026-01-31"}
    )
    assert customer["Balance"] == customer["BalanceWithJobs"] == Decimal("75.5")
    assert customer["SyncToken"] == "0"
    (invoice,) = company.tables["Invoice"].records.values()
    assert (invoice["TotalAmt"], invoice["TxnDate"]) == (Decimal("75.5"), "2026-01-31")
    said = {"Balance": 1, "OpenBalanceDate": "2025-01-01", "Notes": "x"}
    later = company.update("Customer", {**customer, **said})
    assert (later["Balance"], later["OpenBalanceDate"]) == (Decimal("75.5"), "2026-01-31")
    check_books(company)


def test_an_opening_balance_in_a_closed_period_refuses_the_customer(make_company: Make) -> None:
    """Both or neither."""
    company = make_company()
    company.update(
        "Preferences", {"Id": "1", "SyncToken": "0", "AccountingInfoPrefs": {"BookCloseDate": "2026-02-01"}}
    )
    with pytest.raises(Refused, match="6200"):
        company.create("Customer", {"DisplayName": "A", "Balance": 5, "OpenBalanceDate": "2026-01-31"})
    assert not company.tables["Customer"].records


@pytest.mark.parametrize("applied", [True, False])
def test_credits_are_applied_where_the_company_wants_it(
    make_company: Make, line: Line, applied: bool
) -> None:
    """Off by default (19, no. 21); on, a new invoice takes the oldest credits by a payment of nothing."""
    company = make_company(auto_apply_credits=applied)
    assert company.preference("SalesFormsPrefs", "AutoApplyCredit") is applied
    company.create("Customer", {"DisplayName": "A"})
    party = {"CustomerRef": {"value": "1"}}
    late = company.create("CreditMemo", {**party, "TxnDate": "2026-03-03", "Line": [line("30")]})
    early = company.create("CreditMemo", {**party, "TxnDate": "2026-03-01", "Line": [line("20")]})
    invoice = company.create("Invoice", {**party, "Line": [line("40")]})
    assert invoice["Balance"] == (0 if applied else Decimal(40))
    assert invoice["SyncToken"] == "0"
    left = [company.read("CreditMemo", one["Id"])["Balance"] for one in (early, late)]
    assert left == ([0, Decimal(10)] if applied else [Decimal(20), Decimal(30)])
    assert company.read("Customer", "1")["Balance"] == Decimal(-10)
    assert len(company.tables["Payment"].records) == applied
    check_books(company)


def test_payments_are_applied_by_preference(make_company: Make, line: Line) -> None:
    """With AutoApplyPayments a payment without lines pays the oldest invoices; with lines it says itself."""
    company = make_company()
    company.create("Customer", {"DisplayName": "A"})
    party = {"CustomerRef": {"value": "1"}}
    first = company.create("Invoice", {**party, "TxnDate": "2026-03-01", "Line": [line("30")]})
    company.create("Invoice", {**party, "Line": [line("30")]})
    assert company.create("Payment", {**party, "TotalAmt": 5})["UnappliedAmt"] == 5
    company.update(
        "Preferences", {"Id": "1", "SyncToken": "0", "SalesFormsPrefs": {"AutoApplyPayments": True}}
    )
    payment = company.create("Payment", {**party, "TotalAmt": "45"})
    assert [(one["LinkedTxn"][0]["TxnId"], one["Amount"]) for one in payment["Line"]] == [
        (first["Id"], Decimal(30)),
        ("2", Decimal(15)),
    ]
    with pytest.raises(Refused, match="transaction amount"):
        company.create("Payment", party)
    check_books(company)
