"""Lists that form trees: classes and departments, and what all trees have in common (reference 14.11)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import references, refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]
MOST_LEVELS = 5
MOST_TOGETHER = 40
"""Classes and locations of the Plus edition, counted together."""


def complete_class(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a class."""
    preferences = ("ClassTrackingPerTxn", "ClassTrackingPerTxnLine")
    if not any(draft.company.preference("AccountingInfoPrefs", one) for one in preferences):
        raise refusals.feature_not_supported("Class tracking is not turned on in this company.")
    return _complete(draft, "Class", "SubClass", record, intake)


def complete_department(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a department, which people see as a location."""
    if not draft.company.preference("AccountingInfoPrefs", "TrackDepartments"):
        raise refusals.feature_not_supported("Location tracking is not turned on in this company.")
    return _complete(draft, "Department", "SubDepartment", record, intake)


def _complete(draft: Draft, entity: str, flag: str, record: Record, intake: Intake) -> Record:
    company = draft.company
    if "Name" not in record:
        raise refusals.missing("Name")
    record.setdefault("Active", True)
    if intake.creates:
        active = [one for each in ("Class", "Department") for one in company.tables[each].records.values()]
        if sum(one["Active"] for one in active) >= MOST_TOGETHER:
            raise refusals.business(f"You can have up to {MOST_TOGETHER} classes and locations together.")
    before = intake.before
    _settle_place(draft, entity, flag, record, before)
    if before is not None and before["Active"] and not record["Active"]:
        record["Name"] = company.retired_name(entity, record["Name"])
        record["FullyQualifiedName"] = company.retired_name(entity, record["FullyQualifiedName"])
    company.check_name(entity, record)
    rename_below(draft, entity, record, before)
    return record


def _settle_place(draft: Draft, entity: str, flag: str, record: Record, before: Record | None) -> None:
    record[flag] = "ParentRef" in record
    record["FullyQualifiedName"] = record["Name"]
    if "ParentRef" not in record:
        return
    parent = parent_of(draft, entity, record, before)
    check_place(draft, entity, record, parent)
    if parent["FullyQualifiedName"].count(":") + 2 > MOST_LEVELS:
        raise refusals.too_deep()
    record["ParentRef"] = references.bare(parent)
    record["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{record['Name']}"


def parent_of(draft: Draft, entity: str, record: Record, before: Record | None) -> Record:
    """What ``record`` stands below; it may have been made inactive since, but nothing new is put there.

    Raises:
        refusals.Refused: 2020 without a value, 2500 when it does not exist or is newly named and inactive.
    """
    reference = record["ParentRef"]
    if before is not None and before.get("ParentRef", {}).get("value") == reference.get("value"):
        standing = draft.find(entity, reference["value"])
        if standing is not None:
            return standing
    return references.target(draft, entity, reference, "ParentRef")


def check_place(draft: Draft, entity: str, record: Record, parent: Record) -> None:
    """Refuse to place something below itself, directly or further down.

    Raises:
        refusals.Refused: 6000.
    """
    above: Record | None = parent
    while above is not None:
        if above["Id"] == record["Id"]:
            raise refusals.business("Something cannot be placed below itself.", "ParentRef")
        above = draft.find(entity, above.get("ParentRef", {}).get("value", ""))


def rename_below(draft: Draft, entity: str, parent: Record, before: Record | None) -> None:
    """Carry a new name or place over to everything below.

    Raises:
        refusals.Refused: 6180 when something would come to lie too deep.
    """
    if before is None or before["FullyQualifiedName"] == parent["FullyQualifiedName"]:
        return
    for key in list(draft.company.tables[entity].records):
        child = draft.find(entity, key)
        if child is None or child.get("ParentRef", {}).get("value") != parent["Id"]:
            continue
        own = child.get("DisplayName") or child["Name"]
        path = f"{parent['FullyQualifiedName']}:{own}"
        if path.count(":") + 1 > MOST_LEVELS:
            raise refusals.too_deep()
        moved = {**child, "FullyQualifiedName": path}
        if "Level" in child:
            moved["Level"] = path.count(":")
        if "name" in child["ParentRef"]:
            moved["ParentRef"] = references.named(parent)
        draft.put(entity, moved)
        rename_below(draft, entity, moved, child)
