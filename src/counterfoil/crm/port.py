"""What Counterfoil needs of any CRM, and nothing more.

A connector implements `Crm` for one connected account, `Door` for getting at accounts, `Notices` for the webhooks of
the whole app and, where the CRM can show pages of others, `CustomPage`. All speak only the vocabulary of `counterfoil.crm.records`. Every call may raise the families of `counterfoil.errors`:
`TryLater` (busy or away), `OutcomeUnknown` (a write that may have happened), `AccessLost`, `Refused`, `NeedsPerson`
(a record that cannot be understood).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from counterfoil.crm import records

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    """One page of a listing. `after` is the cursor of the next page, None at the end.

    `unreadable` are the ids of records that stand there but cannot be understood: they stop no other, and read by
    themselves they raise NeedsPerson, so that a person learns of them.
    """

    items: tuple[T, ...]
    after: str | None
    unreadable: tuple[str, ...] = ()


class Kind(Enum):
    """The kinds of record a notice or a poll can point at."""

    CONTACT = "contact"
    INVOICE = "invoice"
    ORDER = "order"
    TRANSACTION = "transaction"


class Life(Enum):
    """What a notice says about the app itself rather than about a record."""

    INSTALLED = "installed"
    UNINSTALLED = "uninstalled"
    UPDATED = "updated"
    """Another version of the app is installed; what it may do can have changed."""
    ACCOUNT_CHANGED = "account changed"
    """Not the app but the account: its name, country or time zone."""


class Notice(Struct, frozen=True, kw_only=True):
    """A hint that a record should be looked at. The content of the delivery is never trusted beyond this."""

    delivery_id: str
    event: str
    account_id: records.AccountId
    kind: Kind | None = None
    record_id: str = ""
    life: Life | None = None
    born: bool = False
    """The record has just been made."""
    shown_at: str = ""
    """A domain under which this account's people see the CRM, and so our page within it."""


class Forged(Exception):
    """The delivery does not carry a valid signature of the CRM; nothing of it may be kept."""


class Unreadable(Exception):
    """The signature is right but the body cannot be understood; says what was missing."""


class Notices(Protocol):
    """Reads webhook deliveries of one CRM app."""

    name: str
    """Short name in paths and tables, for example `highlevel`."""

    def read(self, *, event: str, headers: Mapping[str, str], body: bytes) -> tuple[Notice, ...]:
        """The notices of one delivery; `event` is the last part of the path, empty when there is none.

        Header names are lower case. An event that does not concern us gives an empty tuple.
        Raises Forged, Unreadable.
        """
        ...


class Crm(Protocol):
    """One connected CRM account."""

    async def account(self) -> records.Account:
        """The account itself; also the cheapest proof that the access works."""
        ...

    async def contact(self, contact_id: records.ContactId) -> records.Contact | None:
        """The contact, or None when it is gone."""
        ...

    async def find_contact(self, *, email: str = "", phone: str = "") -> records.Contact | None:
        """The contact that owns this e-mail address, else None; the same for a phone number."""
        ...

    async def find_created(
        self, *, draft: records.ContactDraft, since: datetime, besides: Container[str] = ()
    ) -> records.Contact | None:
        """The contact that an earlier `create_contact(draft)`, whose answer was lost, has made after `since`.

        `besides` are contacts that are known to be somebody else's: namesakes made about the same time.
        """
        ...

    async def create_contact(self, draft: records.ContactDraft) -> records.Contact:
        """Create; when the CRM says that it exists already, the existing contact is returned unchanged."""
        ...

    async def update_contact(
        self, contact_id: records.ContactId, draft: records.ContactDraft
    ) -> records.Contact:
        """Write the members that are set; tags are added, never taken away."""
        ...

    async def workflows(self) -> tuple[records.Workflow, ...]:
        """The workflows that run: published ones, in the CRM's order."""
        ...

    async def enrol(self, contact_id: records.ContactId, workflow_id: str) -> None:
        """Start a workflow for a contact. Not safe to repeat: raises OutcomeUnknown when it may have been started."""
        ...

    async def add_tag(self, contact_id: records.ContactId, tag: str) -> None:
        """Give the contact a tag; safe to repeat."""
        ...

    async def contacts_changed(self, *, since: datetime, after: str | None) -> Page[records.Contact]:
        """Contacts changed at or after `since`, oldest change first."""
        ...

    async def invoice(self, invoice_id: records.InvoiceId) -> records.Invoice | None:
        """The invoice, or None when it was deleted."""
        ...

    async def invoices_issued(self, *, since: date, after: str | None) -> Page[records.Invoice]:
        """Invoices of every status whose issue date is on or after `since`."""
        ...

    async def open_invoices(self, *, after: str | None) -> Page[records.Invoice]:
        """Invoices that are sent or partly paid, whatever their date."""
        ...

    async def order(self, order_id: records.OrderId) -> records.Order | None:
        """The order with its items, or None when it is gone."""
        ...

    async def transaction(self, transaction_id: records.TransactionId) -> records.Transaction | None:
        """The transaction with everything the CRM tells about it, or None when it is gone."""
        ...

    async def transactions_of(self, *, entity_id: str) -> tuple[records.Transaction, ...]:
        """All transactions of one invoice or order, oldest first."""
        ...

    async def transactions_since(self, *, since: date, after: str | None) -> Page[records.Transaction]:
        """Transactions created on or after `since`, live ones only."""
        ...

    async def subscription_name(self, subscription_id: str) -> str:
        """What a renewal is for, for the line of its receipt; empty when the CRM does not say."""
        ...

    async def posted_elsewhere(self) -> records.PostedElsewhere | None:
        """The youngest of the latest sales that another connector has posted to QuickBooks (R7), None without one."""
        ...

    def all_contacts(self) -> AsyncGenerator[tuple[records.Contact, ...], None]:
        """Every contact there is when this begins, in portions and in no order, as fast as the CRM's quota allows.

        Several requests are under way; who stops before the end closes it (`contextlib.aclosing`).
        """
        ...

    def all_invoices(self) -> AsyncGenerator[tuple[records.Invoice, ...], None]:
        """The same for invoices of every status."""
        ...


class Viewer(Struct, frozen=True, kw_only=True):
    """Who looks at our page inside the CRM, as the CRM says."""

    account_id: records.AccountId
    user_id: str
    may_change: bool
    """An administrator of the account; everybody else only looks."""


class CustomPage(Protocol):
    """Our page inside one CRM: who may frame it, and how it learns who looks at it."""

    framers: tuple[str, ...]
    """Origins of the CRM's own pages, as Content-Security-Policy writes them (`https://*.example.com`)."""

    script: str
    """JavaScript that asks the CRM around the page who looks, puts the answer into the field named `context` of the
    form with the id `viewer`, and submits that form."""

    def read(self, context: str) -> Viewer:
        """Who looks, from what `script` was given. Raises Forged for whatever the CRM did not make."""
        ...


TokenGetter = Callable[[bool], Awaitable[str]]
"""Gives the access token; called with True after the other side rejected the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One exchange with a bank, for counting. `metered` reads cost money at Intuit (R75); a CRM has none."""

    bank: str
    operation: str
    status: int
    metered: int = 0
    write: bool = False


OnCall = Callable[[Call], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A pair of tokens; values are kept out of every repr. `refresh` is empty for a token that nobody can renew."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What the CRM's log-in gave: tokens for one account."""

    account_id: records.AccountId
    tokens: Tokens


class Door(Protocol):
    """The way into one kind of CRM, for all its accounts. Every call may raise the families of `errors`."""

    name: str
    """Short name in paths and tables, the same as that of its `Notices`."""

    asks_for: str
    """What a person types in where the CRM has no log-in for us (`private integration token`); empty with a log-in.
    It takes the place of the code that a log-in gives."""

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """Where the browser goes to install the app; empty where `asks_for` asks a person instead."""
        ...

    async def exchange(self, *, code: str, redirect_uri: str) -> Installation:
        """The code of the callback for tokens; works once. Raises AccessLost for a used or foreign code."""
        ...

    async def admit(self, *, account_id: str) -> Installation:
        """Tokens for an account that got the app without a log-in of its own, as `Life.INSTALLED` tells.

        Raises AccessLost when the app is not installed there.
        """
        ...

    async def refresh(self, *, account_id: str, refresh_token: str) -> Tokens:
        """A new pair; the old refresh token may be dead from now on. Raises AccessLost when it was dead before."""
        ...

    def open(self, *, account_id: str, zone: str, token: TokenGetter, on_call: OnCall) -> Crm:
        """The connected account, for one run. `zone` is its IANA zone, empty while it is not known."""
        ...
