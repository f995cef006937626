"""Estimates and the invoices that are made from them (reference 14.6, 16)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]
OPEN, CLOSED = "Pending", "Closed"


def link_sent(draft: Draft, invoice: Record, intake: Intake) -> None:
    """Link the estimate that a request names, and let go of one that it no longer names.

    A request that does not speak of ``LinkedTxn`` leaves the link as it is, which keeps the invoice with the estimate's
    customer; payments in it are ignored, as they are linked from their own side.

    Raises:
        refusals.Refused: 6000 for more than one estimate, an unknown one, one of another customer or one in use.
    """
    sent = intake.sent.get("LinkedTxn")
    linked = [one["TxnId"] for one in invoice["LinkedTxn"] if one["TxnType"] == "Estimate"]
    if not isinstance(sent, list) or [str(one.get("TxnId")) for one in sent if _is_estimate(one)] == linked:
        _check_customer(draft, invoice)
        return
    kept = [one for one in invoice["LinkedTxn"] if one["TxnType"] != "Estimate"]
    wanted = [str(one.get("TxnId")) for one in sent if _is_estimate(one)]
    if len(wanted) > 1:
        raise refusals.business("An invoice can be linked to one estimate only.", "LinkedTxn")
    for gone in linked:
        if gone not in wanted:
            _put(draft, gone, None)
    invoice["LinkedTxn"] = [*(_linked(draft, invoice, key) for key in wanted), *kept]


def _check_customer(draft: Draft, invoice: Record) -> None:
    for link in invoice["LinkedTxn"]:
        estimate = draft.find("Estimate", link["TxnId"]) if link["TxnType"] == "Estimate" else None
        if estimate is not None and estimate["CustomerRef"]["value"] != invoice["CustomerRef"]["value"]:
            raise refusals.business("The estimate belongs to another customer.", "CustomerRef")


def _is_estimate(link: Any) -> bool:
    return isinstance(link, dict) and link.get("TxnType") == "Estimate"


def _linked(draft: Draft, invoice: Record, key: str) -> Record:
    estimate = draft.find("Estimate", key)
    if estimate is None:
        text = f"The entity Estimate {key} that you are trying to link does not exist. Estimate {key}"
        raise refusals.business(text, "LinkedTxn")
    if estimate["CustomerRef"]["value"] != invoice["CustomerRef"]["value"]:
        raise refusals.business("The estimate belongs to another customer.", "LinkedTxn")
    if any(one["TxnId"] != invoice["Id"] for one in estimate.get("LinkedTxn", [])):
        raise refusals.business("The estimate is already linked to another invoice.", "LinkedTxn")
    _put(draft, key, invoice["Id"])
    return {"TxnId": key, "TxnType": "Estimate"}


def _put(draft: Draft, key: str, invoice_id: str | None) -> None:
    """Let the estimate know its invoice, which closes it; without one it is open again."""
    estimate = draft.find("Estimate", key)
    if estimate is None:
        return
    links = [{"TxnId": invoice_id, "TxnType": "Invoice"}] if invoice_id is not None else []
    status = CLOSED if links else OPEN
    if estimate["LinkedTxn"] != links:
        draft.put("Estimate", {**estimate, "LinkedTxn": links, "TxnStatus": status})


def release(draft: Draft, document: Record) -> None:
    """Free what is linked to an invoice or an estimate that goes away."""
    for link in document.get("LinkedTxn", []):
        if link["TxnType"] == "Estimate":
            _put(draft, link["TxnId"], None)
        elif link["TxnType"] == "Invoice":
            invoice = draft.find("Invoice", link["TxnId"])
            if invoice is not None:
                rest = [one for one in invoice["LinkedTxn"] if one["TxnType"] != "Estimate"]
                draft.put("Invoice", {**invoice, "LinkedTxn": rest})
