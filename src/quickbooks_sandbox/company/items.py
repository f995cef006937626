"""Items: what a company sells (reference 14.4)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import amounts, hierarchies, references, refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]
INCOME = frozenset({"Income", "Other Income"})
EXPENSE = frozenset({"Expense", "Other Expense", "Cost of Goods Sold"})
ASSET = frozenset({"Other Current Asset"})
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
    parent_reference = record.get("ParentRef")
    if parent_reference is not None and record.get("SubItem"):
        parent = references.target(draft, "Item", parent_reference, "ParentRef")
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
    draft.company.check_name("Item", record)
    hierarchies.rename_below(draft, "Item", record, before)


def _settle_accounts(draft: Draft, record: Record) -> None:
    if record["Type"] in SOLD and "IncomeAccountRef" not in record:
        raise refusals.missing("IncomeAccountRef")
    references.settle_account(draft, record, "IncomeAccountRef", INCOME)
    if record["Type"] != "Inventory":
        references.settle_account(draft, record, "ExpenseAccountRef", EXPENSE)
        return
    if "AssetAccountRef" not in record:
        raise refusals.missing_asset_account()
    for member in ("ExpenseAccountRef", "QtyOnHand", "InvStartDate"):
        if member not in record:
            raise refusals.missing(member)
    references.settle_account(draft, record, "ExpenseAccountRef", frozenset({"Cost of Goods Sold"}))
    references.settle_account(draft, record, "AssetAccountRef", ASSET)
