"""What a CRM tells us, as plain frozen data in neutral words.

A connector (for example `counterfoil.crm.highlevel.reading`) makes these from its own JSON; the decisions in
`counterfoil.sync` read nothing else of the CRM. Money is `Decimal` in major units of the record's currency
(12.5 means 12.50); instants are aware UTC; dates are calendar days of the CRM account's own time zone. Text
that the CRM does not know is the empty string, never None.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import NewType

from msgspec import Struct

ContactId = NewType("ContactId", str)
InvoiceId = NewType("InvoiceId", str)
OrderId = NewType("OrderId", str)
TransactionId = NewType("TransactionId", str)
AccountId = NewType("AccountId", str)
"""The CRM's account that one connection belongs to; at HighLevel a location id."""

ZERO = Decimal(0)


class Account(Struct, frozen=True, kw_only=True):
    """The business as the CRM knows it. `country` is ISO 3166 alpha-2, `time_zone` an IANA name."""

    id: AccountId
    name: str
    country: str
    time_zone: str


class Address(Struct, frozen=True, kw_only=True):
    """A postal address; `country` is ISO 3166 alpha-2 where the CRM has it."""

    line1: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


class Contact(Struct, frozen=True, kw_only=True):
    """A person or company in the CRM. `name` is the full name as the CRM shows it; `phone` is E.164 where known."""

    id: ContactId
    given_name: str = ""
    family_name: str = ""
    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    address: Address = Address()
    tags: tuple[str, ...] = ()
    source: str = ""
    do_not_disturb: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ContactDraft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact to be written. A member that is None is not sent and stays as it is in the CRM."""

    given_name: str | None = None
    family_name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    tags: tuple[str, ...] = ()
    source: str | None = None


class Workflow(Struct, frozen=True, kw_only=True):
    """Something that the CRM does with a contact by itself, built and published by its owner."""

    id: str
    name: str


class Tax(Struct, frozen=True, kw_only=True):
    """One tax on a line. `rate` is in percent (8.25 means 8.25 %)."""

    id: str
    name: str
    rate: Decimal


class Line(Struct, frozen=True, kw_only=True):
    """One item of an invoice or order. `unit_price` includes the taxes when `tax_inclusive`."""

    name: str
    quantity: Decimal
    unit_price: Decimal
    description: str = ""
    product_id: str = ""
    price_id: str = ""
    taxes: tuple[Tax, ...] = ()
    tax_inclusive: bool = False


class DiscountKind(Enum):
    PERCENTAGE = "percentage"
    FIXED = "fixed"


class Discount(Struct, frozen=True, kw_only=True):
    """A discount on the document; with `product_ids` only on the lines of these products."""

    kind: DiscountKind
    value: Decimal
    product_ids: tuple[str, ...] = ()


class InvoiceStatus(Enum):
    DRAFT = "draft"
    SENT = "sent"
    PAYMENT_PROCESSING = "payment_processing"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    VOID = "void"


class Invoice(Struct, frozen=True, kw_only=True):
    """An invoice as it stands now.

    `number` is what the customer sees (prefix and number). `sub_total` is the sum of the lines before discount and
    tax, `total` what is due in all; `total - (sub_total - discount_total + tax_total)` is what the CRM charges
    beyond the lines (late fee, tip, shipping). `tax_total` of tax-inclusive lines is contained in `sub_total`.
    """

    id: InvoiceId
    number: str
    status: InvoiceStatus
    live: bool
    currency: str
    contact_id: ContactId
    contact_name: str = ""
    billing_email: str = ""
    issue_date: date
    due_date: date | None = None
    lines: tuple[Line, ...]
    discount: Discount | None = None
    sub_total: Decimal
    discount_total: Decimal = ZERO
    tax_total: Decimal = ZERO
    total: Decimal
    amount_paid: Decimal = ZERO
    name: str = ""
    created_at: datetime
    updated_at: datetime
    posted_by_other_connector: bool = False


class Source(Enum):
    """Where a payment comes from, as far as the rules make a difference (R20, R21)."""

    ORDER_FORM = "order form"
    STORE = "store"
    MEMBERSHIP = "membership"
    CALENDAR = "calendar booking"
    SUBSCRIPTION = "subscription"
    PAYMENT_LINK = "payment link"
    INVOICE = "invoice"
    TEXT_TO_PAY = "text2Pay"
    IMPORTED = "imported history"
    OTHER = "other"


class TransactionStatus(Enum):
    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"
    REFUNDED = "refunded"
    OTHER = "other"


class Transaction(Struct, frozen=True, kw_only=True):
    """Money that moved, or tried to. `amount_refunded` is cumulated; `charged_at` is the charge itself.

    `invoice_id` is set for payments of an invoice, `order_id` for those of an order. `method` is the CRM's word for
    how it was paid (card, cash, cheque, bank_transfer, …), `card_brand` the card's where it was one
    (visa, mastercard, …), `reference` the provider's id of the charge.
    """

    id: TransactionId
    status: TransactionStatus
    live: bool
    currency: str
    amount: Decimal
    amount_refunded: Decimal = ZERO
    contact_id: ContactId
    contact_name: str = ""
    contact_email: str = ""
    source: Source
    source_name: str = ""
    invoice_id: InvoiceId | None = None
    order_id: OrderId | None = None
    subscription_id: str = ""
    method: str = ""
    card_brand: str = ""
    reference: str = ""
    note: str = ""
    charged_at: datetime
    created_at: datetime
    posted_by_other_connector: bool = False
    aggregate_parent: bool = False


class Order(Struct, frozen=True, kw_only=True):
    """The sales document of a checkout. Totals as on `Invoice`, with shipping apart."""

    id: OrderId
    status: str
    live: bool
    currency: str
    contact_id: ContactId
    source: Source
    source_name: str = ""
    lines: tuple[Line, ...]
    sub_total: Decimal
    discount_total: Decimal = ZERO
    tax_total: Decimal = ZERO
    shipping_total: Decimal = ZERO
    total: Decimal
    coupon_code: str = ""
    created_at: datetime


class PostedElsewhere(Struct, frozen=True, kw_only=True):
    """A sale that another connector has posted to QuickBooks: posted by us too, it would stand there twice (R7).

    `newer` says how many younger sales, of those that were looked at, it has not posted; many of them say that it was
    switched off.
    """

    sale: str
    """The id of an invoice or a transaction."""
    at: datetime
    newer: int
