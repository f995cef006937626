"""Accounts, payment methods and terms (reference 14.5, 14.11)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import amounts, currencies, hierarchies, references, refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]

CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
    "Non-Posting": "Equity",
}
DEFAULT_SUB_TYPES = {
    "Bank": "Checking",
    "Accounts Receivable": "AccountsReceivable",
    "Other Current Asset": "OtherCurrentAssets",
    "Fixed Asset": "OtherFixedAssets",
    "Other Asset": "OtherLongTermAssets",
    "Accounts Payable": "AccountsPayable",
    "Credit Card": "CreditCard",
    "Other Current Liability": "OtherCurrentLiabilities",
    "Long Term Liability": "OtherLongTermLiabilities",
    "Equity": "OpeningBalanceEquity",
    "Income": "ServiceFeeIncome",
    "Other Income": "OtherMiscellaneousIncome",
    "Cost of Goods Sold": "SuppliesMaterialsCogs",
    "Expense": "OtherMiscellaneousServiceCost",
    "Other Expense": "OtherMiscellaneousExpense",
    "Non-Posting": "OtherMiscellaneousServiceCost",
}
TYPE_OF_SUB_TYPE = {
    **{sub_type: account_type for account_type, sub_type in DEFAULT_SUB_TYPES.items()},
    "Savings": "Bank",
    "UndepositedFunds": "Other Current Asset",
    "Inventory": "Other Current Asset",
    "SalesOfProductIncome": "Income",
    "DiscountsRefundsGiven": "Income",
    "NonProfitIncome": "Income",
    "OtherPrimaryIncome": "Income",
    "Travel": "Expense",
    "AdvertisingPromotional": "Expense",
    "SalesTaxPayable": "Other Current Liability",
    "GlobalTaxPayable": "Other Current Liability",
    "RetainedEarnings": "Equity",
}
"""Sub-types whose type is known; another sub-type needs its type beside it."""

FOREIGN_TYPES = frozenset({"Bank", "Credit Card", "Accounts Receivable", "Accounts Payable"})
_NUMBER_LENGTH = {"US": 7, "GB": 7, "IE": 7, "AU": 20, "CA": 20}


def complete_account(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check an account."""
    company = draft.company
    if "Name" not in record:
        raise refusals.missing("Name")
    _settle_account_type(record, intake)
    number = record.get("AcctNum", "")
    longest = _NUMBER_LENGTH[company.kind.country]
    if len(number) > longest:
        raise refusals.too_long("AcctNum", longest, len(number))
    record.setdefault("Active", True)
    _settle_currency(draft, record, intake)
    if "OpeningBalance" in record and "OpeningBalanceDate" not in record:
        raise refusals.opening_day_missing()
    if "OpeningBalance" in record:
        record["OpeningBalance"] = amounts.money(record["OpeningBalance"])
    record.setdefault("CurrentBalance", amounts.ZERO)
    record.setdefault("CurrentBalanceWithSubAccounts", amounts.ZERO)
    record["FullyQualifiedName"] = record["Name"]
    if "ParentRef" in record:
        parent = references.target(draft, "Account", record["ParentRef"], "ParentRef")
        if parent["AccountType"] != record["AccountType"]:
            raise refusals.business("A sub-account must have the type of its parent account.", "ParentRef")
        hierarchies.check_place(draft, "Account", record, parent)
        record["ParentRef"] = references.bare(parent)
        record["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{record['Name']}"
    record["SubAccount"] = "ParentRef" in record
    _retire(draft, "Account", record, intake)
    hierarchies.rename_below(draft, "Account", record, intake.before)
    return record


def _settle_currency(draft: Draft, record: Record, intake: Intake) -> None:
    """Bank, card, receivable and payable accounts may be kept in a foreign currency, fixed at creation."""
    kind = draft.company.kind
    code = record.get("CurrencyRef", {}).get("value", kind.currency)
    if intake.before is not None:
        code = intake.before["CurrencyRef"]["value"]
    elif code != kind.currency:
        if not kind.multicurrency or record["AccountType"] not in FOREIGN_TYPES:
            raise refusals.business("This account can only be kept in the home currency.", "CurrencyRef")
        currencies.check(code, "CurrencyRef")
        currencies.use(draft, code)
    record["CurrencyRef"] = currencies.reference(code)


def _settle_account_type(record: Record, intake: Intake) -> None:
    if intake.before is not None:
        record.setdefault("AccountType", intake.before["AccountType"])
        record.setdefault("AccountSubType", intake.before["AccountSubType"])
    if "AccountType" not in record:
        sub_type = record.get("AccountSubType")
        if sub_type not in TYPE_OF_SUB_TYPE:
            raise refusals.account_kind_missing()
        record["AccountType"] = TYPE_OF_SUB_TYPE[sub_type]
    record.setdefault("AccountSubType", DEFAULT_SUB_TYPES[record["AccountType"]])
    record["Classification"] = CLASSIFICATIONS[record["AccountType"]]


def complete_payment_method(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a payment method."""
    if "Name" not in record:
        raise refusals.missing("Name")
    record.setdefault("Active", True)
    record.setdefault("Type", "NON_CREDIT_CARD")
    _retire(draft, "PaymentMethod", record, intake)
    return record


def complete_term(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a term; days make it standard, a day of the month makes it date driven."""
    if "Name" not in record:
        raise refusals.missing("Name")
    record.setdefault("Active", True)
    if "DayOfMonthDue" in record:
        record["Type"] = "DATE_DRIVEN"
        record.setdefault("DiscountPercent", amounts.ZERO)
        record.setdefault("DueNextMonthDays", amounts.ZERO)
    else:
        record["Type"] = "STANDARD"
        for member in ("DiscountPercent", "DiscountDays", "DueDays"):
            record.setdefault(member, amounts.ZERO)
    _retire(draft, "Term", record, intake)
    return record


def _retire(draft: Draft, entity: str, record: Record, intake: Intake) -> None:
    before = intake.before
    if before is not None and before["Active"] and not record["Active"]:
        record["Name"] = draft.company.retired_name(entity, record["Name"])
        if "FullyQualifiedName" in record:
            record["FullyQualifiedName"] = draft.company.retired_name(entity, record["FullyQualifiedName"])
    draft.company.check_name(entity, record)
