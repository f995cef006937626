"""Following references from one object to another (reference 13.1; codes 2500 and 6430)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.draft import Draft

Record = dict[str, Any]

FAMILIES = {
    "Customer": "Names",
    "Vendor": "Names",
    "Employee": "Names",
    "Item": "Items",
    "Account": "Accounts",
    "Term": "Terms",
    "PaymentMethod": "PaymentMethods",
    "TaxCode": "TaxCodes",
    "TaxRate": "TaxRates",
    "TaxAgency": "TaxAgencies",
    "Class": "Classes",
    "Department": "Departments",
}
"""The word that Intuit's refusal uses for each entity; only Names is recorded."""


INCOME_TYPES = frozenset({"Income", "Other Income"})
EXPENSE_TYPES = frozenset({"Expense", "Other Expense", "Cost of Goods Sold"})
LEDGERS_OF_PARTIES = frozenset({"Accounts Receivable", "Accounts Payable"})
"""Accounts that only documents of customers and vendors move."""


def target(draft: Draft, entity: str, reference: Record, element: str) -> Record:
    """The active object that ``reference`` points to.

    Raises:
        refusals.Refused: 2020 without a value, 2500 when it does not exist or is inactive.
    """
    value = str(reference.get("value", ""))
    if not value:
        raise refusals.missing(f"{element}.value")
    found = draft.find(entity, value)
    if found is None:
        raise refusals.unknown_reference(FAMILIES[entity], value, element)
    if found.get("Active") is False:
        raise refusals.inactive_reference(element)
    return found


def named(record: Record) -> Record:
    """A reference to ``record`` with its name, as answers carry it."""
    name = record.get("DisplayName") or record.get("FullyQualifiedName") or record.get("Name")
    return {"value": record["Id"], "name": name}


def bare(record: Record) -> Record:
    """A reference to ``record`` without its name."""
    return {"value": record["Id"]}


def settle(
    draft: Draft, record: Record, member: str, entity: str, *, with_name: bool = False
) -> Record | None:
    """Check the reference ``member`` of ``record`` if it is there, and write it as QuickBooks would.

    Returns the object it points to, None without a reference.
    """
    reference = record.get(member)
    if reference is None:
        return None
    found = target(draft, entity, reference, member)
    record[member] = named(found) if with_name else bare(found)
    return found


def settle_receivable(draft: Draft, record: Record) -> None:
    """As ``settle_account`` for the receivable account of a transaction, which is kept in the customer's currency."""
    account = settle_account(
        draft, record, "ARAccountRef", frozenset({"Accounts Receivable"}), with_name=False
    )
    if account is not None and account["CurrencyRef"]["value"] != record["CurrencyRef"]["value"]:
        raise refusals.business("The account is kept in another currency.", "ARAccountRef")


def settle_account(
    draft: Draft, record: Record, member: str, types: frozenset[str], *, with_name: bool = True
) -> Record | None:
    """As ``settle`` for an account that must be of one of ``types``.

    Raises:
        refusals.Refused: 6430 for an account of another type, 6000 for one of a currency that is neither the
            transaction's nor the home currency.
    """
    account = settle(draft, record, member, "Account", with_name=with_name)
    if account is not None and account["AccountType"] not in types:
        raise refusals.wrong_account_type(member)
    if account is not None and "ExchangeRate" in record:
        own, home = account["CurrencyRef"]["value"], draft.company.kind.currency
        if own not in (home, record["CurrencyRef"]["value"]):
            raise refusals.business("The account is kept in another currency.", member)
    return account
