"""Payments and what they do to invoices: links both ways, balances, unapplied money (reference 14.8, 16, 20.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts, references, refusals, times
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]
DEPOSIT_TYPES = frozenset({"Bank", "Other Current Asset"})


def complete(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a payment, and carry its lines over to the invoices it pays.

    Raises:
        refusals.Refused: no customer (2020), no amount (6000), a wrong link (620), more than is open (6000).
    """
    company = draft.company
    if "CustomerRef" not in record:
        raise refusals.missing("CustomerRef")
    if "TotalAmt" not in record:
        raise refusals.business("You must set a transaction amount.", "TotalAmt")
    references.settle(draft, record, "CustomerRef", "Customer", with_name=True)
    record["TotalAmt"] = amounts.money(record["TotalAmt"])
    record.setdefault("TxnDate", times.server_day(company.now()).isoformat())
    company.check_period(record["TxnDate"])
    record["CurrencyRef"] = {"value": company.kind.currency, "name": company.kind.currency_name}
    record.pop("ExchangeRate", None)
    record.setdefault("ProcessPayment", False)
    record.setdefault("DepositToAccountRef", {"value": company.undeposited_funds})
    references.settle_account(draft, record, "DepositToAccountRef", DEPOSIT_TYPES, with_name=False)
    references.settle(draft, record, "PaymentMethodRef", "PaymentMethod")
    for member in ("DocNumber", "TxnTaxDetail", "LinkedTxn"):
        record.pop(member, None)
    release(draft, intake.before)
    before_lines = (intake.before or {}).get("Line", [])
    record["Line"] = [_applied(draft, record, line, before_lines) for line in record.get("Line", [])]
    settle_unapplied(record)
    return record


def settle_unapplied(record: Record) -> None:
    """Work out what of a payment is on no invoice.

    Raises:
        refusals.Refused: 6000 when the lines come to more than the payment.
    """
    applied = amounts.total(line["Amount"] for line in record["Line"])
    if applied > record["TotalAmt"]:
        raise refusals.business("The amount applied is more than the amount of the payment.", "Line")
    record["UnappliedAmt"] = amounts.money(record["TotalAmt"] - applied)


def _applied(draft: Draft, payment: Record, line: Record, before_lines: list[Record]) -> Record:
    """One payment line put onto its invoice; a line that was there before stays as it was."""
    links = line.get("LinkedTxn", [])
    if "Amount" not in line:
        raise refusals.missing("Line.Amount")
    if len(links) != 1:
        raise refusals.business("A payment line links exactly one transaction.", "Line.LinkedTxn")
    key, kind = str(links[0]["TxnId"]), links[0]["TxnType"]
    invoice = draft.find("Invoice", key) if kind == "Invoice" else None
    if invoice is None or not _same_family(draft, payment, invoice):
        raise refusals.cannot_link(key)
    amount = amounts.money(line["Amount"])
    if amount > invoice["Balance"]:
        raise refusals.business(
            "The amount applied is more than the open balance of the invoice.", "Line.Amount"
        )
    link = {"TxnId": payment["Id"], "TxnType": "Payment"}
    others = [one for one in invoice["LinkedTxn"] if one != link]
    changed = {
        **invoice,
        "Balance": amounts.money(invoice["Balance"] - amount),
        "LinkedTxn": sorted([*others, link], key=lambda one: int(one["TxnId"])),
    }
    draft.put("Invoice", changed)
    for earlier in before_lines:
        if _pays(earlier, key) and earlier["Amount"] == amount:
            return earlier
    shown = {"txnId": key, "txnOpenBalance": f"{invoice['Balance']:.2f}"}
    if "DocNumber" in invoice:
        shown["txnReferenceNumber"] = invoice["DocNumber"]
    return {
        "Amount": amount,
        "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}],
        "LineEx": {"any": [_name_value(name, value) for name, value in shown.items()]},
    }


def _name_value(name: str, value: str) -> Record:
    """A name and value as Intuit's Java server writes them into ``LineEx``."""
    return {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": {"Name": name, "Value": value},
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }


def _same_family(draft: Draft, payment: Record, invoice: Record) -> bool:
    """A payment pays invoices of its customer, of customers below it, or of the one above."""
    payer, debtor = payment["CustomerRef"]["value"], invoice["CustomerRef"]["value"]
    if payer == debtor:
        return True
    parents = [
        (draft.find("Customer", one) or {}).get("ParentRef", {}).get("value") for one in (payer, debtor)
    ]
    return bool(payer == parents[1] or debtor == parents[0])


def release(draft: Draft, payment: Record | None) -> None:
    """Take a payment off every invoice it is on: balances rise, links go."""
    for line in (payment or {}).get("Line", []):
        key = line["LinkedTxn"][0]["TxnId"]
        invoice = draft.find("Invoice", key)
        if invoice is None or payment is None:
            continue
        links = [one for one in invoice["LinkedTxn"] if one["TxnId"] != payment["Id"]]
        balance = amounts.money(invoice["Balance"] + line["Amount"])
        draft.put("Invoice", {**invoice, "Balance": balance, "LinkedTxn": links})


def voided(payment: Record) -> Record:
    """The payment as a void leaves it (reference 16)."""
    note = payment.get("PrivateNote")
    return {
        **payment,
        "TotalAmt": amounts.ZERO,
        "UnappliedAmt": amounts.ZERO,
        "Line": [],
        "PrivateNote": f"Voided - {note}" if note else "Voided",
    }


def unapply_all(draft: Draft, invoice: Record) -> None:
    """Give the money of every payment on ``invoice`` back to the customer as unapplied."""
    for link in invoice["LinkedTxn"]:
        payment = draft.find("Payment", link["TxnId"]) if link["TxnType"] == "Payment" else None
        if payment is not None:
            changed = {**payment, "Line": [one for one in payment["Line"] if not _pays(one, invoice["Id"])]}
            settle_unapplied(changed)
            draft.put("Payment", changed)


def _pays(line: Record, key: str) -> bool:
    return bool(line["LinkedTxn"][0]["TxnId"] == key)


def refit(draft: Draft, invoice: Record, before: Record | None) -> None:
    """Set the balance of a written invoice; when it shrank below what was paid, the last payments come off (16).

    Raises:
        refusals.Refused: 6000 when a paid invoice would change its customer.
    """
    to_pay: Decimal = invoice["TotalAmt"] - invoice.get("Deposit", amounts.ZERO)
    links = invoice.get("LinkedTxn", [])
    if before is not None and links and before["CustomerRef"]["value"] != invoice["CustomerRef"]["value"]:
        raise refusals.business("The customer of an invoice with payments cannot be changed.", "CustomerRef")
    kept: list[Record] = []
    for link in links:
        payment = draft.find("Payment", link["TxnId"]) if link["TxnType"] == "Payment" else None
        if payment is None:
            kept.append(link)
            continue
        left = _shorten(draft, payment, invoice["Id"], to_pay)
        to_pay -= left
        if left:
            kept.append(link)
    invoice["LinkedTxn"] = kept
    invoice["Balance"] = amounts.money(to_pay)


def _shorten(draft: Draft, payment: Record, invoice_id: str, most: Decimal) -> Decimal:
    """Let ``payment`` cover at most ``most`` of an invoice; returns what it covers."""
    lines: list[Record] = []
    covered = amounts.ZERO
    for line in payment["Line"]:
        if not _pays(line, invoice_id):
            lines.append(line)
            continue
        part = min(line["Amount"], most)
        covered += part
        if part:
            lines.append({**line, "Amount": amounts.money(part)})
    changed = {**payment, "Line": lines}
    settle_unapplied(changed)
    draft.put("Payment", changed)
    return covered
