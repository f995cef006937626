"""The records of a location as it keeps them. Money in major units; instants aware UTC; absent is None or empty."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct, field

from crm_sandbox.location.custom_fields import CustomField
from crm_sandbox.location.workflow_records import Enrolment, Message, Trigger, Workflow

ZERO = Decimal(0)

InvoiceStatus = Literal["draft", "sent", "payment_processing", "paid", "void", "partially_paid"]
TransactionStatus = Literal["succeeded", "pending", "failed", "refunded"]


class Author(Struct, frozen=True):
    """Who wrote: a person in the CRM, or a program (reference 5.3)."""

    source: str
    channel: str
    id: str


class CustomValue(Struct, frozen=True):
    """A value of a custom field."""

    id: str
    value: Any


class Contact(Struct, kw_only=True):
    """A person or company. May have no name, no e-mail, or no phone (reference 5.3)."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    additional_emails: list[str] = field(default_factory=list)
    phone: str | None = None
    company_name: str | None = None
    address1: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    postal_code: str | None = None
    website: str | None = None
    timezone: str | None = None
    type: str = "lead"
    source: str | None = None
    gender: str | None = None
    assigned_to: str | None = None
    tags: list[str] = field(default_factory=list)
    dnd: bool = False
    dnd_settings: dict[str, Any] = field(default_factory=dict)
    inbound_dnd_settings: dict[str, Any] = field(default_factory=dict)
    date_of_birth: str | None = None
    custom_fields: list[CustomValue] = field(default_factory=list)
    date_added: datetime
    date_updated: datetime
    created_by: Author
    updated_by: Author

    @property
    def full_name(self) -> str:
        """First and last name as one; empty when there is neither."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    def hears(self, channel: Literal["Email", "SMS"]) -> bool:
        """Whether the contact wants to hear anything on this channel (reference 5.2)."""
        status = self.dnd_settings.get(channel, {}).get("status", "inactive")
        return not self.dnd and status == "inactive"


class Tax(Struct, frozen=True, kw_only=True):
    """A tax on a line; `rate` in percent."""

    id: str
    name: str
    rate: Decimal
    description: str | None = None
    tax_id: str | None = None


class Discount(Struct, frozen=True, kw_only=True):
    """A discount on a document; on the lines of these products only when there are any."""

    type: Literal["percentage", "fixed"]
    value: Decimal
    valid_on_product_ids: tuple[str, ...] = ()


class Product(Struct, kw_only=True):
    """Something that is sold. `taxes` are ids of the location's taxes."""

    id: str
    name: str
    product_type: str
    description: str | None = None
    image: str | None = None
    statement_descriptor: str | None = None
    available_in_store: bool = False
    taxes_enabled: bool = False
    taxes: list[str] = field(default_factory=list)
    tax_inclusive: bool = False
    variants: list[Any] = field(default_factory=list)
    medias: list[Any] = field(default_factory=list)
    collection_ids: list[str] = field(default_factory=list)
    automatic_tax_category_id: str | None = None
    label: dict[str, Any] | None = None
    slug: str | None = None
    created_at: datetime
    updated_at: datetime


class Recurring(Struct, frozen=True, kw_only=True):
    """How often a price is charged."""

    interval: Literal["day", "week", "month", "year"]
    interval_count: int = 1


class Price(Struct, kw_only=True):
    """What a product costs; several per product."""

    id: str
    product_id: str
    name: str
    type: Literal["one_time", "recurring"]
    currency: str
    amount: Decimal
    recurring: Recurring | None = None
    trial_period: int | None = None
    total_cycles: int | None = None
    setup_fee: Decimal | None = None
    compare_at_price: Decimal | None = None
    variant_option_ids: list[str] = field(default_factory=list)
    membership_offers: list[Any] = field(default_factory=list)
    track_inventory: bool | None = None
    available_quantity: int = 0
    allow_out_of_stock_purchases: bool = False
    created_at: datetime
    updated_at: datetime


class Item(Struct, kw_only=True):
    """A line of an invoice; `amount` is the unit price."""

    id: str
    name: str
    currency: str
    amount: Decimal
    qty: Decimal
    type: str = "one_time"
    description: str | None = None
    product_id: str | None = None
    price_id: str | None = None
    taxes: list[Tax] = field(default_factory=list)
    tax_inclusive: bool = False
    automatic_tax_category_id: str | None = None
    is_setup_fee_item: bool = False


class Deed(Struct, frozen=True, kw_only=True):
    """A line of a document's history: what was done to it, when, and with how much money if any."""

    at: datetime
    what: str
    amount: Decimal | None = None


class Sums(Struct, frozen=True, kw_only=True):
    """The sums of an invoice's lines; what is charged beyond them stands beside."""

    sub_total: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal = ZERO


class Invoice(Struct, kw_only=True):
    """An invoice. `late_fees` and `tips` raise what is due without a line of their own (reference 7.5).

    `origin` text2Pay: made by that call; its payments carry it as their source (reference 8). `order_id` names the order
    that its payments made, where they do (9.1). `history` is what the pages show; the API has no such thing.
    """

    id: str
    origin: Literal["invoice", "text2Pay"] = "invoice"
    status: InvoiceStatus = "draft"
    live: bool = True
    name: str
    title: str = "INVOICE"
    number: str
    number_prefix: str = "INV-"
    currency: str
    business_details: dict[str, Any]
    contact_details: dict[str, Any]
    issue_date: date
    due_date: date
    items: list[Item]
    discount: Discount
    sums: Sums = Sums()
    late_fees: list[Decimal] = field(default_factory=list)
    tips: list[Decimal] = field(default_factory=list)
    amount_paid: Decimal = ZERO
    terms_notes: str | None = None
    automatic_taxes_enabled: bool = False
    payment_schedule: dict[str, Any] = field(default_factory=dict)
    attachments: list[Any] = field(default_factory=list)
    tips_configuration: dict[str, Any] = field(default_factory=dict)
    late_fees_configuration: dict[str, Any] = field(default_factory=dict)
    payment_methods: dict[str, Any] = field(default_factory=dict)
    sent_to: dict[str, Any] = field(default_factory=dict)
    sent_from: dict[str, Any] | None = None
    sent_at: datetime | None = None
    sent_by: str | None = None
    marked_as_sent_at: datetime | None = None
    last_visited_at: datetime | None = None
    sync_details: list[Any] = field(default_factory=list)
    order_id: str | None = None
    last_payment_call: datetime | None = None
    history: list[Deed] = field(default_factory=list)
    created_at: datetime
    updated_at: datetime
    updated_by: str

    @property
    def total(self) -> Decimal:
        """All that is to be paid, fees and tips with it."""
        return self.sums.total + sum(self.late_fees, ZERO) + sum(self.tips, ZERO)

    @property
    def amount_due(self) -> Decimal:
        """What is still to be paid."""
        return self.total - self.amount_paid


class Source(Struct, frozen=True, kw_only=True):
    """Where a sale happened (reference 9.2)."""

    type: str
    id: str
    name: str
    sub_type: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)


class Coupon(Struct, kw_only=True):
    """A discount code."""

    id: str
    code: str
    name: str
    discount_type: Literal["percentage", "amount"]
    discount_value: Decimal
    apply_to_future_payments: bool = False
    usage_count: int = 0
    created_at: datetime
    updated_at: datetime


class OrderItem(Struct, frozen=True, kw_only=True):
    """A line of an order, as the checkout showed it; `amount` is what one cost then."""

    name: str
    qty: Decimal
    amount: Decimal = ZERO
    product_id: str
    price_id: str
    taxes: tuple[Tax, ...] = ()
    tax_inclusive: bool = False


class TaxAmount(Struct, frozen=True, kw_only=True):
    """What one tax came to on an order."""

    tax: Tax
    amount: Decimal


class Order(Struct, kw_only=True):
    """The sales document of a checkout (reference 9.3)."""

    id: str
    contact_id: str
    contact_snapshot: dict[str, Any]
    currency: str
    amount: Decimal
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    shipping: Decimal = ZERO
    taxes: list[TaxAmount]
    status: Literal["pending", "completed", "cancelled"] = "pending"
    live: bool = True
    source: Source
    items: list[OrderItem]
    coupon_id: str | None = None
    tracking_id: str
    fingerprint: str
    created_at: datetime
    updated_at: datetime


class Transaction(Struct, kw_only=True):
    """Money that came in, or tried to. `subscription_id` is the provider's id (reference 9.6)."""

    id: str
    contact_id: str
    merged_from_contact_id: str | None = None
    currency: str
    amount: Decimal
    amount_refunded: Decimal = ZERO
    status: TransactionStatus
    live: bool = True
    entity_type: Literal["order", "invoice"]
    entity_id: str
    source: Source
    subscription_id: str | None = None
    charge_id: str | None = None
    charge_snapshot: dict[str, Any]
    provider: str | None = None
    payment_method: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    receipt_id: str
    qbo_synced: bool = False
    qbo_response: dict[str, Any] | None = None
    created_at: datetime
    updated_at: datetime
    fulfilled_at: datetime


class Subscription(Struct, kw_only=True):
    """A recurring sale. `provider_id` is what its transactions carry as subscriptionId."""

    id: str
    provider_id: str
    contact_id: str
    currency: str
    amount: Decimal
    status: str = "active"
    live: bool = True
    order_id: str
    source: Source
    item: OrderItem
    recurring: Recurring
    coupon_id: str | None = None
    canceled_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class State(Struct, kw_only=True):
    """Everything that a location remembers; what `--data` writes to its file."""

    kind: str
    location_id: str
    company_id: str
    user_id: str
    custom_fields: dict[str, CustomField] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    taxes: dict[str, Tax] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    invoice_number: int = 0
    orders: dict[str, Order] = field(default_factory=dict)
    transactions: dict[str, Transaction] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    enrolments: list[Enrolment] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
