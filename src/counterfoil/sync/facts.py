"""All that a decision may look at, as frozen snapshots.

`counterfoil.engine.gather` makes these from fresh CRM records, the links, what we wrote last and the mirror of
QuickBooks; `counterfoil.sync.decide` reads nothing else. One struct per kind of record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb


class Kind(Enum):
    """The kinds of record that are looked at. CUSTOMER is QuickBooks' side, so is REVIEW: the question whether this
    customer is asked for a review. All others are the CRM's."""

    CONTACT = "contact"
    INVOICE = "invoice"
    ORDER = "order"
    TRANSACTION = "transaction"
    CUSTOMER = "customer"
    REVIEW = "review"


class RecordRef(Struct, frozen=True):
    """Which record: its kind and its id on its own side."""

    kind: Kind
    id: str


class Origin(Enum):
    """On which side a linked record was born."""

    CRM = "crm"
    QUICKBOOKS = "quickbooks"


class Books(Struct, frozen=True, kw_only=True):
    """The QuickBooks company, as far as it decides how documents are written (reference 14.1, 14.2).

    `country` is ISO 3166 alpha-2, `home_currency` ISO 4217. `time_zone` is the company's IANA zone; empty when
    QuickBooks does not say, then the CRM account's zone in `account_time_zone` is taken.
    `undeposited_funds` is the account id that receipts go to when nothing is mapped; empty leaves it to QuickBooks.
    """

    country: str
    home_currency: str
    multi_currency: bool = False
    custom_txn_numbers: bool = False
    book_close_date: date | None = None
    time_zone: str = ""
    account_time_zone: str = "UTC"

    @property
    def zone(self) -> str:
        """The zone in which the company's calendar days are reckoned."""
        return self.time_zone or self.account_time_zone

    @property
    def folds_taxes(self) -> bool:
        """R35: a US company takes discount and tax inside the prices."""
        return self.country.upper() == "US"


class Reviews(Struct, frozen=True, kw_only=True):
    """How customers are asked for a review (R62): by a published workflow or by a tag; neither means not at all.

    `since` is when it was last switched on: only who pays an invoice in full for the first time after that is asked.
    """

    workflow_id: str = ""
    workflow_name: str = ""
    tag: str = ""
    since: datetime | None = None

    @property
    def on(self) -> bool:
        """Whether anybody is asked at all."""
        return self.since is not None and bool(self.workflow_id or self.tag)


class Choices(Struct, frozen=True, kw_only=True):
    """What the owner chose (the mapping). Ids are QuickBooks ids; empty means the default of the rule."""

    number_prefix: str = ""
    deposit_account: str = ""
    income_account: str = ""
    general_item: str = ""
    payment_methods: Mapping[str, str] = {}
    """The CRM's word for a method (lower case) → PaymentMethod id."""
    sub_customers: bool = False
    contact_tag: str = "quickbooks"
    reviews: Reviews = Reviews()


class Link(Struct, frozen=True, kw_only=True):
    """Two records that stand for the same thing. `entity` is Intuit's name (`Customer`, `Invoice`, …)."""

    crm_kind: str
    crm_id: str
    entity: str
    entity_id: str
    origin: Origin


class Candidate(Struct, frozen=True, kw_only=True):
    """A customer that has the contact's e-mail address; `last_transaction` is asked only where it decides (R13)."""

    customer: qb.Customer
    last_transaction: date | None = None
    gone_contact: str = ""
    """The contact that it belongs to, where the CRM does not have that one any more (R16)."""


class ContactFacts(Struct, frozen=True, kw_only=True):
    """A CRM contact that may become, or belongs to, a QuickBooks customer (R10-R15).

    `billable`: a sent invoice or a succeeded payment of this contact exists (R10). `customer` is the linked customer
    as the mirror has it, `written` the values that we last wrote to it. `candidates` are the mirror's customers with
    the contact's e-mail address, inactive ones too; empty when there is a link. `taken_names` are DisplayNames, case
    folded, that QuickBooks has refused or that the mirror knows as used.
    """

    contact_id: crm.ContactId
    contact: crm.Contact | None
    billable: bool
    link: Link | None = None
    customer: qb.Customer | None = None
    written: qb.Customer | None = None
    candidates: tuple[Candidate, ...] = ()
    taken_names: frozenset[str] = frozenset()
    currency: str = ""
    """Currency of the sale that made the contact billable; empty when it does not matter."""
    books: Books
    choices: Choices = Choices()


class KnownItem(Struct, frozen=True, kw_only=True):
    """The QuickBooks item for a line: `linked` by an earlier decision, else found by its exact name (R39)."""

    item_id: str
    linked: bool


class Party(Struct, frozen=True, kw_only=True):
    """The linked customer of a sale."""

    customer_id: str
    currency: str = ""


class TransactionFacts(Struct, frozen=True, kw_only=True):
    """A payment that may become a sales receipt (R20-R23).

    `order` is None when the CRM has none (or it is gone). `items` maps `lines.item_key` to the item that is known.
    `receipt` is the link to the receipt, when it exists. `taken_item_names` are case folded.
    """

    transaction_id: crm.TransactionId
    transaction: crm.Transaction | None
    order: crm.Order | None = None
    subscription_name: str = ""
    party: Party | None = None
    items: Mapping[str, KnownItem] = {}
    receipt: Link | None = None
    connected_at: datetime
    taken_item_names: frozenset[str] = frozenset()
    income_account: str = ""
    """The mapped income account or, by default, the first active one of the company that fits; empty: none."""
    payment_methods: Mapping[str, str] = {}
    """Lower-case name of the company's payment methods → id."""
    books: Books
    choices: Choices = Choices()


class PostedPayment(Struct, frozen=True, kw_only=True):
    """A QuickBooks payment that we made for this invoice; `transaction_id` is empty for a growth (R33)."""

    payment_id: str
    amount: Decimal
    transaction_id: str = ""


class InvoiceFacts(Struct, frozen=True, kw_only=True):
    """A CRM invoice and all that belongs to it (R30-R35, R37-R40).

    `invoice` is None when it was deleted in the CRM. `transactions` are its payments as the CRM tells them, oldest
    first. `document` is the linked QuickBooks invoice as the mirror has it, `written` the complete body that we last
    wanted (before it was cut down to a sparse update). `taken_numbers` are DocNumbers that QuickBooks has refused.
    """

    invoice_id: crm.InvoiceId
    invoice: crm.Invoice | None
    transactions: tuple[crm.Transaction, ...] = ()
    party: Party | None = None
    items: Mapping[str, KnownItem] = {}
    link: Link | None = None
    document: qb.Invoice | None = None
    written: qb.Invoice | None = None
    payments: tuple[PostedPayment, ...] = ()
    connected_at: datetime
    taken_numbers: frozenset[str] = frozenset()
    taken_item_names: frozenset[str] = frozenset()
    income_account: str = ""
    payment_methods: Mapping[str, str] = {}
    books: Books
    choices: Choices = Choices()


class OrderFacts(Struct, frozen=True, kw_only=True):
    """An order is only a pointer to its transactions."""

    order_id: crm.OrderId
    transactions: tuple[crm.Transaction, ...]


class CustomerFacts(Struct, frozen=True, kw_only=True):
    """A QuickBooks customer that may become, or belongs to, a CRM contact (R50-R54).

    `link` is the customer's own link. `contact` is the linked contact or, without a link, the one found in the CRM by
    e-mail, then by phone (`found_by` says which); None when the CRM has none. `contact_link` tells that the found
    contact is already linked to another customer. `written` is what we last wrote to the contact.
    """

    customer_id: str
    customer: qb.Customer | None
    link: Link | None = None
    contact: crm.Contact | None = None
    found_by: str = ""
    contact_link: Link | None = None
    written: crm.ContactDraft | None = None
    seen: qb.Customer | None = None
    """The customer as it was when we last settled it; members that differ were changed in QuickBooks (R52)."""
    books: Books
    choices: Choices = Choices()


class Verdict(Enum):
    """What has been decided once for ever about asking a customer for a review (R62)."""

    ASKED = "asked"
    PAID_BEFORE = "paid before"
    DO_NOT_DISTURB = "do not disturb"
    IN_DOUBT = "in doubt"
    """It was being asked when the answer was lost."""


class PaidInvoice(Struct, frozen=True, kw_only=True):
    """A QuickBooks invoice that is fully paid; `paid_at` is None when its payments are older than what is known here."""

    invoice_id: str
    paid_at: datetime | None


class ReviewFacts(Struct, frozen=True, kw_only=True):
    """Whether a customer is asked for a review (R62).

    `verdict` is the one of the customer, else of its contact, which other customers may share (R53); with it, and while
    nobody is asked, nothing else is gathered. `paid` are the customer's fully paid invoices. `workflows` are the ids of
    the published ones.
    """

    customer_id: str
    verdict: Verdict | None = None
    reviews: Reviews
    link: Link | None = None
    contact: crm.Contact | None = None
    paid: tuple[PaidInvoice, ...] = ()
    workflows: frozenset[str] = frozenset()


Facts = ContactFacts | TransactionFacts | InvoiceFacts | OrderFacts | CustomerFacts | ReviewFacts
