"""Items: what a company sells (reference 14.4)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import amounts, hierarchies, references, refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]
ASSET = frozenset({"Other Current Asset"})
STOCK_INCOME, STOCK_ASSET = "SalesOfProductIncome", "Inventory"
"""Sub-types of the accounts that inventory is sold to and kept in."""
SOLD = frozenset({"Service", "NonInventory", "Inventory"})


def complete(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check an item."""
    if "Name" not in record:
        raise refusals.missing("Name")
    if intake.before is not None:
        record["Type"] = intake.before["Type"]
    record.setdefault("Type", "Inventory" if record.get("TrackQtyOnHand") else "Service")
    if record["Type"] == "Group" and intake.creates:
        raise refusals.business("Bundles cannot be created through this interface.", "Type")
    _settle_name(draft, record, intake)
    if record["Type"] == "Category":
        return record
    record.setdefault("UnitPrice", amounts.ZERO)
    record.setdefault("PurchaseCost", amounts.ZERO)
    record.setdefault("Taxable", False)
    record["TrackQtyOnHand"] = record["Type"] == "Inventory"
    _settle_accounts(draft, record)
    if not draft.company.kind.american:
        references.settle(draft, record, "SalesTaxCodeRef", "TaxCode")
        references.settle(draft, record, "PurchaseTaxCodeRef", "TaxCode")
    return record


def _settle_name(draft: Draft, record: Record, intake: Intake) -> None:
    record.setdefault("Active", True)
    before = intake.before
    record.pop("Level", None)
    record["FullyQualifiedName"] = record["Name"]
    if "ParentRef" in record and record.get("SubItem"):
        parent = hierarchies.parent_of(draft, "Item", record, before)
        if parent["Type"] != "Category":
            raise refusals.business("An item can only be put under a category.", "ParentRef")
        hierarchies.check_place(draft, "Item", record, parent)
        record["ParentRef"] = references.named(parent)
        record["Level"] = int(parent.get("Level", 0)) + 1
        record["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{record['Name']}"
    else:
        record.pop("ParentRef", None)
        record.pop("SubItem", None)
    if before is not None and before["Active"] and not record["Active"]:
        record["Name"] = draft.company.retired_name("Item", record["Name"])
        record["FullyQualifiedName"] = draft.company.retired_name("Item", record["FullyQualifiedName"])
        _free_below(draft, record)
    draft.company.check_name("Item", record)
    hierarchies.rename_below(draft, "Item", record, before)


def _free_below(draft: Draft, category: Record) -> None:
    """Move what stands below a category that is retired up to where the category stood (reference 5.4)."""
    for child in list(draft.company.tables["Item"].records.values()):
        if child.get("ParentRef", {}).get("value") != category["Id"]:
            continue
        moved = {
            name: value for name, value in child.items() if name not in ("ParentRef", "SubItem", "Level")
        }
        path = moved["Name"]
        if "ParentRef" in category:
            above = references.target(draft, "Item", category["ParentRef"], "ParentRef")
            path = f"{above['FullyQualifiedName']}:{path}"
            moved |= {"SubItem": True, "ParentRef": category["ParentRef"], "Level": path.count(":")}
        moved["FullyQualifiedName"] = path
        draft.company.check_name("Item", moved)
        draft.put("Item", moved)
        hierarchies.rename_below(draft, "Item", moved, child)


def _settle_accounts(draft: Draft, record: Record) -> None:
    if record["Type"] in SOLD and "IncomeAccountRef" not in record:
        raise refusals.missing("IncomeAccountRef")
    income = references.settle_account(draft, record, "IncomeAccountRef", references.INCOME_TYPES)
    if record["Type"] != "Inventory":
        references.settle_account(draft, record, "ExpenseAccountRef", references.EXPENSE_TYPES)
        return
    if "AssetAccountRef" not in record:
        raise refusals.missing_asset_account()
    for member in ("ExpenseAccountRef", "QtyOnHand", "InvStartDate"):
        if member not in record:
            raise refusals.missing(member)
    if income is not None and income["AccountSubType"] != STOCK_INCOME:
        raise refusals.wrong_account_type("IncomeAccountRef")
    references.settle_account(draft, record, "ExpenseAccountRef", frozenset({"Cost of Goods Sold"}))
    asset = references.settle_account(draft, record, "AssetAccountRef", ASSET)
    if asset is not None and asset["AccountSubType"] != STOCK_ASSET:
        raise refusals.wrong_account_type("AssetAccountRef")
