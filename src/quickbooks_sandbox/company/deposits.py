"""Deposits: money taken out of Undeposited Funds into the bank, fees and other lines beside it (reference 14.14)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts, currencies, references, refusals, times
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]
BANKS = frozenset({"Bank", "Other Current Asset"})
SIGNS = {"Payment": 1, "SalesReceipt": 1, "RefundReceipt": -1}
"""What may be put on a deposit, and whether it brings money in or takes it out."""
_PAYERS = ("Customer", "Vendor", "Employee")


def complete(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a deposit.

    Raises:
        refusals.Refused: no account or line (2020), a wrong link (620), a transaction that stands on another deposit
            or not in Undeposited Funds, or a negative sum (6000), accounts of a wrong type (6430).
    """
    company = draft.company
    for member in ("DepositToAccountRef", "Line"):
        if not record.get(member):
            raise refusals.missing(member)
    record.setdefault("TxnDate", times.server_day(company.now()).isoformat())
    company.check_period(record["TxnDate"])
    currencies.settle(draft, record, None)
    references.settle_account(draft, record, "DepositToAccountRef", BANKS)
    references.settle(draft, record, "DepartmentRef", "Department", with_name=True)
    seen: set[tuple[str, str]] = set()
    lines: list[Record] = []
    number = 0
    for line in record["Line"]:
        if line.get("LinkedTxn"):
            lines.append(_linked(draft, record, line, seen))
        else:
            number += 1
            lines.append({"Id": str(number), "LineNum": number, **_direct(draft, line)})
    record["Line"] = lines
    total: Decimal = amounts.total(line["Amount"] for line in lines) - _cash_back(draft, record)
    if total < 0:
        raise refusals.business("Transaction amount must be 0 or greater.", "TotalAmt")
    record["TotalAmt"] = amounts.money(total)
    record.pop("GlobalTaxCalculation", None)
    record.pop("TxnTaxDetail", None)
    currencies.show_at_home(record)
    return record


def _linked(draft: Draft, deposit: Record, line: Record, seen: set[tuple[str, str]]) -> Record:
    links = line["LinkedTxn"]
    if len(links) != 1:
        raise refusals.business("A deposit line links exactly one transaction.", "Line.LinkedTxn")
    key, kind = str(links[0]["TxnId"]), links[0]["TxnType"]
    found = draft.find(kind, key) if kind in SIGNS else None
    if found is None or (kind, key) in seen:
        raise refusals.cannot_link(key)
    seen.add((kind, key))
    holder = draft.company.registers.deposited.get((kind, key))
    if holder not in (None, deposit["Id"]):
        raise refusals.business(f"Transaction {key} has already been deposited.", "Line.LinkedTxn")
    if found["DepositToAccountRef"]["value"] != draft.company.undeposited_funds:
        raise refusals.business(f"Transaction {key} is not in Undeposited Funds.", "Line.LinkedTxn")
    if found["CurrencyRef"]["value"] != deposit["CurrencyRef"]["value"]:
        raise refusals.business("A deposit holds transactions of one currency.", "Line.LinkedTxn")
    amount = found["TotalAmt"] * SIGNS[kind]
    if amounts.money(line.get("Amount", amount)) != amount:
        raise refusals.business("A transaction can only be deposited as a whole.", "Line.Amount")
    kept: Record = {name: line[name] for name in ("Description", "ProjectRef") if name in line}
    return {
        **kept,
        "Amount": amounts.money(amount),
        "LinkedTxn": [{"TxnId": key, "TxnType": kind, "TxnLineId": "0"}],
    }


def _direct(draft: Draft, line: Record) -> Record:
    if "Amount" not in line:
        raise refusals.missing("Line.Amount")
    detail = dict(line.get("DepositLineDetail", {}))
    if "AccountRef" not in detail:
        raise refusals.missing("Line.DepositLineDetail.AccountRef")
    _settle_own_account(draft, detail)
    references.settle(draft, detail, "PaymentMethodRef", "PaymentMethod", with_name=True)
    references.settle(draft, detail, "ClassRef", "Class", with_name=True)
    if "Entity" in detail:
        detail["Entity"] = _payer(draft, detail["Entity"])
    kept: Record = {name: line[name] for name in ("Description", "ProjectRef", "CustomField") if name in line}
    return {
        **kept,
        "Amount": amounts.money(line["Amount"]),
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": detail,
    }


def _settle_own_account(draft: Draft, detail: Record) -> None:
    """Any account but those that customers' and vendors' documents keep (a credit of a customer by deposit is not here)."""
    account = references.settle(draft, detail, "AccountRef", "Account", with_name=True)
    if account is not None and account["AccountType"] in references.LEDGERS_OF_PARTIES:
        raise refusals.wrong_account_type("AccountRef")


def _payer(draft: Draft, reference: Record) -> Record:
    """Whom the money came from; customers, vendors and employees share their ids, so the type may be left out."""
    key = str(reference.get("value", ""))
    for entity in _PAYERS:
        found = draft.find(entity, key)
        if found is not None:
            return {**references.named(found), "type": entity.upper()}
    raise refusals.unknown_reference("Names", key, "Line.DepositLineDetail.Entity")


def _cash_back(draft: Draft, record: Record) -> Decimal:
    back = record.get("CashBack")
    if back is None:
        return amounts.ZERO
    settled = {**back, "Amount": amounts.money(back["Amount"])}
    _settle_own_account(draft, settled)
    record["CashBack"] = settled
    amount: Decimal = settled["Amount"]
    return amount
