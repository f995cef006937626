"""Our QuickBooks client against the stand-in over HTTP: two readings of one reference, each a test of the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from counterfoil import errors
from counterfoil.quickbooks import api
from counterfoil.quickbooks import entities as qb
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit import virtual_time
from sandbox_kit.clock import Clock
from sandbox_kit.faults import Fault, Lose, Refuse
from sandbox_kit.in_process import InProcess
from sandbox_kit.server import Running

BASE = "http://quickbooks.test"
NOW = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)


@dataclass
class Neighbours:
    """The stand-in, and our client for its company. The access token is renewed as the engine would."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    addresses: api.Addresses
    exchanges: list[api.Exchange] = field(default_factory=list)
    access: str = ""
    refresh: str = ""

    def __post_init__(self) -> None:
        self.access, self.refresh = self.sandbox.access_token, self.sandbox.refresh_token
        app = api.App(self.sandbox.client.client_id, self.sandbox.client.client_secret)
        self.oauth = api.OAuth(self.http, self.addresses, app, clock=self.sandbox.clock.now)
        self.client = api.Client(
            self.http,
            api_base=self.addresses.api,
            realm_id=self.sandbox.realm_id,
            token=self.token,
            quota=api.Quota(clock=self.sandbox.clock.now, sleep=self.sleep),
            on_exchange=self.exchanges.append,
        )

    async def token(self, rejected: bool) -> str:
        if rejected:
            tokens = await self.oauth.refresh(self.refresh)
            self.access, self.refresh = tokens.access_token, tokens.refresh_token
        return self.access

    async def sleep(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)
        await asyncio.sleep(0)

    async def customer(self, name: str, request_id: str) -> api.reading.Answer:
        body = qb.Customer(display_name=name)
        return await api.writing.create(self.client, "Customer", body, request_id=request_id)

    async def invoice(self, customer_id: str, amount: str, request_id: str) -> api.reading.Answer:
        body = qb.Invoice(customer_ref=qb.Ref(customer_id), line=(sold(amount, await self.item()),))
        return await api.writing.create(self.client, "Invoice", body, request_id=request_id)

    async def item(self) -> str:
        found = await api.query.select(self.client, "Item", where="Type = 'Service'", maximum=1)
        return found[0].object.id or ""


def sold(amount: str, item_id: str) -> qb.Line:
    """One item line without tax."""
    detail = qb.SalesItemLineDetail(item_ref=qb.Ref(item_id), tax_code_ref=qb.Ref("NON"))
    return qb.Line(amount=Decimal(amount), detail_type="SalesItemLineDetail", sales_item_line_detail=detail)


@pytest.fixture(params=["in process", "over a port"])
async def quickbooks(request: pytest.FixtureRequest) -> AsyncIterator[Neighbours]:
    """The sample company with Intuit's limits on, reached both ways."""
    async with httpx.AsyncClient(transport=InProcess({})) as postage:
        sandbox = Sandbox(clock=Clock(lambda: NOW.timestamp()), base_url=BASE, http_client=postage)
        if request.param == "in process":
            async with httpx.AsyncClient(transport=InProcess({BASE: sandbox.app})) as http:
                yield Neighbours(sandbox, http, api.addresses.for_base(BASE))
        else:
            async with Running(sandbox.app) as server, httpx.AsyncClient() as http:
                yield Neighbours(sandbox, http, api.addresses.for_base(server.url))


async def test_R71_a_write_whose_answer_was_lost_is_done_once(quickbooks: Neighbours) -> None:
    """The repetition with the same request id gets the first answer."""
    quickbooks.sandbox.faults.add(Fault(on="POST /customer", act=Lose.ANSWER, nth=1))

    with pytest.raises(errors.OutcomeUnknown):
        await quickbooks.customer("Ada Byron", "cause-1")
    again = await quickbooks.customer("Ada Byron", "cause-1")

    found = await api.query.select(quickbooks.client, "Customer", where="DisplayName = 'Ada Byron'")
    assert [one.object.id for one in found] == [again.object.id]


async def test_a_taken_name_is_refused_with_its_code(quickbooks: Neighbours) -> None:
    """The decision needs 6240."""
    await quickbooks.customer("Ada Byron", "cause-1")

    with pytest.raises(errors.Refused) as refused:
        await quickbooks.customer("ada byron", "cause-2")

    assert refused.value.code == "6240"
    assert refused.value.trace


async def test_an_old_sync_token_is_refused_as_stale(quickbooks: Neighbours) -> None:
    """Somebody else was faster."""
    made = await quickbooks.customer("Ada Byron", "cause-1")
    change = qb.Customer(id=made.object.id, sync_token="0", sparse=True, given_name="Ada")
    changed = await api.writing.update(quickbooks.client, "Customer", change, request_id="cause-2")
    assert changed.object.sync_token == "1"

    with pytest.raises(errors.Refused) as refused:
        stale = qb.Customer(id=made.object.id, sync_token="0", sparse=True, given_name="Augusta")
        await api.writing.update(quickbooks.client, "Customer", stale, request_id="cause-3")

    assert refused.value.code == "5010"


@pytest.mark.parametrize("name", ["Amy's Bird Sanctuary", "back\\slash", "100% & more + ü 😀", "comma, (x)"])
async def test_any_name_can_be_asked_for(quickbooks: Neighbours, name: str) -> None:
    """What we escape, QuickBooks' query language reads as it was meant."""
    made = await quickbooks.customer(name, "cause-1")

    found = await api.query.select(
        quickbooks.client, "Customer", where=f"DisplayName = {api.query.quoted(name)}"
    )

    assert [one.object.id for one in found] == [made.object.id]


async def test_a_long_question_is_answered_too(quickbooks: Neighbours) -> None:
    """It goes out as a POST."""
    made = await quickbooks.customer("Ada Byron", "cause-1")
    names = [f"nobody {number:04}" for number in range(200)] + ["Ada Byron"]

    found = await api.query.select(
        quickbooks.client, "Customer", where=f"DisplayName IN {api.query.one_of(names)}"
    )

    assert [one.object.id for one in found] == [made.object.id]


async def test_customers_are_found_by_e_mail_even_when_inactive(quickbooks: Neighbours) -> None:
    """A customer that somebody made inactive must not be made twice."""
    body = qb.Customer(display_name="Ada", primary_email_addr=qb.EmailAddress(address="ada+1@example.com"))
    made = await api.writing.create(quickbooks.client, "Customer", body, request_id="cause-1")
    off = qb.Customer(id=made.object.id, sync_token="0", sparse=True, active=False)
    await api.writing.update(quickbooks.client, "Customer", off, request_id="cause-2")

    found = await api.query.customers_by_email(quickbooks.client, "ada+1@example.com")

    assert [one.object.id for one in found] == [made.object.id]


async def test_R34_documents_are_voided_in_their_own_forms(quickbooks: Neighbours) -> None:
    """Invoice, payment and sales receipt end with a total of zero."""
    customer = (await quickbooks.customer("Ada Byron", "cause-1")).object.id or ""
    line = (sold("100.10", await quickbooks.item()),)
    ref = qb.Ref(customer)
    documents: dict[str, qb.Entity] = {
        "Invoice": qb.Invoice(customer_ref=ref, line=line),
        "SalesReceipt": qb.SalesReceipt(customer_ref=ref, line=line),
        "Payment": qb.Payment(customer_ref=ref, total_amt=Decimal("100.10")),
    }
    for entity, body in documents.items():
        made = await api.writing.create(quickbooks.client, entity, body, request_id=f"make {entity}")
        assert getattr(made.object, "total_amt", None) == Decimal("100.10")

        gone = await api.writing.void(quickbooks.client, entity, made.object, request_id=f"void {entity}")

        assert getattr(gone.object, "total_amt", None) == 0


async def test_changes_tell_what_was_written_and_deleted(quickbooks: Neighbours) -> None:
    """One metered read for all of it; an instant before the writes is its beginning."""
    since = quickbooks.sandbox.clock.now() - timedelta(minutes=5)
    customer = await quickbooks.customer("Ada Byron", "cause-1")
    kept = await quickbooks.invoice(customer.object.id or "", "10", "cause-2")
    gone = await quickbooks.invoice(customer.object.id or "", "20", "cause-3")
    await quickbooks.client.write(
        "invoice",
        api.writing.encoded({"Id": gone.object.id, "SyncToken": gone.object.sync_token}),
        operation="delete Invoice",
        request_id="cause-4",
        query={"operation": "delete"},
    )

    before = len(quickbooks.exchanges)
    found = await api.changes.changes(quickbooks.client, ("Customer", "Invoice", "Payment"), since)

    assert [one.metered for one in quickbooks.exchanges[before:]] == [1]
    assert {one.object.id for one in found.objects["Invoice"]} >= {kept.object.id}
    assert gone.object.id in found.deleted["Invoice"]
    assert customer.object.id in {one.object.id for one in found.objects["Customer"]}
    assert not found.truncated


async def test_changes_further_back_than_the_feed_reaches_are_refused(quickbooks: Neighbours) -> None:
    """The caller has to compare all instead."""
    since = quickbooks.sandbox.clock.now() - api.changes.REACHES_BACK - timedelta(days=1)

    with pytest.raises(errors.Refused):
        await api.changes.changes(quickbooks.client, ("Customer",), since)


async def test_R71_items_of_a_batch_have_their_own_outcomes_and_are_done_once(quickbooks: Neighbours) -> None:
    """A lost answer is repeated under the same id; a refused item does not stop the others."""
    customer = qb.Ref((await quickbooks.customer("Ada Byron", "cause-1")).object.id or "")
    line = (sold("12.50", await quickbooks.item()),)
    invoice = await quickbooks.invoice(customer.value, "7", "cause-2")
    payment_body = qb.Payment(customer_ref=customer, total_amt=Decimal(5))
    payment = await api.writing.create(quickbooks.client, "Payment", payment_body, request_id="cause-3")
    items = (
        api.batch.Item("1", "create", "SalesReceipt", qb.SalesReceipt(customer_ref=customer, line=line)),
        api.batch.Item(
            "2", "create", "SalesReceipt", qb.SalesReceipt(customer_ref=qb.Ref("99999"), line=line)
        ),
        api.batch.Item("3", "void", "Invoice", invoice.object),
        api.batch.Item("4", "void", "Payment", payment.object),
    )
    quickbooks.sandbox.faults.add(Fault(on="POST /batch", act=Lose.ANSWER, nth=1))

    with pytest.raises(errors.OutcomeUnknown):
        await api.batch.send(quickbooks.client, items, request_id="cause-4")
    found = await api.batch.send(quickbooks.client, items, request_id="cause-4")

    refused = found["2"]
    assert isinstance(refused, errors.Refused)
    assert refused.code in ("2500", "6250", "610")
    for key, total in (("1", Decimal("12.50")), ("3", Decimal(0)), ("4", Decimal(0))):
        outcome = found[key]
        assert isinstance(outcome, api.reading.Answer)
        assert getattr(outcome.object, "total_amt", None) == total
    receipts = await api.query.select(
        quickbooks.client, "SalesReceipt", where=f"CustomerRef = {api.query.quoted(customer.value)}"
    )
    assert len(receipts) == 1


async def test_an_expired_token_is_renewed_on_the_way(quickbooks: Neighbours) -> None:
    """After an hour the first request is refused, the token renewed, and the request repeated."""
    quickbooks.sandbox.clock.advance(3700)

    made = await quickbooks.customer("Ada Byron", "cause-1")

    assert made.object.id
    assert [one.status for one in quickbooks.exchanges] == [401, 200]


async def test_a_revoked_grant_is_lost_access(quickbooks: Neighbours) -> None:
    """Then only the owner can help."""
    await quickbooks.oauth.revoke(quickbooks.refresh)

    with pytest.raises(api.oauth.GrantInvalid):
        await quickbooks.customer("Ada Byron", "cause-1")


async def test_a_foreign_app_is_told_to_look_at_its_credentials(quickbooks: Neighbours) -> None:
    """Not the customer's fault."""
    foreign = api.OAuth(
        quickbooks.http,
        quickbooks.addresses,
        api.App("somebody", "else"),
        clock=quickbooks.sandbox.clock.now,
    )

    with pytest.raises(errors.AccessLost, match="client id and secret") as refused:
        await foreign.refresh(quickbooks.refresh)

    assert not isinstance(refused.value, api.oauth.GrantInvalid)


async def test_the_end_of_the_grant_is_told(quickbooks: Neighbours) -> None:
    """We ask for it, so that the owner can be warned in time."""
    tokens = await quickbooks.oauth.refresh(quickbooks.refresh)

    assert tokens.hard_expires_at is not None
    assert tokens.hard_expires_at > tokens.refresh_expires_at > tokens.access_expires_at


@pytest.mark.parametrize(
    ("status", "of_read", "of_write"),
    [
        (429, errors.TryLater, errors.TryLater),
        (403, errors.AccessLost, errors.AccessLost),
        (500, errors.TryLater, errors.OutcomeUnknown),
        (503, errors.TryLater, errors.OutcomeUnknown),
    ],
)
async def test_R72_injected_trouble_becomes_our_families(
    quickbooks: Neighbours, status: int, of_read: type[Exception], of_write: type[Exception]
) -> None:
    """In both shapes of faults."""
    quickbooks.sandbox.faults.add(Fault(on="*", act=Refuse(status)))

    with pytest.raises(of_read):
        await api.writing.read(quickbooks.client, "Customer", "1")
    with pytest.raises(of_write):
        await quickbooks.customer("Ada Byron", "cause-1")


async def test_the_company_tells_what_decides_its_documents(quickbooks: Neighbours) -> None:
    """Country, numbering and currency."""
    company = (await api.writing.read(quickbooks.client, "CompanyInfo", "")).object
    preferences = (await api.writing.read(quickbooks.client, "Preferences", "")).object

    assert isinstance(company, qb.CompanyInfo)
    assert isinstance(preferences, qb.Preferences)
    assert company.country == "US"
    assert preferences.sales_forms_prefs is not None


async def test_R75_we_count_what_the_stand_in_meters(quickbooks: Neighbours) -> None:
    """The number that owners see is the number that Intuit bills."""
    customer = await quickbooks.customer("Ada Byron", "cause-1")
    await quickbooks.invoice(customer.object.id or "", "10", "cause-2")
    await api.writing.read(quickbooks.client, "Customer", customer.object.id or "")
    await api.changes.changes(quickbooks.client, ("Customer",), quickbooks.sandbox.clock.now())
    for rows in [rows async for rows in api.query.all_of(quickbooks.client, "Customer")]:
        assert rows
    with pytest.raises(errors.Refused):
        await api.writing.read(quickbooks.client, "Invoice", "99999")

    assert sum(one.metered for one in quickbooks.exchanges) == quickbooks.sandbox.journal.total("metered")


def test_R73_the_stand_in_never_has_to_throttle_us() -> None:
    """A thousand writes by twenty at once, with Intuit's limits enforced, on virtual time."""

    async def main() -> tuple[int, float]:
        clock = virtual_time.clock()
        begun = clock.now()
        async with httpx.AsyncClient(transport=InProcess({})) as postage:
            sandbox = Sandbox(clock=clock, base_url=BASE, http_client=postage)
            async with httpx.AsyncClient(transport=InProcess({BASE: sandbox.app})) as http:
                client = api.Client(
                    http,
                    api_base=api.addresses.for_base(BASE).api,
                    realm_id=sandbox.realm_id,
                    token=lambda rejected: _given(sandbox.access_token),
                    quota=api.Quota(clock=clock.now, sleep=asyncio.sleep),
                )
                gate = asyncio.Semaphore(20)

                async def one(number: int) -> None:
                    async with gate:
                        body = qb.Customer(display_name=f"Customer {number}")
                        await api.writing.create(client, "Customer", body, request_id=f"cause-{number}")

                await asyncio.gather(*(one(number) for number in range(1000)))
                refused = [one for one in sandbox.journal.exchanges() if one.status == 429]
        return len(refused), (clock.now() - begun).total_seconds()

    refused, seconds = virtual_time.run(main())

    assert refused == 0
    assert 60 <= seconds < 130


async def _given(token: str) -> str:
    return token


def test_webhooks_of_the_stand_in_are_read() -> None:
    """Signature and events as it sends them, for a customer and an invoice."""

    async def main() -> tuple[api.webhooks.Notice, ...]:
        heard: list[httpx.Request] = []

        def listen(request: httpx.Request) -> httpx.Response:
            heard.append(request)
            return httpx.Response(200)

        clock = virtual_time.clock()
        async with httpx.AsyncClient(transport=httpx.MockTransport(listen)) as postage:
            sandbox = Sandbox(
                clock=clock, base_url=BASE, http_client=postage, webhook_url="http://us.test/webhooks"
            )
            running = [asyncio.create_task(run()) for run in sandbox.background]
            async with httpx.AsyncClient(transport=InProcess({BASE: sandbox.app})) as http:
                neighbours = Neighbours(sandbox, http, api.addresses.for_base(BASE))
                customer = await neighbours.customer("Ada Byron", "cause-1")
                await neighbours.invoice(customer.object.id or "", "10", "cause-2")
                await asyncio.sleep(30)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            return tuple(
                notice
                for request in heard
                for notice in api.webhooks.read(request.headers, request.content, sandbox.verifier)
            )

    found = virtual_time.run(main())

    assert [(one.entity, one.verb) for one in found][:2] == [("Customer", "created"), ("Invoice", "created")]
    assert len({one.delivery_id for one in found}) == len(found)
