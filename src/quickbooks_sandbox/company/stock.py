"""What sales and returns do to the stock of inventory items (reference 14.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts, refusals
from quickbooks_sandbox.company.line_items import item_lines

Record = dict[str, Any]
SIGNS = {"Invoice": -1, "SalesReceipt": -1, "CreditMemo": 1, "RefundReceipt": 1}
"""Whether a document takes out of stock or brings back; estimates do neither."""


def moved(entity: str, record: Record | None) -> dict[str, Decimal]:
    """By how much a document changes the stock of each item it names; lines without a quantity move nothing."""
    sign = SIGNS.get(entity)
    found: dict[str, Decimal] = {}
    if sign is None or record is None:
        return found
    for line in item_lines(record["Line"]):
        detail = line["SalesItemLineDetail"]
        quantity = detail.get("Qty", amounts.ZERO)
        if quantity:
            key = detail["ItemRef"]["value"]
            found[key] = found.get(key, amounts.ZERO) + quantity * sign
    return found


def check_day(item: Record, day: str) -> None:
    """Refuse to sell an inventory item before its stock began.

    Raises:
        refusals.Refused: 6270.
    """
    if item["Type"] == "Inventory" and day < item["InvStartDate"]:
        raise refusals.before_inventory_start(item["Name"])
