"""What QuickBooks writes beside a new object: opening invoices, and payments that apply what is open (14.3, 16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts, payments
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.kinds import TaxModel
from quickbooks_sandbox.company.members.shared import NUMBER

Record = dict[str, Any]
Create = Callable[[Draft, str, Mapping[str, Any]], Record]
"""Creates one more object in the same draft."""


def follow(draft: Draft, entity: str, made: Record, sent: Mapping[str, Any], create: Create) -> None:
    """Write what a new object brings with it; all of it is refused or becomes true together."""
    if entity == "Customer":
        _open_balance(draft, made, sent, create)
    elif entity == "Invoice" and draft.company.behaviour.auto_apply_credits:
        _apply_credits(draft, made, create)


def prepared(draft: Draft, entity: str, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request for a payment without lines, given to the oldest invoices where the company wants it so."""
    wanted = draft.company.preference("SalesFormsPrefs", "AutoApplyPayments") if entity == "Payment" else None
    if not wanted or sent.get("Line") or not isinstance(sent.get("CustomerRef"), dict):
        return sent
    amount = NUMBER.accept(sent.get("TotalAmt", 0), "TotalAmt")
    if not isinstance(amount, Decimal):
        return sent
    customer = str(sent["CustomerRef"].get("value", ""))
    return {**sent, "Line": _shared_out(_open(draft, "Invoice", customer), "Invoice", amount)}


def _open_balance(draft: Draft, customer: Record, sent: Mapping[str, Any], create: Create) -> None:
    """A balance sent with a new customer becomes an invoice of the company's default item."""
    opening = NUMBER.accept(sent.get("Balance") or 0, "Balance")
    if not isinstance(opening, Decimal) or opening <= 0:
        return
    company = draft.company
    amount = amounts.money(opening)
    detail: Record = {"ItemRef": {"value": company.default_item}}
    if company.kind.american:
        detail["TaxCodeRef"] = {"value": "NON"}
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    body: Record = {
        "CustomerRef": {"value": customer["Id"]},
        "PrivateNote": "Opening Balance",
        "Line": [{**line, "Description": "Opening Balance"}],
    }
    if company.kind.tax is TaxModel.GLOBAL:
        body["GlobalTaxCalculation"] = "NotApplicable"
    if "OpenBalanceDate" in customer:
        body["TxnDate"] = customer["OpenBalanceDate"]
    create(draft, "Invoice", body)


def _apply_credits(draft: Draft, invoice: Record, create: Create) -> None:
    """Settle a new invoice with what is open for the customer: the oldest credit memos, then money without an invoice."""
    customer = invoice["CustomerRef"]["value"]
    lines = _shared_out(_open(draft, "CreditMemo", customer), "CreditMemo", invoice["Balance"])
    if lines:
        used = amounts.total(line["Amount"] for line in lines)
        target = {"Amount": used, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        body = {
            "CustomerRef": {"value": customer},
            "TotalAmt": amounts.ZERO,
            "TxnDate": invoice["TxnDate"],
            "PrivateNote": "Created by QB Online to link credits to charges.",
            "Line": [target, *lines],
        }
        create(draft, "Payment", body)
    for payment in _open(draft, "Payment", customer, "UnappliedAmt"):
        payments.apply(draft, payment, invoice["Id"])


def _open(draft: Draft, entity: str, customer: str, member: str = "Balance") -> list[Record]:
    """The documents of a customer with something open, the oldest first."""
    found = (draft.find(entity, key) for key in draft.company.tables[entity].records)
    return sorted(
        (
            record
            for record in found
            if record is not None and record[member] and record["CustomerRef"]["value"] == customer
        ),
        key=lambda record: (record["TxnDate"], int(record["Id"])),
    )


def _shared_out(documents: list[Record], kind: str, amount: Decimal) -> list[Record]:
    lines: list[Record] = []
    for document in documents:
        part = min(amount, document["Balance"])
        if part > 0:
            lines.append({"Amount": part, "LinkedTxn": [{"TxnId": document["Id"], "TxnType": kind}]})
            amount -= part
    return lines
