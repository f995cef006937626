"""Full and sparse updates, SyncTokens and what is refused on the way in (reference 5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

Make = Callable[..., Company]


def made(company: Company, **members: Any) -> dict[str, Any]:
    return company.create("Customer", {"DisplayName": "Ada", "Notes": "likes tea", **members})


def update(company: Company, record: dict[str, Any], **members: Any) -> dict[str, Any]:
    return company.update("Customer", {"Id": record["Id"], "SyncToken": record["SyncToken"], **members})


def test_a_sparse_update_leaves_what_it_does_not_name(make_company: Make) -> None:
    """Reference 5.3: omitted members stay, the token rises by one, the answer is the full object."""
    company = make_company()
    after = update(company, made(company), sparse=True, CompanyName="Ada Ltd")
    assert (after["Notes"], after["CompanyName"], after["SyncToken"], after["sparse"]) == (
        "likes tea",
        "Ada Ltd",
        "1",
        False,
    )


def test_a_full_update_clears_what_it_does_not_name(make_company: Make) -> None:
    """Reference 5.3: omitted optional members go, system-defaulted ones stay."""
    company = make_company()
    after = update(company, made(company, PreferredDeliveryMethod="Email"), DisplayName="Ada")
    assert "Notes" not in after
    assert after["PreferredDeliveryMethod"] == "Email"


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_value_unsets_a_member(make_company: Make, empty: str | None) -> None:
    """Members without a value are absent, never null (reference 3.4)."""
    company = make_company()
    assert "Notes" not in update(company, made(company), sparse=True, Notes=empty)


def test_an_update_that_changes_nothing_keeps_token_and_time(make_company: Make, clock: Any) -> None:
    """Reference 5.3 and 17.3: a no-op has no event, no new token and no new time."""
    company = make_company()
    before = made(company)
    heard: list[Any] = []
    company.listeners.append(heard.append)
    clock.advance(60)
    after = update(company, before, sparse=True, Notes="likes tea", Balance=999)
    assert after == before
    assert heard == []


@pytest.mark.parametrize("token", ["1", "7", "-1", "x"])
def test_any_other_token_is_stale(make_company: Make, token: str) -> None:
    """Reference 5.3: 5010, also when the token is higher than the stored one."""
    company = make_company()
    made(company)
    with pytest.raises(Refused) as caught:
        company.update("Customer", {"Id": "1", "SyncToken": token, "sparse": True, "Notes": "x"})
    assert caught.value.code == "5010"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Id": "99", "SyncToken": "0"}, "610"),
        ({"Id": "abc", "SyncToken": "0"}, "2030"),
        ({"Id": "1"}, "2020"),
        ({"SyncToken": "0"}, "2020"),
    ],
)
def test_an_update_needs_an_id_and_a_token(make_company: Make, body: dict[str, Any], code: str) -> None:
    """Reference 12.3: 610 for unknown ids, 2030 for words, 2020 for what is missing."""
    company = make_company()
    made(company)
    with pytest.raises(Refused) as caught:
        company.update("Customer", body)
    assert caught.value.code == code


def test_computed_members_cannot_be_written(make_company: Make, line: Callable[..., Any]) -> None:
    """Reference 13.2: sent totals are overwritten silently."""
    company = make_company()
    made(company)
    invoice = company.create(
        "Invoice",
        {
            "CustomerRef": {"value": "1"},
            "Line": [line("10")],
            "TotalAmt": 999,
            "Balance": 999,
            "HomeTotalAmt": 1,
        },
    )
    assert (invoice["TotalAmt"], invoice["Balance"]) == (Decimal(10), Decimal(10))
    assert "HomeTotalAmt" not in invoice


def test_a_receipt_updated_by_lines_alone_keeps_the_rest(
    make_company: Make, line: Callable[..., Any]
) -> None:
    """Reference 5.3, recorded: DocNumber, TxnDate and DepositToAccountRef survive a full update without them."""
    company = make_company()
    made(company)
    before = company.create(
        "SalesReceipt",
        {"CustomerRef": {"value": "1"}, "TxnDate": "2026-02-01", "Line": [line("10")], "PrivateNote": "mine"},
    )
    after = company.update("SalesReceipt", {"Id": before["Id"], "SyncToken": "0", "Line": [line("12")]})
    for member in ("DocNumber", "TxnDate", "DepositToAccountRef", "CustomField"):
        assert after[member] == before[member]
    assert "PrivateNote" not in after
    assert after["Line"][0]["Id"] == "2"


def test_a_line_sent_with_its_id_keeps_it(make_company: Make, line: Callable[..., Any]) -> None:
    """Reference 5.3: known ids stay, lines without one get a new number."""
    company = make_company()
    made(company)
    body = {"CustomerRef": {"value": "1"}, "Line": [line("10"), line("20")]}
    company.create("Invoice", body)
    second = {**line("20"), "Id": "2"}
    after = company.update(
        "Invoice", {"Id": "1", "SyncToken": "0", "sparse": True, "Line": [line("5"), second]}
    )
    assert [(one["Id"], one["LineNum"]) for one in after["Line"][:2]] == [("3", 1), ("2", 2)]


@pytest.mark.parametrize(
    ("entity", "body", "code"),
    [
        ("Item", {"Type": "Service", "IncomeAccountRef": {"value": "14"}}, "2020"),
        ("Item", {"Name": "x", "Type": "Service"}, "2020"),
        ("Item", {"Name": "x", "Type": "Service", "IncomeAccountRef": {"value": "1"}}, "6430"),
        ("Item", {"Name": "Services", "Type": "Service", "IncomeAccountRef": {"value": "14"}}, "6240"),
        ("Item", {"Name": "x", "Type": "Inventory", "IncomeAccountRef": {"value": "15"}}, "2020"),
        ("Account", {"Name": "x"}, "6010"),
        ("Account", {"Name": "checking", "AccountType": "Bank"}, "6240"),
        ("Account", {"Name": 'a"b', "AccountType": "Bank"}, "2040"),
        ("PaymentMethod", {"Name": "x" * 32}, "2050"),
        ("Term", {"Name": "x", "DueDays": 1000}, "2090"),
        ("TaxCode", {"Name": "x"}, "500"),
    ],
)
def test_lists_refuse_what_the_original_refuses(
    make_company: Make, entity: str, body: dict[str, Any], code: str
) -> None:
    """Reference 14.4, 14.5, 14.11."""
    with pytest.raises(Refused) as caught:
        make_company().create(entity, body)
    assert caught.value.code == code


def test_an_inventory_item_needs_its_accounts_and_stock(make_company: Make) -> None:
    """Reference 14.4: the documented create request works."""
    company = make_company()
    record = company.create(
        "Item",
        {
            "TrackQtyOnHand": True,
            "Name": "Garden Supplies",
            "QtyOnHand": 10,
            "IncomeAccountRef": {"name": "whatever", "value": "15"},
            "AssetAccountRef": {"value": "5"},
            "InvStartDate": "2015-01-01",
            "Type": "Inventory",
            "ExpenseAccountRef": {"value": "19"},
        },
    )
    assert record["IncomeAccountRef"] == {"value": "15", "name": "Sales of Product Income"}
    assert (record["UnitPrice"], record["PurchaseCost"], record["Taxable"]) == (0, 0, False)


def test_an_ended_subscription_makes_the_company_read_only(make_company: Make) -> None:
    """Reference 14.1: writes answer 6190, reads go on."""
    company = make_company()
    made(company)
    company.set_subscription("CANCELLED")
    with pytest.raises(Refused) as caught:
        company.create("Customer", {"DisplayName": "Too late"})
    assert caught.value.code == "6190"
    assert company.read("Customer", "1")["DisplayName"] == "Ada"
