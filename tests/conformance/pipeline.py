"""Somebody else's CRM with its connector and stage: nothing in it is like HighLevel, and it keeps the port's promises.

It counts its records, pages by threes, has no webhooks, no log-in for others but an API key, and no page of ours. The
"server" is a few dictionaries: what a connector is asked for is all here, and how it talks to its CRM is not.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Container, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from counterfoil import errors, times
from counterfoil.crm import conformance, port
from counterfoil.crm import records as crm
from sandbox_kit import virtual_time

T = TypeVar("T")
replace = msgspec.structs.replace

ACCOUNT = crm.AccountId("7")
KEY = "the owner's API key"
ZONE = "Australia/Sydney"
PAGE = 3
PAID = (crm.TransactionStatus.SUCCEEDED, crm.TransactionStatus.REFUNDED)
OPEN = (crm.InvoiceStatus.SENT, crm.InvoiceStatus.PARTIALLY_PAID)


@dataclass
class Server:
    """What the CRM remembers."""

    clock: Callable[[], datetime]
    keys: set[str] = field(default_factory=lambda: {KEY})
    contacts: dict[str, crm.Contact] = field(default_factory=dict)
    invoices: dict[str, crm.Invoice] = field(default_factory=dict)
    orders: dict[str, crm.Order] = field(default_factory=dict)
    payments: dict[str, crm.Transaction] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    workflows: dict[str, crm.Workflow] = field(default_factory=dict)
    published: set[str] = field(default_factory=set)
    started: list[str] = field(default_factory=list)
    busy: bool = False
    deaf: bool = False
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def number(self) -> str:
        return str(next(self._numbers))

    def owner(self, *, email: str, phone: str) -> crm.Contact | None:
        for each in self.contacts.values():
            if (email and each.email.casefold() == email.casefold()) or (phone and each.phone == phone):
                return each
        return None

    def create(self, draft: crm.ContactDraft) -> crm.Contact:
        known = self.owner(email=draft.email or "", phone=draft.phone or "")
        if known is not None:
            return known
        made = self._written(crm.Contact(id=crm.ContactId(self.number()), created_at=self.clock()), draft)
        return self.keep(made)

    def change(self, id: str, draft: crm.ContactDraft) -> crm.Contact:
        return self.keep(self._written(self.contacts[id], draft))

    def keep(self, contact: crm.Contact) -> crm.Contact:
        self.contacts[contact.id] = replace(contact, updated_at=self.clock())
        return self.contacts[contact.id]

    def pay(self, *, amount: Decimal, **members: Any) -> crm.Transaction:
        now, id = self.clock(), crm.TransactionId(self.number())
        given = {"status": PAID[0], "live": True, "method": "card", "contact_id": crm.ContactId("0")}
        made = crm.Transaction(
            id=id, currency="AUD", amount=amount, charged_at=now, created_at=now, **{**given, **members}
        )
        self.payments[id] = made
        return made

    @staticmethod
    def _written(contact: crm.Contact, draft: crm.ContactDraft) -> crm.Contact:
        names = ("given_name", "family_name", "company", "email", "phone", "address", "source")
        given = {name: value for name in names if (value := getattr(draft, name)) is not None}
        changed = replace(contact, **given, tags=tuple(dict.fromkeys((*contact.tags, *draft.tags))))
        return replace(changed, name=f"{changed.given_name} {changed.family_name}".strip())


class Pipeline:
    """See `port.Crm`."""

    def __init__(self, server: Server, token: port.TokenGetter, on_call: port.OnCall) -> None:
        self._server, self._token, self._on_call = server, token, on_call

    async def _ask(self, operation: str, do: Callable[[], T], *, write: bool = False) -> T:
        key = await self._token(False)
        if key not in self._server.keys:
            key = await self._token(True)
        if key not in self._server.keys:
            raise errors.AccessLost("The API key was deleted.")
        if self._server.busy:
            self._server.busy = False
            raise errors.TryLater("Pipeline is busy.")
        found = do()
        if self._server.deaf:
            self._server.deaf = False
            raise errors.OutcomeUnknown("no answer") if write else errors.TryLater("no answer")
        self._on_call(port.Call(bank="crm", operation=operation, status=200, write=write))
        return found

    async def _page(self, what: str, found: Callable[[], list[T]], after: str | None) -> port.Page[T]:
        first = int(after or 0)
        items = (await self._ask(f"list {what}", found))[first:]
        return port.Page(tuple(items[:PAGE]), str(first + PAGE) if len(items) > PAGE else None)

    async def account(self) -> crm.Account:
        return await self._ask(
            "account", lambda: crm.Account(id=ACCOUNT, name="Shop", country="AU", time_zone=ZONE)
        )

    async def contact(self, contact_id: crm.ContactId) -> crm.Contact | None:
        return await self._ask("contact", lambda: self._server.contacts.get(contact_id))

    async def find_contact(self, *, email: str = "", phone: str = "") -> crm.Contact | None:
        return await self._ask("find", lambda: self._server.owner(email=email, phone=phone))

    async def find_created(
        self, *, draft: crm.ContactDraft, since: datetime, besides: Container[str] = ()
    ) -> crm.Contact | None:
        def find() -> crm.Contact | None:
            for each in self._server.contacts.values():
                young = each.created_at is not None and each.created_at >= since
                same = all(
                    not (said := getattr(draft, name)) or said == getattr(each, name)
                    for name in ("given_name", "family_name", "email", "phone", "source")
                )
                if young and same and each.id not in besides:
                    return each
            return None

        return await self._ask("find", find)

    async def create_contact(self, draft: crm.ContactDraft) -> crm.Contact:
        return await self._ask("create", lambda: self._server.create(draft), write=True)

    async def update_contact(self, contact_id: crm.ContactId, draft: crm.ContactDraft) -> crm.Contact:
        return await self._ask("update", lambda: self._server.change(contact_id, draft), write=True)

    async def workflows(self) -> tuple[crm.Workflow, ...]:
        known = self._server
        return await self._ask(
            "workflows", lambda: tuple(each for id, each in known.workflows.items() if id in known.published)
        )

    async def enrol(self, contact_id: crm.ContactId, workflow_id: str) -> None:
        await self._ask("start", lambda: self._server.started.append(workflow_id), write=True)

    async def add_tag(self, contact_id: crm.ContactId, tag: str) -> None:
        draft = crm.ContactDraft(tags=(tag,))
        await self._ask("tag", lambda: self._server.change(contact_id, draft), write=True)

    async def contacts_changed(self, *, since: datetime, after: str | None) -> port.Page[crm.Contact]:
        def found() -> list[crm.Contact]:
            dated = [(each.updated_at, each) for each in self._server.contacts.values() if each.updated_at]
            return [each for at, each in sorted(dated, key=lambda pair: pair[0]) if at >= since]

        return await self._page("contacts", found, after)

    async def invoice(self, invoice_id: crm.InvoiceId) -> crm.Invoice | None:
        return await self._ask("invoice", lambda: self._server.invoices.get(invoice_id))

    async def invoices_issued(self, *, since: date, after: str | None) -> port.Page[crm.Invoice]:
        known = self._server.invoices
        return await self._page(
            "invoices", lambda: [each for each in known.values() if each.issue_date >= since], after
        )

    async def open_invoices(self, *, after: str | None) -> port.Page[crm.Invoice]:
        known = self._server.invoices
        return await self._page(
            "invoices", lambda: [each for each in known.values() if each.status in OPEN], after
        )

    async def order(self, order_id: crm.OrderId) -> crm.Order | None:
        return await self._ask("order", lambda: self._server.orders.get(order_id))

    async def transaction(self, transaction_id: crm.TransactionId) -> crm.Transaction | None:
        return await self._ask("payment", lambda: self._server.payments.get(transaction_id))

    async def transactions_of(self, *, entity_id: str) -> tuple[crm.Transaction, ...]:
        known = self._server.payments
        return await self._ask(
            "payments",
            lambda: tuple(each for each in known.values() if entity_id in (each.invoice_id, each.order_id)),
        )

    async def transactions_since(self, *, since: date, after: str | None) -> port.Page[crm.Transaction]:
        def found() -> list[crm.Transaction]:
            live = [each for each in self._server.payments.values() if each.live]
            return [each for each in live if times.day_in(each.created_at, ZONE) >= since]

        return await self._page("payments", found, after)

    async def subscription_name(self, subscription_id: str) -> str:
        return await self._ask("subscription", lambda: self._server.subscriptions.get(subscription_id, ""))

    async def posted_elsewhere(self) -> crm.PostedElsewhere | None:
        def found() -> crm.PostedElsewhere | None:
            for newer, each in enumerate(reversed(self._server.payments.values())):
                if each.posted_by_other_connector:
                    return crm.PostedElsewhere(sale=each.id, at=each.created_at, newer=newer)
            return None

        return await self._ask("payments", found)

    async def all_contacts(self) -> AsyncGenerator[tuple[crm.Contact, ...], None]:
        yield await self._ask("contacts", lambda: tuple(self._server.contacts.values()))

    async def all_invoices(self) -> AsyncGenerator[tuple[crm.Invoice, ...], None]:
        yield await self._ask("invoices", lambda: tuple(self._server.invoices.values()))


@dataclass
class PipelineDoor:
    """See `port.Door`: an owner types in an API key, which cannot be renewed."""

    server: Server
    name: str = "pipeline"
    asks_for: str = "API key"

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        return ""

    async def exchange(self, *, code: str, redirect_uri: str) -> port.Installation:
        if code not in self.server.keys:
            raise errors.AccessLost("There is no such API key.")
        forever = datetime(2100, 1, 1, tzinfo=UTC)
        return port.Installation(
            account_id=ACCOUNT, tokens=port.Tokens(access=code, refresh="", access_expires_at=forever)
        )

    async def admit(self, *, account_id: str) -> port.Installation:
        if account_id != ACCOUNT:
            raise errors.AccessLost("The API key belongs to another account.")
        return await self.exchange(code=KEY, redirect_uri="")

    async def refresh(self, *, account_id: str, refresh_token: str) -> port.Tokens:
        raise errors.AccessLost("Make a new API key and connect again.")

    def open(self, *, account_id: str, zone: str, token: port.TokenGetter, on_call: port.OnCall) -> Pipeline:
        return Pipeline(self.server, token, on_call)


class PipelineStage:
    """See `conformance.Stage`."""

    def __init__(self) -> None:
        self.now = virtual_time.clock().now
        self.server = Server(clock=self.now)
        self.account_id, self.country, self.time_zone, self.currency = ACCOUNT, "AU", ZONE, "AUD"
        self.door = PipelineDoor(self.server)
        self.notices: port.Notices | None = None
        self.page: port.CustomPage | None = None
        self.calls: list[port.Call] = []
        self.rejections: list[bool] = []
        self.crm = self.door.open(
            account_id=ACCOUNT, zone="", token=self._get_token, on_call=self.calls.append
        )

    async def _get_token(self, rejected: bool) -> str:
        self.rejections.append(rejected)
        return KEY

    async def settle(self) -> None:
        await asyncio.sleep(1)

    async def delete_contact(self, contact_id: crm.ContactId) -> None:
        del self.server.contacts[contact_id]

    async def draft_invoice(
        self, contact_id: crm.ContactId, *, amount: Decimal, issued: date, due: date
    ) -> crm.InvoiceId:
        id, now = crm.InvoiceId(self.server.number()), self.now()
        self.server.invoices[id] = crm.Invoice(
            id=id,
            number=f"P-{id}",
            status=crm.InvoiceStatus.DRAFT,
            live=True,
            currency="AUD",
            contact_id=contact_id,
            billing_email=self.server.contacts[contact_id].email,
            issue_date=issued,
            due_date=due,
            lines=(crm.Line(name="Work", quantity=Decimal(1), unit_price=amount),),
            sub_total=amount,
            total=amount,
            created_at=now,
            updated_at=now,
        )
        return id

    def _invoice(self, id: str, **change: Any) -> None:
        self.server.invoices[id] = replace(self.server.invoices[id], updated_at=self.now(), **change)

    async def send_invoice(self, invoice_id: crm.InvoiceId) -> None:
        self._invoice(invoice_id, status=crm.InvoiceStatus.SENT)

    async def pay_invoice(self, invoice_id: crm.InvoiceId, amount: Decimal) -> None:
        self.server.pay(amount=amount, invoice_id=invoice_id, source=crm.Source.INVOICE)
        paid = self.server.invoices[invoice_id].amount_paid + amount
        whole = paid == self.server.invoices[invoice_id].total
        status = crm.InvoiceStatus.PAID if whole else crm.InvoiceStatus.PARTIALLY_PAID
        self._invoice(invoice_id, amount_paid=paid, status=status)

    async def void_invoice(self, invoice_id: crm.InvoiceId) -> None:
        self._invoice(invoice_id, status=crm.InvoiceStatus.VOID)

    async def delete_invoice(self, invoice_id: crm.InvoiceId) -> None:
        del self.server.invoices[invoice_id]

    async def sell(
        self, *, email: str, item: str, price: Decimal, test_mode: bool = False
    ) -> conformance.Sale:
        return self._sold(email, item, price, live=not test_mode, source=crm.Source.ORDER_FORM)

    async def subscribe(self, *, email: str, item: str, price: Decimal) -> conformance.Sale:
        sale = self._sold(email, item, price, source=crm.Source.SUBSCRIPTION, subscription_id=f"s-{item}")
        self.server.subscriptions[f"s-{item}"] = item
        return sale

    def _sold(
        self, email: str, item: str, price: Decimal, *, source: crm.Source, live: bool = True, **more: str
    ) -> conformance.Sale:
        buyer = self.server.create(crm.ContactDraft(given_name="Bo", email=email)).id
        order = crm.Order(
            id=crm.OrderId(self.server.number()),
            status="paid",
            live=live,
            currency="AUD",
            contact_id=buyer,
            source=source,
            lines=(crm.Line(name=item, quantity=Decimal(1), unit_price=price),),
            sub_total=price,
            total=price,
            created_at=self.now(),
        )
        self.server.orders[order.id] = order
        paid = self.server.pay(
            amount=price, order_id=order.id, source=source, live=live, contact_id=buyer, **more
        )
        return conformance.Sale(order.id, paid.id)

    async def renew(self, sale: conformance.Sale) -> None:
        first = self.server.payments[sale.transaction_id]
        self.server.pay(
            amount=first.amount,
            order_id=sale.order_id,
            source=first.source,
            subscription_id=first.subscription_id,
            contact_id=first.contact_id,
        )

    async def refund(self, transaction_id: crm.TransactionId, amount: Decimal) -> None:
        paid = self.server.payments[transaction_id]
        back = paid.amount_refunded + amount
        status = PAID[1] if back == paid.amount else PAID[0]
        self.server.payments[transaction_id] = replace(paid, amount_refunded=back, status=status)

    async def post_elsewhere(self, transaction_id: crm.TransactionId) -> None:
        paid = self.server.payments[transaction_id]
        self.server.payments[transaction_id] = replace(paid, posted_by_other_connector=True)

    async def draft_workflow(self, name: str) -> str:
        id = self.server.number()
        self.server.workflows[id] = crm.Workflow(id=id, name=name)
        return id

    async def publish_workflow(self, name: str) -> str:
        id = await self.draft_workflow(name)
        self.server.published.add(id)
        return id

    async def starts(self, workflow_id: str) -> int:
        return self.server.started.count(workflow_id)

    async def be_busy(self) -> None:
        self.server.busy = True

    async def lose_answer(self) -> None:
        self.server.deaf = True

    async def revoke_access(self) -> None:
        self.server.keys.clear()

    async def uninstall(self) -> None:
        self.server.keys.clear()

    async def context(self, *, administrator: bool) -> str:
        raise AssertionError("there is no page")

    async def log_in(self, url: str) -> str:
        return f"?code={KEY}"

    async def deliveries(self) -> Sequence[conformance.Delivery]:
        return ()


@asynccontextmanager
async def opened() -> AsyncIterator[PipelineStage]:
    """A fresh account."""
    await asyncio.sleep(timedelta(hours=1).total_seconds())
    yield PipelineStage()
