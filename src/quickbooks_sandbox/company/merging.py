"""Merging two customers, as people do it in QuickBooks (reference 14.3)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import documents, events, hierarchies, names, refusals
from quickbooks_sandbox.company.draft import Draft

Record = dict[str, Any]


def merge(draft: Draft, survivor: str, loser: str) -> None:
    """Give the loser's transactions and sub-customers to the survivor and make the loser inactive.

    Raises:
        refusals.Refused: one of them does not exist (610); both are the same, their currencies differ, the survivor is
            inactive or stands below the loser (6000).
    """
    company = draft.company
    kept, gone = company.read("Customer", survivor), company.read("Customer", loser)
    if survivor == loser:
        raise refusals.business("A customer cannot be merged with itself.")
    if kept["CurrencyRef"] != gone["CurrencyRef"]:
        raise refusals.business("Customers of different currencies cannot be merged.")
    if not kept["Active"]:
        raise refusals.business("Customers cannot be merged into an inactive one.")
    reference = {"value": survivor, "name": kept["DisplayName"]}
    for entity in (*documents.NUMBERED, "Payment"):
        for record in list(company.tables[entity].records.values()):
            if record.get("CustomerRef", {}).get("value") == loser:
                draft.put(entity, {**record, "CustomerRef": reference}, quiet=True)
    _change_payer(draft, loser, reference)
    _adopt(draft, loser, survivor)
    name = company.retired_name("Customer", gone["DisplayName"])
    retired = {**gone, "Active": False, "DisplayName": name, "FullyQualifiedName": name}
    if "ParentRef" in gone:
        path = gone["FullyQualifiedName"].rpartition(":")[0]
        retired["FullyQualifiedName"] = f"{path}:{name}"
    draft.put("Customer", retired, events.MERGED, merged_away=survivor)


def _change_payer(draft: Draft, loser: str, reference: Record) -> None:
    """Name the survivor on the lines of deposits that say the money came from the loser."""
    for deposit in list(draft.company.tables["Deposit"].records.values()):
        lines = [
            {**line, "DepositLineDetail": {**line["DepositLineDetail"], "Entity": {**payer, **reference}}}
            if (payer := line.get("DepositLineDetail", {}).get("Entity", {})).get("value") == loser
            else line
            for line in deposit["Line"]
        ]
        if lines != deposit["Line"]:
            draft.put("Deposit", {**deposit, "Line": lines}, quiet=True)


def _adopt(draft: Draft, loser: str, survivor: str) -> None:
    """Put what stands below the loser below the survivor."""
    for child in list(draft.company.tables["Customer"].records.values()):
        if child.get("ParentRef", {}).get("value") == loser:
            moved = {**child, "ParentRef": {"value": survivor}}
            names.place(draft, moved)
            draft.put("Customer", moved)
            hierarchies.rename_below(draft, "Customer", moved, child)
