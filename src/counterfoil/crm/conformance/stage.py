"""What the author of a connector provides: an account that a test may do anything to, and the connector at it.

A stage is used for one check. It begins with an account in which nobody has sold anything, and with the connector
connected to it. Sales carry no tax and no discount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from counterfoil.crm import port, records


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook as it arrived. Header names are lower case; `event` is the last part of its path, often empty."""

    event: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Sale:
    """What a checkout has made."""

    order_id: records.OrderId
    transaction_id: records.TransactionId


class Stage(Protocol):
    """One account, the connector, and what people and trouble do there."""

    @property
    def account_id(self) -> str:
        """The account's id."""
        ...

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2, where the account's business is."""
        ...

    @property
    def time_zone(self) -> str:
        """Its IANA name; better one in which a day is not a day of UTC."""
        ...

    @property
    def currency(self) -> str:
        """ISO 4217; what everything costs here."""
        ...

    @property
    def door(self) -> port.Door:
        """The way in."""
        ...

    @property
    def notices(self) -> port.Notices | None:
        """None for a CRM, or a way of connecting to it, that has no webhooks."""
        ...

    @property
    def page(self) -> port.CustomPage | None:
        """None for a CRM that shows no page of ours inside its own."""
        ...

    @property
    def crm(self) -> port.Crm:
        """Opened by `door` with a token that works, so that `calls` and `rejections` are told."""
        ...

    @property
    def calls(self) -> Sequence[port.Call]:
        """What `on_call` was told, in order."""
        ...

    @property
    def rejections(self) -> Sequence[bool]:
        """The argument of every call of the token getter, in order."""
        ...

    def now(self) -> datetime:
        """The CRM's clock."""
        ...

    async def settle(self) -> None:
        """Let some seconds pass: search indexes catch up, webhooks arrive."""
        ...

    async def delete_contact(self, contact_id: records.ContactId) -> None:
        """Somebody deletes a contact."""
        ...

    async def draft_invoice(
        self, contact_id: records.ContactId, *, amount: Decimal, issued: date, due: date
    ) -> records.InvoiceId:
        """Somebody writes an invoice with one line to the contact's e-mail address and does not send it."""
        ...

    async def send_invoice(self, invoice_id: records.InvoiceId) -> None:
        """Somebody sends it, or marks it as sent."""
        ...

    async def pay_invoice(self, invoice_id: records.InvoiceId, amount: Decimal) -> None:
        """The customer pays a part of it or all."""
        ...

    async def void_invoice(self, invoice_id: records.InvoiceId) -> None:
        """Somebody voids it."""
        ...

    async def delete_invoice(self, invoice_id: records.InvoiceId) -> None:
        """Somebody deletes it, where the CRM lets them."""
        ...

    async def sell(self, *, email: str, item: str, price: Decimal, test_mode: bool = False) -> Sale:
        """A buyer pays by card on a page of the CRM that makes an order."""
        ...

    async def subscribe(self, *, email: str, item: str, price: Decimal) -> Sale:
        """A buyer pays the first month of something that renews itself."""
        ...

    async def renew(self, sale: Sale) -> None:
        """The next month is charged."""
        ...

    async def refund(self, transaction_id: records.TransactionId, amount: Decimal) -> None:
        """Somebody gives a part of a payment back, or all."""
        ...

    async def post_elsewhere(self, transaction_id: records.TransactionId) -> None:
        """Another connector posts this payment to QuickBooks and leaves its trace."""
        ...

    async def draft_workflow(self, name: str) -> str:
        """Somebody builds a workflow and does not publish it; its id."""
        ...

    async def publish_workflow(self, name: str) -> str:
        """Somebody builds a workflow and publishes it; its id."""
        ...

    async def starts(self, workflow_id: str) -> int:
        """How often this workflow was started, for whomever."""
        ...

    async def be_busy(self) -> None:
        """The CRM refuses the next request for its rate."""
        ...

    async def lose_answer(self) -> None:
        """The CRM carries out the next request, and its answer is lost."""
        ...

    async def revoke_access(self) -> None:
        """The access token is refused from now on, and the token getter has no other."""
        ...

    async def uninstall(self) -> None:
        """The owner takes the access away for good: removes the app, deletes what was typed in."""
        ...

    async def context(self, *, administrator: bool) -> str:
        """What the CRM tells our page of somebody who looks at it. Asked only where there is a `page`."""
        ...

    async def log_in(self, url: str) -> str:
        """The owner follows `url` and agrees; the address to which the browser is sent back.

        `url` is empty where the door asks for something instead: then `?code=` and what the owner types in.
        """
        ...

    async def deliveries(self) -> Sequence[Delivery]:
        """All webhooks so far, as they came; nothing without webhooks."""
        ...
