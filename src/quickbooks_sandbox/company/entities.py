"""The entities of the company: for each its members, its ids, how it is completed and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from quickbooks_sandbox.company import (
    attachments,
    currencies,
    deposits,
    documents,
    hierarchies,
    items,
    lists,
    names,
    payments,
    settings,
    tax_setup,
)
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake
from quickbooks_sandbox.company.members import attachments as attachment_members
from quickbooks_sandbox.company.members import lists as list_members
from quickbooks_sandbox.company.members import names as name_members
from quickbooks_sandbox.company.members import sales as sales_members
from quickbooks_sandbox.company.members import settings as setting_members
from quickbooks_sandbox.company.members import taxes as tax_members
from quickbooks_sandbox.company.members.kinds import Shape

Record = dict[str, Any]


class Family(Enum):
    """How an entity lives."""

    LIST = "list"
    """Made inactive, never deleted."""
    TRANSACTION = "transaction"
    """Deleted for good, or voided."""
    SINGLE = "single"
    """There is exactly one; only updated."""
    WRITTEN_ONCE = "written once"
    """Created and then never changed."""
    RATE = "rate"
    """Has no id: what is sent replaces what is stored for the day."""
    FIXED = "fixed"
    """Read-only."""


class Void(Enum):
    """The form of the call that voids a transaction (reference 5.5)."""

    NEVER = "never"
    OPERATION = "operation=void"
    INCLUDE = "operation=update&include=void"


def _unwritable(_draft: Draft, record: Record, _intake: Intake) -> Record:
    return record


@dataclass(frozen=True, slots=True)
class Entity:
    """The rules of one entity. ``kept`` survive a full update that leaves them out (reference 5.3)."""

    name: str
    shape: Shape
    family: Family
    complete: Callable[[Draft, Record, Intake], Record] = _unwritable
    sequence: str = ""
    kept: frozenset[str] = frozenset()
    void: Void = Void.NEVER


_IDENTITY = ("Id", "SyncToken", "MetaData", "domain", "sparse", "Active")
_NAME_KEPT = frozenset(
    {
        *_IDENTITY,
        "DisplayName",
        "PrintOnCheckName",
        "Taxable",
        "BillWithParent",
        "PreferredDeliveryMethod",
        "CurrencyRef",
        "Balance",
        "BalanceWithJobs",
        "DefaultTaxCodeRef",
        "Vendor1099",
        "BillableTime",
    }
)
_SALE_KEPT = frozenset(
    {
        *_IDENTITY,
        "DocNumber",
        "CustomField",
        "TxnDate",
        "CurrencyRef",
        "ExchangeRate",
        "ARAccountRef",
        "PrintStatus",
        "EmailStatus",
        "ApplyTaxAfterDiscount",
        "GlobalTaxCalculation",
        "LinkedTxn",
        "Balance",
        "DeliveryInfo",
        *documents.ONLINE,
    }
)
_RECEIPT_KEPT = _SALE_KEPT | {"DepositToAccountRef", "CustomerRef"}
_PAYMENT_KEPT = frozenset(
    {
        *_IDENTITY,
        *("TotalAmt", "TxnDate", "DepositToAccountRef", "CurrencyRef", "ExchangeRate", "ARAccountRef"),
        "ProcessPayment",
    }
)
_ITEM_KEPT = frozenset(
    {
        *_IDENTITY,
        "Type",
        "Taxable",
        "UnitPrice",
        "PurchaseCost",
        "TrackQtyOnHand",
        "InvStartDate",
        "QtyOnHand",
    }
)
_ACCOUNT_KEPT = frozenset(
    {*_IDENTITY, "AccountType", "AccountSubType", "CurrentBalance", "CurrentBalanceWithSubAccounts"}
)
_SMALL_KEPT = frozenset({*_IDENTITY, "Type"})

ENTITIES = {
    entity.name: entity
    for entity in (
        Entity("CompanyInfo", setting_members.COMPANY_INFO, Family.SINGLE, settings.complete),
        Entity("Preferences", setting_members.PREFERENCES, Family.SINGLE, settings.complete),
        Entity("TaxCode", tax_members.TAX_CODE, Family.FIXED),
        Entity("TaxRate", tax_members.TAX_RATE, Family.FIXED),
        Entity(
            "TaxAgency", tax_members.TAX_AGENCY, Family.WRITTEN_ONCE, tax_setup.complete_agency, "agencies"
        ),
        Entity(
            "CompanyCurrency",
            list_members.COMPANY_CURRENCY,
            Family.LIST,
            currencies.complete_company_currency,
            "currencies",
            _SMALL_KEPT | {"Code", "Name"},
        ),
        Entity("ExchangeRate", list_members.EXCHANGE_RATE, Family.RATE, currencies.complete_exchange_rate),
        Entity(
            "Account", list_members.ACCOUNT, Family.LIST, lists.complete_account, "accounts", _ACCOUNT_KEPT
        ),
        Entity(
            "PaymentMethod",
            list_members.PAYMENT_METHOD,
            Family.LIST,
            lists.complete_payment_method,
            "payment methods",
            _SMALL_KEPT,
        ),
        Entity("Term", list_members.TERM, Family.LIST, lists.complete_term, "terms", _SMALL_KEPT),
        Entity("Class", list_members.CLASS, Family.LIST, hierarchies.complete_class, "classes", _SMALL_KEPT),
        Entity(
            "Department",
            list_members.DEPARTMENT,
            Family.LIST,
            hierarchies.complete_department,
            "departments",
            _SMALL_KEPT,
        ),
        Entity("Item", list_members.ITEM, Family.LIST, items.complete, "items", _ITEM_KEPT),
        Entity("Customer", name_members.CUSTOMER, Family.LIST, names.complete_customer, "names", _NAME_KEPT),
        Entity("Vendor", name_members.VENDOR, Family.LIST, names.complete_vendor, "names", _NAME_KEPT),
        Entity("Employee", name_members.EMPLOYEE, Family.LIST, names.complete_employee, "names", _NAME_KEPT),
        Entity(
            "Invoice",
            sales_members.INVOICE,
            Family.TRANSACTION,
            documents.complete_invoice,
            "transactions",
            _SALE_KEPT,
            Void.OPERATION,
        ),
        Entity(
            "SalesReceipt",
            sales_members.SALES_RECEIPT,
            Family.TRANSACTION,
            documents.complete_receipt,
            "transactions",
            _RECEIPT_KEPT,
            Void.INCLUDE,
        ),
        Entity(
            "CreditMemo",
            sales_members.CREDIT_MEMO,
            Family.TRANSACTION,
            documents.complete_credit_memo,
            "transactions",
            _SALE_KEPT,
        ),
        Entity(
            "RefundReceipt",
            sales_members.REFUND_RECEIPT,
            Family.TRANSACTION,
            documents.complete_refund,
            "transactions",
            _RECEIPT_KEPT,
        ),
        Entity(
            "Estimate",
            sales_members.ESTIMATE,
            Family.TRANSACTION,
            documents.complete_estimate,
            "transactions",
            _SALE_KEPT | {"TxnStatus"},
        ),
        Entity(
            "Deposit",
            sales_members.DEPOSIT,
            Family.TRANSACTION,
            deposits.complete,
            "transactions",
            frozenset({*_IDENTITY, "TxnDate", "CurrencyRef", "ExchangeRate"}),
        ),
        Entity(
            "Attachable",
            attachment_members.ATTACHABLE,
            Family.TRANSACTION,
            attachments.complete,
            "attachables",
            frozenset({*_IDENTITY, "FileName", "FileAccessUri", "Size", "ContentType"}),
        ),
        Entity(
            "Payment",
            sales_members.PAYMENT,
            Family.TRANSACTION,
            payments.complete,
            "transactions",
            _PAYMENT_KEPT,
            Void.INCLUDE,
        ),
    )
}
BY_PATH = {name.lower(): entity for name, entity in ENTITIES.items()}
"""Entities by the word in the address, which is lower case."""
