"""One HighLevel location as `counterfoil.crm.port.Crm`. Cursors are opaque to whoever walks a listing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Mapping
from contextlib import aclosing
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import structs

from counterfoil import errors, times
from counterfoil.crm import port, records
from counterfoil.crm.highlevel import answers, bulk, elsewhere, members, reading
from counterfoil.crm.highlevel.client import Client
from counterfoil.crm.highlevel.contacts import Contacts

OPEN_STATES = ("sent", "partially_paid", "payment_processing")

ONE_DAY = timedelta(days=1)
"""Whether HighLevel's day filters count in UTC or in the location is unknown: ask for a day more, keep what was meant."""


class HighLevel:
    """One location. `zone` is its IANA time zone where it is known already; else it is read once, when needed.

    `sleep` is used only by `find_created`, to let the search index catch up.
    """

    def __init__(
        self,
        client: Client,
        location_id: str,
        *,
        sleep: Callable[[float], Awaitable[None]],
        zone: str = "",
    ) -> None:
        self._client = client
        self._location = location_id
        self._zone = zone
        self._contacts = Contacts(client, location_id, sleep=sleep)
        self._here = {"altId": location_id, "altType": "location"}

    async def account(self) -> records.Account:
        """See `port.Crm.account`. The zone is kept for the dates of invoices."""
        answer = await self._client.read("/locations/{id}", ids={"id": self._location})
        found = reading.account(answers.inside(answer, "location"))
        self._zone = found.time_zone
        return found

    async def contact(self, contact_id: records.ContactId) -> records.Contact | None:
        """See `port.Crm.contact`."""
        return await self._contacts.get(contact_id)

    async def find_contact(self, *, email: str = "", phone: str = "") -> records.Contact | None:
        """See `port.Crm.find_contact`. With both, the owner of the e-mail goes first."""
        return await self._contacts.find(email=email, phone=phone)

    async def find_created(
        self, *, draft: records.ContactDraft, since: datetime, besides: Container[str] = ()
    ) -> records.Contact | None:
        """See `port.Crm.find_created`: nothing else makes it safe to repeat a create (reference 3.2)."""
        return await self._contacts.find_created(draft=draft, since=since, besides=besides)

    async def create_contact(self, draft: records.ContactDraft) -> records.Contact:
        """See `port.Crm.create_contact`. Raises OutcomeUnknown: then ask `find_created` before repeating."""
        return await self._contacts.create(draft)

    async def update_contact(
        self, contact_id: records.ContactId, draft: records.ContactDraft
    ) -> records.Contact:
        """See `port.Crm.update_contact`. What HighLevel did not take is visible in the contact answered."""
        return await self._contacts.update(contact_id, draft)

    async def workflows(self) -> tuple[records.Workflow, ...]:
        """See `port.Crm.workflows` (reference 12.1)."""
        answer = await self._client.read("/workflows/", query={"locationId": self._location})
        raw = answers.elements(answer, "workflows")
        found = answers.readable(raw, "workflow", reading.published_workflow)
        return tuple(each for each in found if each is not None)

    async def enrol(self, contact_id: records.ContactId, workflow_id: str) -> None:
        """See `port.Crm.enrol`. 200 only means that it was queued (reference 12.1)."""
        ids = {"contactId": contact_id, "workflowId": workflow_id}
        answer = await self._client.write(
            "POST", "/contacts/{contactId}/workflow/{workflowId}", ids=ids, body={}
        )
        if isinstance(answer, dict) and False in (answer.get("succeded"), answer.get("succeeded")):
            raise errors.Refused("HighLevel did not start the workflow.", code="200", detail="not started")

    async def add_tag(self, contact_id: records.ContactId, tag: str) -> None:
        """See `port.Crm.add_tag`. HighLevel writes tags in lower case."""
        await self._client.write("POST", "/contacts/{id}/tags", ids={"id": contact_id}, body={"tags": [tag]})

    async def contacts_changed(self, *, since: datetime, after: str | None) -> port.Page[records.Contact]:
        """See `port.Crm.contacts_changed`. `since` must be the same for all pages of one walk."""
        return await self._contacts.changed(since=since, after=after)

    async def invoice(self, invoice_id: records.InvoiceId) -> records.Invoice | None:
        """See `port.Crm.invoice`."""
        zone = await self._known_zone()
        answer = await answers.one(self._client, "/invoices/{id}", invoice_id, self._here)
        return None if answer is None else reading.invoice(answer, zone=zone)

    async def invoices_issued(self, *, since: date, after: str | None) -> port.Page[records.Invoice]:
        """See `port.Crm.invoices_issued`. Oldest issue date first, so that new invoices come at the end."""
        query = {
            "startAt": (since - ONE_DAY).isoformat(),
            "sortField": "issueDate",
            "sortOrder": "ascend",
        }
        page = await self._invoices(query, after)
        items = tuple(item for item in page.items if item.issue_date >= since)
        return structs.replace(page, items=items)

    async def open_invoices(self, *, after: str | None) -> port.Page[records.Invoice]:
        """See `port.Crm.open_invoices`. One status is walked after the other; the cursor is "status:offset"."""
        status, _, offset = (after or f"{OPEN_STATES[0]}:0").partition(":")
        page = await self._invoices({"status": status}, offset)
        if page.after is not None:
            return structs.replace(page, after=f"{status}:{page.after}")
        rest = OPEN_STATES[OPEN_STATES.index(status) + 1 :]
        return structs.replace(page, after=f"{rest[0]}:0" if rest else None)

    async def order(self, order_id: records.OrderId) -> records.Order | None:
        """See `port.Crm.order`."""
        answer = await answers.one(self._client, "/payments/orders/{id}", order_id, self._here)
        return None if answer is None else reading.order(answer)

    async def transaction(self, transaction_id: records.TransactionId) -> records.Transaction | None:
        """See `port.Crm.transaction`."""
        answer = await answers.one(self._client, "/payments/transactions/{id}", transaction_id, self._here)
        if answer is None:
            return None
        if isinstance(answer, dict) and not answer.get("fulfilledAt"):
            answer = await self._with_listed_members(answer)
        return reading.transaction(answer)

    async def transactions_of(self, *, entity_id: str) -> tuple[records.Transaction, ...]:
        """See `port.Crm.transactions_of`.

        A listing is not documented to tell `posted_by_other_connector` and `aggregate_parent`: `transaction` is.
        """
        raw = await self._listed_transactions(entity_id)
        found = {item.id: item for item in answers.readable(raw, "transaction", reading.transaction)}
        return tuple(sorted(found.values(), key=lambda item: (item.charged_at, item.created_at, item.id)))

    async def transactions_since(self, *, since: date, after: str | None) -> port.Page[records.Transaction]:
        """See `port.Crm.transactions_since`."""
        zone = await self._known_zone()
        query = self._here | {"paymentMode": "live", "startAt": (since - ONE_DAY).isoformat()}
        raw, after = await self._transaction_page(query, after, bulk=True)
        page = answers.page(raw, "transaction", reading.transaction, after=after)
        items = tuple(item for item in page.items if times.day_in(item.created_at, zone) >= since)
        return structs.replace(page, items=items)

    async def subscription_name(self, subscription_id: str) -> str:
        """See `port.Crm.subscription_name`. `subscription_id` is the provider's, the one transactions carry.

        A name only describes a line, and the money does not wait for it: what is refused or odd gives no name.
        """
        if not subscription_id:
            return ""
        try:
            return await self._subscription_name(subscription_id)
        except (errors.Refused, members.Unreadable):
            return ""

    async def posted_elsewhere(self) -> records.PostedElsewhere | None:
        """See `port.Crm.posted_elsewhere`: what HighLevel's own connector has left on invoices and transactions."""
        return await elsewhere.posted(self._client, self._here, zone=await self._known_zone())

    async def all_contacts(self) -> AsyncGenerator[tuple[records.Contact, ...], None]:
        """See `port.Crm.all_contacts`. Who must be quick reads this and `all_invoices` at the same time."""
        everybody = bulk.AllContacts(self._client, self._location)
        async with aclosing(bulk.side_by_side(everybody.begin)) as portions:
            async for portion in bulk.once(portions):
                yield portion

    async def all_invoices(self) -> AsyncGenerator[tuple[records.Invoice, ...], None]:
        """See `port.Crm.all_invoices`."""
        invoices = bulk.AllInvoices(self._client, self._here, zone=await self._known_zone())
        async with aclosing(bulk.side_by_side(invoices.begin)) as portions:
            async for portion in bulk.once(portions):
                yield portion

    async def _subscription_name(self, subscription_id: str) -> str:
        query = self._here | {"id": subscription_id, "limit": str(answers.PAGE), "offset": "0"}
        answer = await self._client.read("/payments/subscriptions", query=query)
        for listed in answers.elements(answer, "data"):
            subscription = members.record("subscription", listed)
            own_id = subscription.text("_id")
            if subscription_id not in (subscription.text("subscriptionId"), own_id):
                continue
            whole = await answers.one(self._client, "/payments/subscriptions/{id}", own_id, self._here)
            return reading.subscription_name(listed if whole is None else whole)
        return ""

    async def _known_zone(self) -> str:
        return self._zone or (await self.account()).time_zone

    async def _invoices(self, query: Mapping[str, str], after: str | None) -> port.Page[records.Invoice]:
        zone = await self._known_zone()
        raw, after = await answers.offset_page(
            self._client,
            "/invoices/",
            {**self._here, **query},
            after,
            listed="invoices",
            counted="total",
            bulk=True,
        )
        return answers.page(raw, "invoice", lambda one: reading.invoice(one, zone=zone), after=after)

    async def _with_listed_members(self, answer: dict[str, Any]) -> dict[str, Any]:
        """A read transaction with what only the listing tells: the date of the charge, the method (reference 9.4)."""
        own_id, entity_id = answer.get("_id"), answer.get("entityId")
        if not isinstance(entity_id, str):
            return answer
        for listed in await self._listed_transactions(entity_id):
            if isinstance(listed, dict) and listed.get("_id") == own_id:
                return {**listed, **{name: value for name, value in answer.items() if value is not None}}
        return answer

    async def _listed_transactions(self, entity_id: str) -> list[Any]:
        """All transactions of one invoice or order, raw; some may stand there twice."""
        found: list[Any] = []
        after: str | None = "0"
        while entity_id and after is not None:
            query = self._here | {"entityId": entity_id}
            raw, after = await self._transaction_page(query, after, bulk=False)
            found += raw
        return found

    async def _transaction_page(
        self, query: Mapping[str, str], after: str | None, *, bulk: bool
    ) -> tuple[list[Any], str | None]:
        return await answers.offset_page(
            self._client,
            "/payments/transactions",
            query,
            after,
            listed="data",
            counted="totalCount",
            bulk=bulk,
        )
