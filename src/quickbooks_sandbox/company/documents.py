"""Invoices, credit memos, estimates and receipts: what all have, from the customer to the total (reference 13.2, 14.6, 14.7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import (
    addresses,
    amounts,
    currencies,
    due_dates,
    estimates,
    payments,
    references,
    refusals,
    sales_lines,
    settings,
    stock,
    tax,
    times,
)
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake
from quickbooks_sandbox.company.kinds import TaxModel
from quickbooks_sandbox.company.line_items import special

Record = dict[str, Any]
NUMBERED = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate")
OWED_BY_CUSTOMERS = ("Invoice", "CreditMemo", "Estimate")
"""The documents that must name a customer."""
DEPOSIT_TYPES = frozenset({"Bank", "Other Current Asset"})
_ADDRESSES = ("BillAddr", "ShipAddr", "ShipFromAddr")
_TAX_CAUSES = {
    TaxModel.AUTOMATED: ("CustomerRef", "ApplyTaxAfterDiscount", "ShipAddr"),
    TaxModel.MANUAL: ("CustomerRef", "ApplyTaxAfterDiscount"),
    TaxModel.NONE: (),
    TaxModel.GLOBAL: ("GlobalTaxCalculation", "ApplyTaxAfterDiscount"),
}
"""What else than lines and the tax itself makes a tax be computed again when it changes."""
ONLINE = ("AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment")


def complete_invoice(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check an invoice, and take payments off it that no longer fit."""
    _settle(draft, "Invoice", record, intake)
    estimates.link_sent(draft, record, intake)
    online = draft.company.preference("SalesFormsPrefs", "ETransactionPaymentEnabled") is True
    for member in ONLINE:
        record[member] = online and record.get(member, False)
    _settle_due_date(draft, record, intake)
    deposit = amounts.money(record.get("Deposit", amounts.ZERO))
    if "Deposit" in record:
        record["Deposit"] = deposit
    if deposit and not draft.company.preference("SalesFormsPrefs", "AllowDeposit"):
        raise refusals.business("Deposits are not turned on in this company.", "Deposit")
    if deposit > record["TotalAmt"]:
        raise refusals.business("The deposit is larger than the total.", "Deposit")
    if deposit:
        record.setdefault("DepositToAccountRef", {"value": draft.company.undeposited_funds})
    references.settle_account(draft, record, "DepositToAccountRef", DEPOSIT_TYPES)
    payments.refit(draft, "Invoice", record, intake.before)
    currencies.show_at_home(record)
    return record


def complete_credit_memo(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a credit memo: like an invoice, but what is open on it is owed to the customer (14.9)."""
    _settle(draft, "CreditMemo", record, intake)
    for member in ("DueDate", "DepositToAccountRef"):
        record.pop(member, None)
    payments.refit(draft, "CreditMemo", record, intake.before)
    currencies.show_at_home(record)
    return record


def complete_receipt(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a sales receipt: paid at once, into Undeposited Funds unless said otherwise."""
    record.setdefault("DepositToAccountRef", {"value": draft.company.undeposited_funds})
    return _paid_at_once(draft, "SalesReceipt", record, intake)


def complete_refund(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a refund receipt; its account is where the money comes from (reference 14.10)."""
    if "DepositToAccountRef" not in record:
        raise refusals.missing("DepositToAccountRef")
    return _paid_at_once(draft, "RefundReceipt", record, intake)


def complete_estimate(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check an estimate, which moves no money."""
    _settle(draft, "Estimate", record, intake)
    for member in ("Balance", "DepositToAccountRef"):
        record.pop(member, None)
    record.setdefault("TxnStatus", estimates.OPEN)
    if record["LinkedTxn"] and intake.before is not None:
        if record["CustomerRef"] != intake.before["CustomerRef"]:
            raise refusals.business("The customer of an invoiced estimate cannot be changed.", "CustomerRef")
        record["TxnStatus"] = estimates.CLOSED
    currencies.show_at_home(record)
    return record


def _paid_at_once(draft: Draft, entity: str, record: Record, intake: Intake) -> Record:
    _settle(draft, entity, record, intake)
    record["Balance"] = amounts.ZERO
    record.pop("DueDate", None)
    record.pop("LinkedTxn", None)
    references.settle_account(draft, record, "DepositToAccountRef", DEPOSIT_TYPES)
    references.settle(draft, record, "PaymentMethodRef", "PaymentMethod", with_name=True)
    currencies.show_at_home(record)
    return record


def _settle(draft: Draft, entity: str, record: Record, intake: Intake) -> None:
    company = draft.company
    before = intake.before or {}
    if "CustomerRef" not in record and entity in OWED_BY_CUSTOMERS:
        raise refusals.missing("CustomerRef")
    record["LinkedTxn"] = before.get("LinkedTxn", [])
    record.setdefault("TxnDate", times.server_day(company.now()).isoformat())
    company.check_period(record["TxnDate"])
    customer = _settle_customer(draft, record, intake)
    currencies.settle(draft, record, customer)
    references.settle_receivable(draft, record)
    references.settle(draft, record, "SalesTermRef", "Term")
    references.settle(draft, record, "ClassRef", "Class", with_name=True)
    references.settle(draft, record, "DepartmentRef", "Department", with_name=True)
    _settle_number(draft, entity, record, intake)
    record.setdefault("ApplyTaxAfterDiscount", False)
    record.setdefault("EmailStatus", "NotSet")
    if record["EmailStatus"] == "NeedToSend" and "BillEmail" not in record:
        if "EmailStatus" in intake.sent:
            raise refusals.missing("BillEmail")
        record["EmailStatus"] = "NotSet"
    record["CustomField"] = _custom_fields(draft, record.get("CustomField", []))
    if intake.before is not None:
        addresses.flow(record, intake.before, [member for member in _ADDRESSES if member in intake.sent])
    addresses.settle(draft, record, intake.before, _ADDRESSES)
    _settle_lines(draft, record, intake)
    for key in stock.moved(entity, record):
        stock.check_day(draft.find("Item", key) or {"Type": ""}, record["TxnDate"])


def _settle_customer(draft: Draft, record: Record, intake: Intake) -> Record | None:
    customer = references.settle(draft, record, "CustomerRef", "Customer", with_name=True)
    if customer is None:
        record.setdefault("PrintStatus", "NotSet")
        return None
    prints = customer.get("PreferredDeliveryMethod") == "Print"
    record.setdefault("PrintStatus", "NeedToPrint" if prints else "NotSet")
    if intake.creates or not intake.sparse:
        for member in ("BillAddr", "ShipAddr"):
            if member not in record and member in customer:
                record[member] = customer[member]
    return customer


def _custom_fields(draft: Draft, sent: list[Record]) -> list[Record]:
    """The text fields that the company has set up, shown without a value when they have none (reference 13.1)."""
    values = {one.get("DefinitionId"): one["StringValue"] for one in sent if "StringValue" in one}
    fields: list[Record] = []
    definitions = settings.custom_fields(draft.company.preference("SalesFormsPrefs", "CustomField"))
    for number, name in definitions.items():
        field: Record = {"DefinitionId": number, "Name": name, "Type": "StringType"}
        fields.append({**field, "StringValue": values[number]} if number in values else field)
    return fields


def _settle_number(draft: Draft, entity: str, record: Record, intake: Intake) -> None:
    """Number the document by the company's preference (reference 14.6)."""
    company = draft.company
    own_numbers = company.preference("SalesFormsPrefs", "CustomTxnNumbers")
    automatic = record.pop("AutoDocNumber", False)
    if "DocNumber" not in record and intake.creates and (automatic or not own_numbers):
        record["DocNumber"] = company.next_document_number()
        return
    number = record.get("DocNumber")
    unchanged = intake.before is not None and intake.before.get("DocNumber") == number
    bypassed = intake.options.allow_duplicate_numbers or not company.behaviour.warn_duplicate_numbers
    if number is None or unchanged or bypassed or not own_numbers:
        return
    for taken_by in NUMBERED:
        key = company.number_taken(taken_by, number)
        if key is not None and (taken_by, key) != (entity, record.get("Id")):
            raise refusals.duplicate_number(number, taken_by, key)


def _settle_lines(draft: Draft, record: Record, intake: Intake) -> None:
    before = intake.before
    if before is not None and not _moves_tax(draft, record, before, intake):
        for member in ("Line", "TxnTaxDetail", "TotalAmt"):
            record[member] = before[member]
        return
    lines = sales_lines.complete(draft, record.get("Line", []), (before or {}).get("Line", []))
    stored = (before or {}).get("TxnTaxDetail", {})
    sent = intake.sent.get("TxnTaxDetail", {})
    same_customer = record.get("CustomerRef") == (before or {}).get("CustomerRef")
    if "TxnTaxDetail" not in intake.sent and intake.sparse and same_customer and "TxnTaxCodeRef" in stored:
        sent = {"TxnTaxCodeRef": stored["TxnTaxCodeRef"]}
    record["TxnTaxDetail"] = tax.settle(draft, record, lines, sent if isinstance(sent, dict) else {}, stored)
    record["Line"] = lines.as_stored()
    net = lines.subtotal - lines.discount_amount + lines.extra_amount
    total: Decimal = net + record["TxnTaxDetail"]["TotalTax"]
    if total < 0:
        raise refusals.business("Transaction amount must be 0 or greater.", "TotalAmt")
    record["TotalAmt"] = amounts.money(total)


def _moves_tax(draft: Draft, record: Record, before: Record, intake: Intake) -> bool:
    """Whether an update touches amounts; what it only says again leaves a tax that somebody sent alone (15.4)."""
    if "Line" not in record or intake.says("Line", "TxnTaxDetail"):
        return True
    for member in _TAX_CAUSES[draft.company.kind.tax]:
        old, new = before.get(member), record.get(member)
        if member == "CustomerRef":
            old, new = (old or {}).get("value"), (new or {}).get("value")
        if old != new:
            return True
    return False


def _settle_due_date(draft: Draft, record: Record, intake: Intake) -> None:
    """The day by the term, else by the company's default one; a changed date or term moves it (reference 13.2)."""
    before = intake.before or {}
    moved = any(record.get(member) != before.get(member) for member in ("TxnDate", "SalesTermRef"))
    if "DueDate" in record and ("DueDate" in intake.sent or not moved):
        return
    term = record.get("SalesTermRef") or draft.company.preference("SalesFormsPrefs", "DefaultTerms") or {}
    record["DueDate"] = due_dates.due(draft.find("Term", term.get("value", "")), record["TxnDate"])


def voided(record: Record) -> Record:
    """The document with every amount at zero, as a void leaves it (reference 5.5)."""
    lines = [_voided_line(line) for line in record["Line"]]
    note = record.get("PrivateNote")
    changed = {
        **record,
        "Line": lines,
        "TotalAmt": amounts.ZERO,
        "Balance": amounts.ZERO,
        "TxnTaxDetail": {"TotalTax": amounts.ZERO},
        "PrivateNote": f"Voided - {note}" if note else "Voided",
        "LinkedTxn": [],
    }
    if "Deposit" in record:
        changed["Deposit"] = amounts.ZERO
    currencies.show_at_home(changed)
    if "DueDate" not in record:
        changed.pop("LinkedTxn")
    return changed


def _voided_line(line: Record) -> Record:
    emptied = {**line}
    if "Amount" in line:
        emptied["Amount"] = amounts.ZERO
    if sales_lines.is_subtotal(line):
        emptied["Description"] = sales_lines.subtotal_text(amounts.ZERO)
    group = line.get("GroupLineDetail")
    if group is not None:
        emptied["GroupLineDetail"] = {**group, "Line": [_voided_line(one) for one in group["Line"]]}
    detail = line.get("SalesItemLineDetail")
    if detail is not None:
        kept = {name: value for name, value in detail.items() if name not in ("UnitPrice", "TaxInclusiveAmt")}
        emptied["SalesItemLineDetail"] = kept if special(line) else {**kept, "Qty": amounts.ZERO}
    return emptied


def is_voided(record: Record) -> bool:
    """Whether a document was voided: the note and the zeros are all there is to see (reference 5.5)."""
    return not record["TotalAmt"] and str(record.get("PrivateNote", "")).startswith("Voided")
