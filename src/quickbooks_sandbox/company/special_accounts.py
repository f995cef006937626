"""Accounts that QuickBooks opens by itself when they are first needed: for a currency, for shipping, for tips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import amounts
from quickbooks_sandbox.company.events import CREATED

if TYPE_CHECKING:
    from quickbooks_sandbox.company.draft import Draft

Record = dict[str, Any]
RECEIVABLE = ("Accounts Receivable", "AccountsReceivable", "Asset")
EXCHANGE = ("Other Expense", "ExchangeGainorLoss", "Expense")
SHIPPING = ("Income", "OtherPrimaryIncome", "Revenue")
TIPS = ("Other Current Liability", "Gratuity", "Liability")
"""Type, sub-type and classification of each."""


def opened(draft: Draft, name: str, kind: tuple[str, str, str], currency: Record) -> str:
    """Open an account, or find the one that has the name; returns its id.

    Args:
        currency: a ``CurrencyRef``.
    """
    for record in draft.company.tables["Account"].records.values():
        if record["FullyQualifiedName"].casefold() == name.casefold():
            return str(record["Id"])
    account_type, sub_type, classification = kind
    account: Record = {
        "Id": draft.company.sequences.next("accounts"),
        "Name": name,
        "FullyQualifiedName": name,
        "SubAccount": False,
        "Active": True,
        "AccountType": account_type,
        "AccountSubType": sub_type,
        "Classification": classification,
        "CurrencyRef": currency,
        "CurrentBalance": amounts.ZERO,
        "CurrentBalanceWithSubAccounts": amounts.ZERO,
        "domain": "QBO",
        "sparse": False,
    }
    draft.put("Account", account, CREATED)
    return str(account["Id"])
