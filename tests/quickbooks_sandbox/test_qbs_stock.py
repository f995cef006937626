"""Stock: quantities move with sales and returns, goods with their cost (reference 14.4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.in_process import InProcess

from .books import by_name, check_books

Make = Callable[..., Company]
Record = dict[str, Any]


def stocked(company: Company) -> Record:
    ids = {one["Name"]: {"value": one["Id"]} for one in company.tables["Account"].records.values()}
    company.create("Customer", {"DisplayName": "A"})
    return company.create(
        "Item",
        {
            "Name": "Pump",
            "Type": "Inventory",
            "TrackQtyOnHand": True,
            "QtyOnHand": 10,
            "InvStartDate": "2026-02-01",
            "PurchaseCost": "4.5",
            "UnitPrice": 9,
            "IncomeAccountRef": ids["Sales of Product Income"],
            "ExpenseAccountRef": ids["Cost of Goods Sold"],
            "AssetAccountRef": ids["Inventory Asset"],
        },
    )


def sold(item: Record, quantity: int, **members: Any) -> Record:
    detail = {
        "ItemRef": {"value": item["Id"]},
        "Qty": quantity,
        "UnitPrice": 9,
        "TaxCodeRef": {"value": "NON"},
    }
    line = {
        "Amount": 9 * quantity,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }
    return {"CustomerRef": {"value": "1"}, "Line": [line], **members}


def on_hand(company: Company, item: Record) -> Decimal:
    return company.read("Item", item["Id"])["QtyOnHand"]


def test_stock_follows_sales_and_returns(make_company: Make) -> None:
    """Down with an invoice and a receipt, up with a credit memo, back with a void; estimates move nothing."""
    company = make_company("us-none")
    item = stocked(company)
    invoice = company.create("Invoice", sold(item, 4))
    assert on_hand(company, item) == 6
    assert by_name(company, ("Invoice", invoice["Id"])) == {
        "Accounts Receivable (A/R)": 36,
        "Sales of Product Income": -36,
        "Cost of Goods Sold": 18,
        "Inventory Asset": -18,
    }
    company.create("Estimate", sold(item, 3))
    company.create("SalesReceipt", sold(item, 3))
    company.create("CreditMemo", sold(item, 1))
    assert on_hand(company, item) == 4
    company.void("Invoice", invoice)
    assert on_hand(company, item) == 8
    assert company.read("Item", item["Id"])["SyncToken"] == "0"
    check_books(company)


def test_the_first_stock_and_corrections_come_out_of_equity(make_company: Make) -> None:
    company = make_company("us-none")
    item = stocked(company)
    assert by_name(company, ("Item", item["Id"])) == {"Inventory Asset": 45, "Opening Balance Equity": -45}
    company.update("Item", {"Id": item["Id"], "SyncToken": "0", "sparse": True, "QtyOnHand": 8})
    asset = next(
        one for one in company.tables["Account"].records.values() if one["Name"] == "Inventory Asset"
    )
    assert asset["CurrentBalance"] == 36
    check_books(company)


def test_nothing_is_sold_before_the_stock_began(make_company: Make) -> None:
    """6270 (17, no. 20)."""
    company = make_company("us-none")
    item = stocked(company)
    with pytest.raises(Refused, match="6270"):
        company.create("Invoice", sold(item, 1, TxnDate="2026-01-31"))
    company.create("Estimate", sold(item, 1, TxnDate="2026-01-31"))


async def test_books_survive_a_restart(clock: Clock, tmp_path: Path) -> None:
    """The journal is kept as it was posted, also when an item's cost has changed since."""
    file = tmp_path / "books.json"
    async with httpx.AsyncClient(transport=InProcess({})) as hooks:
        first = Sandbox(company="us-none", clock=clock, data=file, http_client=hooks, seed="empty")
        item = stocked(first.company)
        first.company.create("Invoice", sold(item, 4))
        first.company.update("Item", {"Id": item["Id"], "SyncToken": "0", "sparse": True, "PurchaseCost": 7})
        first.save()
        second = Sandbox(company="us-none", clock=clock, data=file, http_client=hooks, seed="empty")
    assert second.company.journal.entries == first.company.journal.entries
    check_books(second.company)
