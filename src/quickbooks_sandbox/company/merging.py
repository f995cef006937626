"""Merging two customers, as people do it in QuickBooks (reference 14.3)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import documents, events, refusals
from quickbooks_sandbox.company.draft import Draft

Record = dict[str, Any]


def merge(draft: Draft, survivor: str, loser: str) -> None:
    """Give the loser's transactions to the survivor and make the loser inactive.

    Raises:
        refusals.Refused: one of them does not exist (610), or both are the same (6000).
    """
    company = draft.company
    kept, gone = company.read("Customer", survivor), company.read("Customer", loser)
    if survivor == loser:
        raise refusals.business("A customer cannot be merged with itself.")
    if kept["CurrencyRef"] != gone["CurrencyRef"]:
        raise refusals.business("Customers of different currencies cannot be merged.")
    reference = {"value": survivor, "name": kept["DisplayName"]}
    for entity in (*documents.NUMBERED, "Payment"):
        for record in list(company.tables[entity].records.values()):
            if record.get("CustomerRef", {}).get("value") == loser:
                draft.put(entity, {**record, "CustomerRef": reference}, quiet=True)
    name = company.retired_name("Customer", gone["DisplayName"])
    draft.put(
        "Customer",
        {**gone, "Active": False, "DisplayName": name, "FullyQualifiedName": name},
        events.MERGED,
        merged_away=survivor,
    )
