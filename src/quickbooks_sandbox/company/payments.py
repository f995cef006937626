"""Payments and what they do to invoices and credit memos: links both ways, balances, unapplied money.

A payment line to an invoice uses the payment's money, a line to a credit memo adds the memo's to it (reference 14.8, 16,
20.3).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts, currencies, references, refusals, times
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]
RECEIVABLE_TYPES = frozenset({"Accounts Receivable"})
DEPOSIT_TYPES = frozenset({"Bank", "Other Current Asset"})
SIGNS = {"Invoice": 1, "CreditMemo": -1}
"""What a payment line may link, and whether it uses money or brings it in."""


def complete(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a payment, and carry its lines over to the documents it settles.

    Raises:
        refusals.Refused: no customer (2020), no amount (6000), a wrong link (620), more than is open (6000).
    """
    company = draft.company
    if "CustomerRef" not in record:
        raise refusals.missing("CustomerRef")
    if "TotalAmt" not in record:
        raise refusals.business("You must set a transaction amount.", "TotalAmt")
    customer = references.settle(draft, record, "CustomerRef", "Customer", with_name=True)
    record["TotalAmt"] = amounts.money(record["TotalAmt"])
    record.setdefault("TxnDate", times.server_day(company.now()).isoformat())
    company.check_period(record["TxnDate"])
    currencies.settle(draft, record, customer)
    record.setdefault("ProcessPayment", False)
    record.setdefault("DepositToAccountRef", {"value": company.undeposited_funds})
    references.settle_account(draft, record, "DepositToAccountRef", DEPOSIT_TYPES, with_name=False)
    references.settle_account(draft, record, "ARAccountRef", RECEIVABLE_TYPES, with_name=False)
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
    left = record["TotalAmt"] - applied(record)
    if left < 0:
        raise refusals.business("The amount applied is more than the amount of the payment.", "Line")
    record["UnappliedAmt"] = amounts.money(left)


def applied(payment: Record) -> Decimal:
    """What the lines of a payment use of its amount; credits count against it."""
    return amounts.total(line["Amount"] * SIGNS[_target(line)[0]] for line in payment["Line"])


def _target(line: Record) -> tuple[str, str]:
    link = line["LinkedTxn"][0]
    return link["TxnType"], link["TxnId"]


def _applied(draft: Draft, payment: Record, line: Record, before_lines: list[Record]) -> Record:
    """One payment line put onto its document; a line that was there before stays as it was."""
    links = line.get("LinkedTxn", [])
    if "Amount" not in line:
        raise refusals.missing("Line.Amount")
    if len(links) != 1:
        raise refusals.business("A payment line links exactly one transaction.", "Line.LinkedTxn")
    key, kind = str(links[0]["TxnId"]), links[0]["TxnType"]
    document = draft.find(kind, key) if kind in SIGNS else None
    if document is None or not _same_family(draft, payment, document):
        raise refusals.cannot_link(key)
    amount = amounts.money(line["Amount"])
    if amount > document["Balance"]:
        raise refusals.business(
            "The amount applied is more than the open balance of the invoice.", "Line.Amount"
        )
    link = {"TxnId": payment["Id"], "TxnType": "Payment"}
    others = [one for one in document.get("LinkedTxn", []) if one != link]
    linked = sorted([*others, link], key=lambda one: int(one["TxnId"]))
    draft.put(kind, with_balance(kind, document, document["Balance"] - amount, linked))
    for earlier in before_lines:
        if _target(earlier) == (kind, key) and earlier["Amount"] == amount:
            return earlier
    return line_on(kind, document, amount)


def line_on(kind: str, document: Record, amount: Decimal) -> Record:
    """A new payment line on a document that is still as open as before the payment."""
    key: str = document["Id"]
    shown = {"txnId": key, "txnOpenBalance": f"{document['Balance']:.2f}"}
    if "DocNumber" in document:
        shown["txnReferenceNumber"] = document["DocNumber"]
    return {
        "Amount": amount,
        "LinkedTxn": [{"TxnId": key, "TxnType": kind}],
        "LineEx": {"any": [_name_value(name, value) for name, value in shown.items()]},
    }


def with_balance(kind: str, document: Record, balance: Decimal, links: list[Record]) -> Record:
    """The document with another open amount; a credit memo shows it twice and links only when there are any."""
    changed = {**document, "Balance": amounts.money(balance), "LinkedTxn": links}
    if kind == "CreditMemo":
        changed["RemainingCredit"] = changed["Balance"]
        if not links:
            del changed["LinkedTxn"]
    currencies.show_at_home(changed)
    return changed


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


def _same_family(draft: Draft, payment: Record, document: Record) -> bool:
    """A payment settles documents of its customer, of customers below it, or of the one above, in its currency."""
    if payment["CurrencyRef"]["value"] != document["CurrencyRef"]["value"]:
        return False
    payer, debtor = payment["CustomerRef"]["value"], document["CustomerRef"]["value"]
    if payer == debtor:
        return True
    parents = [
        (draft.find("Customer", one) or {}).get("ParentRef", {}).get("value") for one in (payer, debtor)
    ]
    return bool(payer == parents[1] or debtor == parents[0])


def release(draft: Draft, payment: Record | None) -> None:
    """Take a payment off every document it is on: balances rise, links go."""
    for line in (payment or {}).get("Line", []):
        kind, key = _target(line)
        document = draft.find(kind, key)
        if document is None or payment is None:
            continue
        links = [one for one in document["LinkedTxn"] if one["TxnId"] != payment["Id"]]
        draft.put(kind, with_balance(kind, document, document["Balance"] + line["Amount"], links))


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


def is_settled(document: Record) -> bool:
    """Whether a payment is on a document."""
    return any(link["TxnType"] == "Payment" for link in document.get("LinkedTxn", []))


def unapply_all(draft: Draft, kind: str, document: Record) -> None:
    """Take every payment off a document that goes away: its money is the customer's again."""
    for link in document.get("LinkedTxn", []):
        payment = draft.find("Payment", link["TxnId"]) if link["TxnType"] == "Payment" else None
        if payment is not None:
            _cover(draft, payment, (kind, document["Id"]), amounts.ZERO)


def refit(draft: Draft, kind: str, document: Record, before: Record | None) -> None:
    """Set the open amount of a written document; when it shrank below what is settled, the last payments come off (16).

    Raises:
        refusals.Refused: 6000 when a settled document would change its customer.
    """
    open_amount: Decimal = document["TotalAmt"] - document.get("Deposit", amounts.ZERO)
    links = document.get("LinkedTxn", [])
    paid = any(link["TxnType"] == "Payment" for link in links)
    if before is not None and paid and before["CustomerRef"]["value"] != document["CustomerRef"]["value"]:
        raise refusals.business("The customer of an invoice with payments cannot be changed.", "CustomerRef")
    kept: list[Record] = []
    for link in links:
        payment = draft.find("Payment", link["TxnId"]) if link["TxnType"] == "Payment" else None
        if payment is None:
            kept.append(link)
            continue
        left = _cover(draft, payment, (kind, document["Id"]), open_amount)
        open_amount -= left
        if left:
            kept.append(link)
    document.update(with_balance(kind, document, open_amount, kept))
    if kind == "CreditMemo" and not kept:
        document.pop("LinkedTxn", None)


def _cover(draft: Draft, payment: Record, target: tuple[str, str], most: Decimal) -> Decimal:
    """Let ``payment`` settle at most ``most`` of a document; returns what it settles."""
    lines: list[Record] = []
    covered = amounts.ZERO
    for line in payment["Line"]:
        if _target(line) != target:
            lines.append(line)
            continue
        part = min(line["Amount"], most - covered)
        covered += part
        if part:
            lines.append({**line, "Amount": amounts.money(part)})
    changed = {**payment, "Line": lines}
    _take_back(draft, changed)
    settle_unapplied(changed)
    draft.put("Payment", changed)
    return covered


def _take_back(draft: Draft, payment: Record) -> None:
    """When a credit that paid for invoices is gone, the last invoices of the payment are open again."""
    over = applied(payment) - payment["TotalAmt"]
    lines: list[Record] = []
    for line in reversed(payment["Line"]):
        kind, key = _target(line)
        part = min(line["Amount"], max(over, amounts.ZERO)) if kind == "Invoice" else amounts.ZERO
        invoice = draft.find(kind, key)
        if not part or invoice is None:
            lines.insert(0, line)
            continue
        over -= part
        links = invoice["LinkedTxn"]
        if part == line["Amount"]:
            links = [one for one in links if one["TxnId"] != payment["Id"]]
        else:
            lines.insert(0, {**line, "Amount": amounts.money(line["Amount"] - part)})
        draft.put(kind, with_balance(kind, invoice, invoice["Balance"] + part, links))
    payment["Line"] = lines
