"""The HighLevel connector and the stand-in, two readings of one reference, through HTTP on virtual time.

The stand-in refuses what HighLevel refuses, so a request with a wrong member or a missing one fails here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from counterfoil import errors, times
from counterfoil.crm import port
from counterfoil.crm import records as crm
from counterfoil.crm.highlevel import addresses, door, faults, limits, oauth, webhooks
from counterfoil.crm.highlevel.client import Client
from counterfoil.crm.highlevel.connector import HighLevel
from crm_sandbox.sandbox import Sandbox
from sandbox_kit import virtual_time
from sandbox_kit.faults import Fault, Lose, Refuse
from sandbox_kit.in_process import InProcess
from sandbox_kit.server import Running

CRM = "http://crm.test"
US = "http://counterfoil.test"
exact = msgspec.json.Decoder(float_hook=Decimal)


@dataclass
class Mailbox:
    """An address for webhooks that takes everything."""

    letters: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.letters.append((scope["path"], headers, body))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Town:
    """The stand-in, our connector for its location, and a person's own token to do things in the CRM."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    door: port.Door
    crm: HighLevel
    client: Client
    quota: limits.Quota
    mailbox: Mailbox
    token: str
    calls: list[port.Call] = field(default_factory=list)
    asked_again: int = 0

    @property
    def location(self) -> str:
        return self.sandbox.credentials["location_id"]

    async def control(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self.http.post(f"{CRM}/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return exact.decode(answer.content)

    async def act(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What somebody does in the CRM, with a private token of their own."""
        alt = {"altId": self.location, "altType": "location"}
        answer = await self.http.request(
            method,
            f"{CRM}{path}",
            params=alt if body is None and not path.startswith("/contacts") else None,
            json=None if body is None else (alt | body if path.startswith("/invoices") else body),
            headers={
                "Authorization": f"Bearer {self.sandbox.credentials['private_token']}",
                "Version": "2021-07-28",
            },
        )
        assert answer.is_success, answer.text
        return exact.decode(answer.content)

    async def invoice(self, **changes: Any) -> dict[str, Any]:
        """A draft for a fresh contact."""
        who = await self.act(
            "POST",
            "/contacts/",
            {
                "locationId": self.location,
                "firstName": "Ada",
                "lastName": "Quill",
                "email": "ada@example.com",
            },
        )
        person = who["contact"]
        made: dict[str, Any] = await self.act(
            "POST",
            "/invoices/",
            {
                "name": "Garden wall",
                "currency": "USD",
                "businessDetails": {"name": "Shop"},
                "contactDetails": {"id": person["id"], "name": "Ada Quill", "email": "ada@example.com"},
                "issueDate": "2026-03-01",
                "dueDate": "2026-03-15",
                "items": [
                    {
                        "name": "Day of work",
                        "currency": "USD",
                        "amount": 150,
                        "qty": 2,
                        "taxes": [{"_id": "t1", "name": "Sales tax", "rate": 10}],
                    },
                    {"name": "Stones", "currency": "USD", "amount": 100, "qty": 1},
                ],
                "discount": {"type": "percentage", "value": 10},
                "sentTo": {"email": []},
                "liveMode": True,
                "invoiceNumber": "000042",
                "invoiceNumberPrefix": "INV-",
                **changes,
            },
        )
        return made

    async def send(self, invoice_id: str) -> None:
        await self.act("POST", f"/invoices/{invoice_id}/send", {"action": "send_manually", "liveMode": True})


@asynccontextmanager
async def town(**settings: Any) -> AsyncIterator[Town]:
    clock = virtual_time.clock()
    mailbox = Mailbox()
    net = InProcess({US: mailbox})
    async with (
        httpx.AsyncClient(transport=net) as http,
        httpx.AsyncClient(transport=net) as ours,
    ):
        sandbox = Sandbox(
            **{"seed": "empty", **settings},
            clock=clock,
            base_url=CRM,
            webhooks_url=f"{US}/hooks",
            http_client=http,
        )
        net.apps[CRM] = sandbox.app
        made: list[Town] = []

        async def token(rejected: bool) -> str:
            made[0].asked_again += rejected
            return made[0].token

        app = oauth.App(sandbox.credentials["client_id"], sandbox.credentials["client_secret"])
        quota = limits.Quota(clock=clock.now, sleep=asyncio.sleep)
        calls: list[port.Call] = []
        client = Client(
            http=ours,
            addresses=addresses.for_base(CRM),
            token=token,
            quota=quota,
            jitter=lambda: 0.0,
            on_call=calls.append,
        )
        way_in = door.HighLevelDoor(
            http=ours,
            addresses=addresses.for_base(CRM),
            app=app,
            clock=clock.now,
            sleep=asyncio.sleep,
            jitter=lambda: 0.0,
        )
        location = HighLevel(client, sandbox.credentials["location_id"], sleep=asyncio.sleep)
        made.append(
            Town(
                sandbox,
                http,
                way_in,
                location,
                client,
                quota,
                mailbox,
                sandbox.credentials["access_token"],
                calls,
            )
        )
        posts = [asyncio.create_task(run()) for run in sandbox.background]
        try:
            yield made[0]
        finally:
            for post in posts:
                post.cancel()
            await asyncio.gather(*posts, return_exceptions=True)
            await net.aclose()


def play(story: Callable[[Town], Awaitable[None]], **settings: Any) -> None:
    async def whole() -> None:
        async with town(**settings) as here:
            await story(here)

    virtual_time.run(whole())


ADA = crm.ContactDraft(
    given_name="Ada",
    family_name="Quill",
    company="Quill & Sons",
    email="ada@example.com",
    phone="+12075550143",
    address=crm.Address(line1="1 Ink Lane", city="Portland", region="ME", postal_code="04101", country="US"),
    tags=("quickbooks",),
    source="QuickBooks",
)
BUYER = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Quill"}


def test_the_location_is_read() -> None:
    """Country and zone decide about taxes and dates."""

    async def story(here: Town) -> None:
        found = await here.crm.account()
        assert (found.id, found.country) == (here.location, "US")
        assert found.time_zone.startswith("America/")

    play(story)


def test_a_contact_is_created_found_and_changed() -> None:
    """Every member that we write comes back as it was written."""

    async def story(here: Town) -> None:
        made = await here.crm.create_contact(ADA)
        assert (made.name, made.company, made.source) == ("Ada Quill", "Quill & Sons", "QuickBooks")
        assert made.address == ADA.address
        assert made.tags == ("quickbooks",)
        assert await here.crm.contact(made.id) == made
        assert await here.crm.find_contact(email="ADA@example.com") == made
        assert await here.crm.find_contact(email="no@example.com", phone="+12075550143") == made
        assert await here.crm.find_contact(email="no@example.com") is None

        draft = crm.ContactDraft(family_name="Quill-Marsh", company="Marsh Ltd", tags=("vip",))
        changed = await here.crm.update_contact(made.id, draft)

        assert (changed.given_name, changed.family_name) == ("Ada", "Quill-Marsh")
        assert changed.company == "Marsh Ltd"
        assert set(changed.tags) == {"quickbooks", "vip"}
        assert changed == await here.crm.contact(made.id)

    play(story)


def test_a_company_is_written_by_put_where_the_location_takes_it() -> None:
    """Both answers to an open question of the reference are understood (point 12)."""

    async def story(here: Town) -> None:
        await here.control("switches", {"company_name_on_put": True})
        made = await here.crm.create_contact(ADA)

        changed = await here.crm.update_contact(made.id, crm.ContactDraft(company="Marsh Ltd"))

        assert changed.company == "Marsh Ltd"
        assert not [call for call in here.calls if "upsert" in call.operation]

    play(story)


def test_a_contact_that_exists_is_adopted() -> None:
    """HighLevel names the existing contact; nothing is written to it."""

    async def story(here: Town) -> None:
        first = await here.crm.create_contact(ADA)
        again = await here.crm.create_contact(crm.ContactDraft(given_name="X", email="ada@example.com"))
        assert again == first

    play(story)


def test_an_email_that_is_taken_leaves_the_rest_of_the_update() -> None:
    """The refused PUT would have lost the name as well."""

    async def story(here: Town) -> None:
        await here.crm.create_contact(ADA)
        other = await here.crm.create_contact(crm.ContactDraft(given_name="Bo", email="bo@example.com"))
        changed = await here.crm.update_contact(
            other.id, crm.ContactDraft(given_name="Bob", email="ada@example.com")
        )
        assert (changed.given_name, changed.email) == ("Bob", "bo@example.com")

    play(story)


def test_a_contact_that_was_deleted_is_none() -> None:
    """Gone is gone, and not an error."""

    async def story(here: Town) -> None:
        made = await here.crm.create_contact(ADA)
        await here.act("DELETE", f"/contacts/{made.id}")
        assert await here.crm.contact(made.id) is None

    play(story)


def test_changed_contacts_are_walked_to_the_end() -> None:
    """More contacts than fit on two pages, each exactly once, oldest change first."""

    async def story(here: Town) -> None:
        since = here.sandbox.clock.now() - timedelta(days=400)
        found: list[crm.Contact] = []
        after = None
        while True:
            page = await here.crm.contacts_changed(since=since, after=after)
            found += page.items
            after = page.after
            if after is None:
                break
        assert len({contact.id for contact in found}) == len(found) == 230
        assert found == sorted(found, key=lambda contact: contact.updated_at or since)
        later = await here.crm.contacts_changed(
            since=here.sandbox.clock.now() + timedelta(seconds=1), after=None
        )
        assert later.items == ()

    play(story, seed="contacts:230")


def test_an_order_and_its_charge_are_read() -> None:
    """The product reads the sums that the stand-in has computed for itself."""

    async def story(here: Town) -> None:
        sold = await here.control(
            "checkouts",
            {
                "source": "two_step",
                "contact": BUYER,
                "items": [
                    {"name": "Course", "price": 120},
                    {"name": "Workbook", "price": 30, "taxes": [{"name": "Sales tax", "rate": 10}]},
                ],
                "coupon": {"code": "SPRING", "type": "amount", "value": 15},
            },
        )
        order = await here.crm.order(crm.OrderId(sold["order"]["id"]))
        charges = await here.crm.transactions_of(entity_id=sold["order"]["id"])
        assert order is not None
        assert (order.status, order.source, order.coupon_code) == (
            "completed",
            crm.Source.ORDER_FORM,
            "SPRING",
        )
        assert [(line.name, line.unit_price) for line in order.lines] == [("Course", 120), ("Workbook", 30)]
        assert [tax.rate for tax in order.lines[1].taxes] == [10]
        for name, read in (
            ("subtotal", order.sub_total),
            ("discount", order.discount_total),
            ("tax", order.tax_total),
            ("amount", order.total),
        ):
            assert sold["order"][name] == read
        assert len(charges) == 1
        charge = await here.crm.transaction(charges[0].id)
        assert charge is not None
        assert charge == charges[0]
        assert (charge.amount, charge.order_id, charge.source) == (order.total, order.id, order.source)
        assert (charge.method, charge.contact_email) == ("card", "ada@example.com")

    play(story)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("order_form", crm.Source.ORDER_FORM),
        ("upsell", crm.Source.ORDER_FORM),
        ("store", crm.Source.STORE),
        ("membership", crm.Source.MEMBERSHIP),
        ("calendar", crm.Source.CALENDAR),
        ("payment_link", crm.Source.PAYMENT_LINK),
    ],
)
def test_R20_every_kind_of_checkout_is_recognised(source: str, expected: crm.Source) -> None:
    """Listed and read alone, the source is the same."""

    async def story(here: Town) -> None:
        sale = {"source": source, "contact": BUYER, "items": [{"name": "Thing", "price": 12.5}]}
        sold = await here.control("checkouts", sale)
        listed = await here.crm.transactions_of(entity_id=sold["order"]["id"])
        alone = await here.crm.transaction(listed[0].id)
        assert [listed[0].source, alone.source if alone else None] == [expected, expected]
        assert listed[0].amount == Decimal("12.5")

    play(story)


def test_a_renewal_is_a_transaction_with_a_name() -> None:
    """Nothing tells of it but the listing; what it is for comes from its subscription."""

    async def story(here: Town) -> None:
        item = {"name": "Members area", "price": 49, "recurring": {"interval": "month"}}
        sold = await here.control("checkouts", {"source": "membership", "contact": BUYER, "items": [item]})
        await asyncio.sleep(timedelta(days=31).total_seconds())
        here.token = here.sandbox.credentials["private_token"]
        renewed = await here.control(f"subscriptions/{sold['subscription']['id']}/renew", {})
        zone = (await here.crm.account()).time_zone
        today = times.day_in(here.sandbox.clock.now(), zone)
        page = await here.crm.transactions_since(since=today, after=None)
        assert [item.id for item in page.items] == [renewed["transaction"]["id"]]
        charge = page.items[0]
        assert charge.source is crm.Source.SUBSCRIPTION
        assert "Members area" in await here.crm.subscription_name(charge.subscription_id)
        assert await here.crm.subscription_name("sub_unknown") == ""

    play(story)


def test_test_mode_is_left_out_of_the_listing() -> None:
    """A charge in test mode is not listed, and not live when it is read (R23)."""

    async def story(here: Town) -> None:
        sold = await here.control(
            "checkouts",
            {"source": "store", "contact": BUYER, "items": [{"name": "A", "price": 5}], "test_mode": True},
        )
        today = here.sandbox.clock.now().date()
        assert (await here.crm.transactions_since(since=today, after=None)).items == ()
        order = await here.crm.order(crm.OrderId(sold["order"]["id"]))
        assert order is not None
        assert not order.live

    play(story)


def test_refunds_and_the_other_connector_leave_their_traces() -> None:
    """Both are only members of the transaction; no event tells of them."""

    async def story(here: Town) -> None:
        sold = await here.control(
            "checkouts", {"source": "store", "contact": BUYER, "items": [{"name": "A", "price": 50}]}
        )
        id = crm.TransactionId(sold["transactions"][0]["id"])
        await here.control(f"transactions/{id}/refund", {"amount": 20})
        partly = await here.crm.transaction(id)
        assert partly is not None
        assert (partly.status, partly.amount_refunded) == (crm.TransactionStatus.SUCCEEDED, 20)
        assert not partly.posted_by_other_connector
        await here.control(f"transactions/{id}/refund", {})
        await here.control(f"transactions/{id}/posted-elsewhere", {})
        wholly = await here.crm.transaction(id)
        assert wholly is not None
        assert (wholly.status, wholly.amount_refunded) == (crm.TransactionStatus.REFUNDED, 50)
        assert wholly.posted_by_other_connector

    play(story)


def test_R7_an_invoice_that_the_other_connector_has_posted_is_noticed() -> None:
    """syncDetails names QuickBooks (reference 7.5, 16), before and after other sales."""

    async def story(here: Town) -> None:
        made = await here.invoice()
        await here.send(made["_id"])
        assert await here.crm.posted_elsewhere() is None
        await here.control(f"invoices/{made['_id']}/posted-elsewhere", {})
        found = await here.crm.posted_elsewhere()
        assert found is not None
        assert found.sale == made["_id"]

    play(story)


def test_automatic_taxes_are_read_from_the_total() -> None:
    """No line says anything of them (reference 10)."""

    async def story(here: Town) -> None:
        item = {"name": "Day of work", "currency": "USD", "amount": 150, "qty": 2}
        made = await here.invoice(automaticTaxesEnabled=True, items=[item])
        found = await here.crm.invoice(crm.InvoiceId(made["_id"]))
        assert found is not None
        assert (found.sub_total, found.discount_total) == (300, 30)
        assert found.tax_total == found.total - 270 == Decimal("23.63")
        assert found.lines[0].taxes == ()

    play(story)


def test_a_contact_that_is_gone_with_400_is_gone() -> None:
    """Some of HighLevel's calls say so in the text only (reference 3.2)."""

    async def story(here: Town) -> None:
        await here.control("switches", {"gone_contacts_are_400": True})
        assert await here.crm.contact(crm.ContactId("nobody")) is None

    play(story)


@pytest.mark.parametrize("numeric", [False, True])
def test_an_invoice_is_read_as_its_author_wrote_it(numeric: bool) -> None:
    """Dates in the location's days, totals from the stand-in's own arithmetic, numbers as text."""

    async def story(here: Town) -> None:
        await here.control("switches", {"numeric_invoice_numbers": numeric})
        made = await here.invoice(invoiceNumber="1042")
        found = await here.crm.invoice(crm.InvoiceId(made["_id"]))
        assert found is not None
        assert found.status is crm.InvoiceStatus.DRAFT
        assert found.number == "INV-1042"
        assert (str(found.issue_date), str(found.due_date)) == ("2026-03-01", "2026-03-15")
        assert (found.sub_total, found.discount_total, found.tax_total) == (400, 40, 27)
        assert (found.total, found.amount_paid) == (387, 0)
        assert found.discount == crm.Discount(kind=crm.DiscountKind.PERCENTAGE, value=Decimal(10))
        assert found.billing_email == "ada@example.com"
        assert found.lines[0].taxes == (crm.Tax(id="t1", name="Sales tax", rate=Decimal(10)),)

    play(story)


@pytest.mark.parametrize("location", ["us", "gb", "ca", "au", "eu"])
def test_R31_days_are_the_locations_days_everywhere(location: str) -> None:
    """East and west of Greenwich the written dates come back."""

    async def story(here: Town) -> None:
        made = await here.invoice()
        found = await here.crm.invoice(crm.InvoiceId(made["_id"]))
        assert found is not None
        assert (str(found.issue_date), str(found.due_date)) == ("2026-03-01", "2026-03-15")
        listed = await here.crm.invoices_issued(since=found.issue_date, after=None)
        assert [item.id for item in listed.items] == [found.id]
        none = await here.crm.invoices_issued(since=found.issue_date + timedelta(days=1), after=None)
        assert none.items == ()

    play(story, location=location)


def test_an_invoice_is_followed_from_draft_to_paid() -> None:
    """Open invoices, payments with their own dates and words, and at last nothing open."""

    async def story(here: Town) -> None:
        made = await here.invoice()
        id = crm.InvoiceId(made["_id"])
        assert (await here.crm.open_invoices(after=None)).items == ()
        await here.send(id)
        await here.act(
            "POST",
            f"/invoices/{id}/record-payment",
            {
                "mode": "cheque",
                "cheque": {"number": "1042"},
                "amount": 87,
                "notes": "by post",
                "fulfilledAt": "2026-03-01T17:00:00.000Z",
            },
        )
        assert await _open(here) == [(id, crm.InvoiceStatus.PARTIALLY_PAID)]
        await here.control(f"invoices/{id}/pay", {})
        assert await _open(here) == []
        paid = await here.crm.invoice(id)
        payments = await here.crm.transactions_of(entity_id=id)
        assert paid is not None
        assert (paid.status, paid.amount_paid) == (crm.InvoiceStatus.PAID, 387)
        assert [(each.amount, each.method) for each in payments] == [(87, "cheque"), (300, "card")]
        assert (payments[0].note, payments[0].reference) == ("by post", "1042")
        assert times.iso(payments[0].charged_at) == "2026-03-01T17:00:00.000Z"
        assert {each.source for each in payments} == {crm.Source.INVOICE}
        assert {each.invoice_id for each in payments} == {id}

    async def _open(here: Town) -> list[tuple[crm.InvoiceId, crm.InvoiceStatus]]:
        found: list[tuple[crm.InvoiceId, crm.InvoiceStatus]] = []
        after = None
        while True:
            page = await here.crm.open_invoices(after=after)
            found += [(item.id, item.status) for item in page.items]
            after = page.after
            if after is None:
                return found

    play(story)


def test_a_late_fee_is_no_tax() -> None:
    """The total grows, the tax does not."""

    async def story(here: Town) -> None:
        made = await here.invoice()
        await here.send(made["_id"])
        await here.control(f"invoices/{made['_id']}/late-fee", {"amount": 25})
        found = await here.crm.invoice(crm.InvoiceId(made["_id"]))
        assert found is not None
        beyond = found.total - (found.sub_total - found.discount_total + found.tax_total)
        assert (found.total, found.tax_total, beyond) == (412, 27, 25)

    play(story)


def test_a_deleted_invoice_is_none_and_a_void_one_is_void() -> None:
    """Both ends of an invoice's life."""

    async def story(here: Town) -> None:
        made = await here.invoice()
        await here.send(made["_id"])
        await here.act("POST", f"/invoices/{made['_id']}/void", {})
        voided = await here.crm.invoice(crm.InvoiceId(made["_id"]))
        assert voided is not None
        assert voided.status is crm.InvoiceStatus.VOID
        await here.act("DELETE", f"/invoices/{made['_id']}")
        assert await here.crm.invoice(crm.InvoiceId(made["_id"])) is None

    play(story)


def test_R3_R4_the_app_is_installed_and_its_tokens_rotate() -> None:
    """Consent page, code, tokens; a refresh kills the old pair; a dead one is replaced without the owner."""

    async def story(here: Town) -> None:
        back = f"{US}/oauth/callback"
        link = here.door.authorize_url(state="state-1", redirect_uri=back)
        page = await here.http.get(link)
        assert page.status_code == 200
        form = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        gone = await here.http.post(link.partition("?")[0], data=form | {"level": "Location"})
        query = parse_qs(urlsplit(gone.headers["location"]).query)
        assert query["state"] == ["state-1"]
        installed = await here.door.exchange(code=query["code"][0], redirect_uri=back)
        assert installed.account_id == here.location
        with pytest.raises(oauth.GrantInvalid):
            await here.door.exchange(code=query["code"][0], redirect_uri=back)

        renewed = await here.door.refresh(account_id=here.location, refresh_token=installed.tokens.refresh)
        here.token = renewed.access
        assert (await here.crm.account()).id == here.location
        again = await here.door.refresh(account_id=here.location, refresh_token=installed.tokens.refresh)
        here.token = again.access
        assert (await here.crm.account()).id == here.location
        await here.control("uninstall", {})
        with pytest.raises(oauth.GrantInvalid):
            await here.door.refresh(account_id=here.location, refresh_token=again.refresh)
        with pytest.raises(errors.AccessLost):
            await here.crm.account()

    play(story)


def test_an_agency_that_installs_opens_its_only_location() -> None:
    """Code for the agency's token, that for the location's; what INSTALL tells is admitted without a log-in."""

    async def story(here: Town) -> None:
        back = f"{US}/oauth/callback"
        link = here.door.authorize_url(state="s", redirect_uri=back)
        form = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        gone = await here.http.post(link.partition("?")[0], data=form | {"level": "Company"})
        code = parse_qs(urlsplit(gone.headers["location"]).query)["code"][0]

        installed = await here.door.exchange(code=code, redirect_uri=back)

        assert installed.account_id == here.location
        here.token = installed.tokens.access
        assert (await here.crm.account()).id == here.location
        renewed = await here.door.refresh(account_id=here.location, refresh_token=installed.tokens.refresh)
        here.token = renewed.access
        assert (await here.crm.account()).id == here.location
        here.token = (await here.door.admit(account_id=here.location)).tokens.access
        assert (await here.crm.account()).id == here.location
        await here.control("uninstall", {})
        with pytest.raises(errors.AccessLost):
            await here.door.admit(account_id=here.location)

    play(story)


def test_an_agency_with_several_locations_is_told_to_choose() -> None:
    """Nothing is opened by chance; the sentence names them."""

    async def story(here: Town) -> None:
        await here.control("agency", {"locations": ["Second shop", "Third shop"]})
        back = f"{US}/oauth/callback"
        link = here.door.authorize_url(state="s", redirect_uri=back)
        form = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        gone = await here.http.post(link.partition("?")[0], data=form | {"level": "Company"})
        code = parse_qs(urlsplit(gone.headers["location"]).query)["code"][0]

        with pytest.raises(
            errors.NeedsPerson, match="3 sub-accounts: Harbour Home Services, Second shop, Third shop"
        ):
            await here.door.exchange(code=code, redirect_uri=back)

    play(story)


def test_two_quick_payments_on_one_invoice_are_three_seconds_apart() -> None:
    """HighLevel answers 409 to the second one; nothing happened, and later it is taken (reference 7.7)."""

    async def story(here: Town) -> None:
        await here.control("switches", {"quick_payment_conflict_seconds": 3})
        made = await here.invoice()
        await here.send(made["_id"])
        payment = {
            "altId": here.location,
            "altType": "location",
            "mode": "other",
            "amount": 10,
            "notes": "QuickBooks payment 204",
        }

        async def pay() -> None:
            path = "/invoices/{id}/record-payment"
            await here.client.write("POST", path, ids={"id": made["_id"]}, body=payment)

        await pay()
        with pytest.raises(errors.TryLater) as caught:
            await pay()
        assert caught.value.after_seconds == 3
        await asyncio.sleep(3)
        await pay()
        assert len(await here.crm.transactions_of(entity_id=made["_id"])) == 2

    play(story)


def test_a_revoked_token_is_asked_for_again_once() -> None:
    """The request is repeated with the new token, and the caller notices nothing."""

    async def story(here: Town) -> None:
        await here.control("tokens/revoke", {"token": here.token})
        with pytest.raises(faults.TokenRejected):
            await here.crm.account()
        assert here.asked_again == 1

    play(story)


def test_a_missing_scope_is_named() -> None:
    """The stand-in says only that the token is not authorized; we say for what."""

    async def story(here: Town) -> None:
        here.token = (await here.control("tokens", {"kind": "location", "scope": "contacts.readonly"}))[
            "access_token"
        ]
        with pytest.raises(errors.AccessLost, match=r"locations\.readonly"):
            await here.crm.account()
        assert here.asked_again == 0, "a new token would not have the scope either"

    play(story)


def test_a_token_of_another_location_is_lost_access() -> None:
    """403 says that this token never opens this location."""

    async def story(here: Town) -> None:
        here.token = (await here.control("tokens", {"kind": "company"}))["access_token"]
        with pytest.raises(errors.AccessLost):
            await here.crm.contact(crm.ContactId("x"))

    play(story)


@pytest.mark.parametrize(
    "draft", [ADA, crm.ContactDraft(given_name="Ada", family_name="Quill", source="QuickBooks")]
)
def test_R71_a_create_whose_answer_was_lost_is_found_again(draft: crm.ContactDraft) -> None:
    """With an e-mail at once, without one after the search has caught up; never a second contact."""

    async def story(here: Town) -> None:
        await here.control("switches", {"index_lag_seconds": 5})
        await asyncio.sleep(3600)
        since = here.sandbox.clock.now()
        here.sandbox.faults.add(Fault(on="POST /contacts/", act=Lose.ANSWER, times=1))
        with pytest.raises(errors.OutcomeUnknown):
            await here.crm.create_contact(draft)
        found = await here.crm.find_created(draft=draft, since=since)
        assert found is not None
        assert found.name == "Ada Quill"

    play(story)


def test_R71_a_create_that_never_arrived_is_not_found() -> None:
    """Then it is safe to repeat."""

    async def story(here: Town) -> None:
        since = here.sandbox.clock.now()
        here.sandbox.faults.add(Fault(on="POST /contacts/", act=Lose.REQUEST, times=1))
        with pytest.raises(errors.OutcomeUnknown):
            await here.crm.create_contact(ADA)
        assert await here.crm.find_created(draft=ADA, since=since) is None

    play(story)


@pytest.mark.parametrize(
    ("act", "family"),
    [(Refuse(500), errors.TryLater), (Refuse(429), errors.TryLater), (Lose.ANSWER, errors.TryLater)],
)
def test_a_read_that_fails_is_tried_later(act: Any, family: type[Exception]) -> None:
    """Nothing is concluded, and the next try works."""

    async def story(here: Town) -> None:
        here.sandbox.faults.add(Fault(on="GET /locations/*", act=act, times=1))
        with pytest.raises(family):
            await here.crm.account()
        assert (await here.crm.account()).id == here.location

    play(story)


@pytest.mark.parametrize("limit", [25, 100])
def test_R73_the_stand_in_never_has_to_refuse_a_call_for_its_rate(limit: int) -> None:
    """Three times as many calls as allowed, twenty at a time, from a process that restarts in the middle."""

    async def story(here: Town) -> None:
        await here.control("switches", {"burst_limit": limit})
        contact = await here.crm.create_contact(ADA)

        async def many(reader: HighLevel) -> None:
            for _ in range(limit // 10):
                await asyncio.gather(*(reader.contact(contact.id) for _ in range(20)))

        await many(here.crm)
        fresh = here.door.open(
            account_id=here.location, zone="", token=_token(here), on_call=here.calls.append
        )
        assert isinstance(fresh, HighLevel)
        await many(fresh)
        assert {call.status for call in here.calls} <= {200, 201}
        assert len(here.calls) > 3 * limit

    play(story)


def _token(here: Town) -> port.TokenGetter:
    async def token(rejected: bool) -> str:
        return here.token

    return token


def test_R70_signed_deliveries_point_at_their_records() -> None:
    """What the stand-in sends is understood; each byte of it is covered by the signature."""

    async def story(here: Town) -> None:
        made = await here.invoice()
        await here.send(made["_id"])
        await here.control(
            "checkouts", {"source": "store", "contact": BUYER, "items": [{"name": "A", "price": 5}]}
        )
        await here.control("update", {})
        await here.control("uninstall", {})
        await here.sandbox.postman.settle()
        notices = webhooks.HighLevelNotices(
            public_key_base64=here.sandbox.credentials["webhook_public_key"],
            app_id=here.sandbox.credentials["client_id"],
        )
        found: list[port.Notice] = []
        for path, headers, body in here.mailbox.letters:
            event = path.removeprefix("/hooks").strip("/")
            found += notices.read(event=event, headers=headers, body=body)
            with pytest.raises(port.Forged):
                notices.read(event=event, headers=headers, body=body + b"\n")
        assert {notice.account_id for notice in found} == {here.location}
        assert len({notice.delivery_id for notice in found}) == len(found)
        said = {(notice.event, notice.kind) for notice in found}
        assert ("ContactCreate", port.Kind.CONTACT) in said
        assert ("InvoiceSent", port.Kind.INVOICE) in said
        assert ("OrderStatusUpdate", port.Kind.ORDER) in said
        life = [notice.life for notice in found if notice.life]
        assert life == [port.Life.UPDATED, port.Life.UNINSTALLED]
        sent = next(notice for notice in found if notice.event == "InvoiceSent")
        assert sent.record_id == made["_id"]

    play(story)


async def test_the_same_over_a_real_port() -> None:
    """Not only in process: sockets, headers and bytes as in life."""
    sandbox = Sandbox(seed="sample")
    async with (
        Running(sandbox.app, background=sandbox.background) as server,
        httpx.AsyncClient() as http,
    ):

        async def token(rejected: bool) -> str:
            return sandbox.credentials["access_token"]

        way_in = door.HighLevelDoor(
            http=http,
            addresses=addresses.for_base(server.url),
            app=oauth.App(sandbox.credentials["client_id"], sandbox.credentials["client_secret"]),
            clock=sandbox.clock.now,
            sleep=asyncio.sleep,
            jitter=lambda: 0.0,
        )
        location = way_in.open(
            account_id=sandbox.credentials["location_id"], zone="", token=token, on_call=lambda call: None
        )
        assert (await location.account()).country == "US"
        assert len((await location.open_invoices(after=None)).items) == 1
