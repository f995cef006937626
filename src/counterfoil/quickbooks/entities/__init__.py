"""QuickBooks Online's entities, one file each, with Intuit's member names.

The structs are the wire form: `rename="pascal"` turns `txn_date` into `TxnDate`. A member that is None is absent on
the wire, so a struct with few members set is a sparse update. Only members that Counterfoil reads or writes are
declared; others are ignored when reading, and never sent. Source of names, types and limits: QuickBooks Online
reference, sections 13 and 14.
"""

from counterfoil.quickbooks.entities.account import Account
from counterfoil.quickbooks.entities.company import CompanyInfo, Preferences
from counterfoil.quickbooks.entities.customer import Customer
from counterfoil.quickbooks.entities.invoice import Invoice
from counterfoil.quickbooks.entities.item import Item
from counterfoil.quickbooks.entities.line import (
    DiscountLineDetail,
    Line,
    SalesItemLineDetail,
    TxnTaxDetail,
)
from counterfoil.quickbooks.entities.payment import Payment
from counterfoil.quickbooks.entities.payment_method import PaymentMethod
from counterfoil.quickbooks.entities.sales_receipt import SalesReceipt
from counterfoil.quickbooks.entities.shapes import (
    EmailAddress,
    LinkedTxn,
    MemoRef,
    MetaData,
    PhysicalAddress,
    Ref,
    TelephoneNumber,
)

Entity = (
    Account | CompanyInfo | Customer | Invoice | Item | Payment | PaymentMethod | Preferences | SalesReceipt
)

BY_NAME: dict[str, type[Entity]] = {
    "Account": Account,
    "CompanyInfo": CompanyInfo,
    "Customer": Customer,
    "Invoice": Invoice,
    "Item": Item,
    "Payment": Payment,
    "PaymentMethod": PaymentMethod,
    "Preferences": Preferences,
    "SalesReceipt": SalesReceipt,
}
"""Intuit's entity name → our struct."""

__all__ = [
    "BY_NAME",
    "Account",
    "CompanyInfo",
    "Customer",
    "DiscountLineDetail",
    "EmailAddress",
    "Entity",
    "Invoice",
    "Item",
    "Line",
    "LinkedTxn",
    "MemoRef",
    "MetaData",
    "Payment",
    "PaymentMethod",
    "PhysicalAddress",
    "Preferences",
    "Ref",
    "SalesItemLineDetail",
    "SalesReceipt",
    "TelephoneNumber",
    "TxnTaxDetail",
]
