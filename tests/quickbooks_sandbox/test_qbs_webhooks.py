"""Webhooks: CloudEvents, signed, gathered, retried (reference 9)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from quickbooks_sandbox import subscriptions, webhooks
from quickbooks_sandbox.company import mailing
from quickbooks_sandbox.company.events import ANNOUNCED, Event
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit import virtual_time
from sandbox_kit.ids import Ids
from sandbox_kit.in_process import InProcess

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "quickbooks-online"
TYPES = REFERENCE / "webhooks" / "event-types.json"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOOK = "http://product.test/hooks"


class Receiver:
    """An endpoint that keeps what it gets; ``refusals`` says how many deliveries it turns away first."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.got.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        status = 500 if len(self.got) <= self.refusals else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.got for event in msgspec.json.decode(body)]


@asynccontextmanager
async def connected(receiver: Receiver, **settings: Any) -> AsyncIterator[Sandbox]:
    transport = InProcess({"http://product.test": receiver})
    async with httpx.AsyncClient(transport=transport) as http_client:
        sandbox = Sandbox(
            clock=virtual_time.clock(), quota=False, http_client=http_client, webhook_url=HOOK, **settings
        )
        tasks = [asyncio.create_task(work()) for work in sandbox.background]
        try:
            yield sandbox
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def invoice(customer: str = "3") -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": customer}, "Line": [line]}


def payment(key: str) -> dict[str, Any]:
    line = {"Amount": 10, "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}
    return {"CustomerRef": {"value": "3"}, "TotalAmt": 10, "Line": [line]}


def test_changes_of_a_moment_come_in_one_signed_array() -> None:
    """Reference 9.2 and 9.4: one delivery, the documented members, a signature over the raw bytes."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            sandbox.company.create("Customer", {"DisplayName": "Fresh"})
            made = sandbox.company.create("Invoice", invoice())
            await asyncio.sleep(2)
            (delivery,) = receiver.got
            headers, body = delivery
            assert headers["intuit-signature"] == webhooks.signature(sandbox.verifier, body)
            assert headers["content-type"] == "application/json"
            first = receiver.events()[0]
            assert first["id"].endswith("-Customer-36")
            assert {name: first[name] for name in first if name not in ("id", "source")} == {
                "specversion": "1.0",
                "type": "qbo.customer.created.v1",
                "datacontenttype": "application/json",
                "time": "2026-03-02T15:00:00.000Z",
                "intuitentityid": "36",
                "intuitaccountid": sandbox.realm_id,
                "data": {},
            }
            assert [(event["type"], event["intuitentityid"]) for event in receiver.events()[1:]] == [
                ("qbo.invoice.created.v1", made["Id"]),
                ("qbo.customer.updated.v1", "3"),
            ]

    virtual_time.run(story())


def test_a_payment_announces_its_invoice_too() -> None:
    """Reference 9.5 and 20.3: side events for the invoice and the customer; void has its own verb."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            company = sandbox.company
            made = company.create("Invoice", invoice())
            company.create("Payment", payment(made["Id"]))
            token = company.read("Invoice", made["Id"])["SyncToken"]
            company.void("Invoice", {"Id": made["Id"], "SyncToken": token})
            await asyncio.sleep(2)
            kinds = [event["type"].removeprefix("qbo.").removesuffix(".v1") for event in receiver.events()]
            without_customers = [kind for kind in kinds if not kind.startswith("customer")]
            assert without_customers == [
                "invoice.created",
                "invoice.updated",
                "payment.created",
                "payment.updated",
                "invoice.void",
            ]

    virtual_time.run(story())


def test_a_merge_names_the_one_that_vanished() -> None:
    """Reference 9.2: the survivor is the entity, ``deletedid`` the loser."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            sandbox.company.merge("3", "4")
            await asyncio.sleep(2)
            (merged,) = [event for event in receiver.events() if event["type"] == "qbo.customer.merged.v1"]
            assert (merged["intuitentityid"], merged["data"]) == ("3", {"deletedid": "4"})

    virtual_time.run(story())


def test_retiring_a_customer_is_announced_as_deleted() -> None:
    """Reference 9.3: "deleted" of a list object is sent when it is made inactive; a term has no such event."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            retire = {"SyncToken": "0", "sparse": True, "Active": False}
            sandbox.company.update("Customer", {**retire, "Id": "9"})
            sandbox.company.update("Term", {**retire, "Id": "1"})
            await asyncio.sleep(2)
            assert [event["type"] for event in receiver.events()] == [
                "qbo.customer.deleted.v1",
                "qbo.term.updated.v1",
            ]

    virtual_time.run(story())


def test_a_refused_delivery_is_repeated_by_intuits_schedule_with_the_same_ids() -> None:
    """Reference 9.5: after 10, 20 and 30 seconds; ids stay the same on retries."""

    async def story() -> None:
        receiver = Receiver(refusals=3)
        async with connected(receiver) as sandbox:
            sandbox.company.create("Customer", {"DisplayName": "Fresh"})
            await asyncio.sleep(1.5)
            counts = [len(receiver.got)]
            for seconds in (10, 20, 30):
                await asyncio.sleep(seconds)
                counts.append(len(receiver.got))
            assert counts == [1, 2, 3, 4]
            assert len({body for _, body in receiver.got}) == 1

    virtual_time.run(story())


def test_many_events_are_split_into_hundreds() -> None:
    """Reference 9.2: at most 100 events per delivery."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            for number in range(230):
                sandbox.company.create("Customer", {"DisplayName": f"Bulk {number}"})
            await asyncio.sleep(5)
            assert [len(msgspec.json.decode(body)) for _, body in receiver.got] == [100, 100, 30]

    virtual_time.run(story())


def test_a_disconnected_company_is_silent() -> None:
    """Reference 2.7: webhooks for the realm stop with the connection."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            sandbox.grants.disconnect(sandbox.realm_id)
            sandbox.company.create("Customer", {"DisplayName": "Unheard"})
            await asyncio.sleep(5)
            assert receiver.got == []

    virtual_time.run(story())


def test_refused_and_empty_writes_announce_nothing() -> None:
    """A fault and a no-op update have no event."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            record = sandbox.company.read("Customer", "9")
            sandbox.company.update(
                "Customer",
                {"Id": "9", "SyncToken": "0", "sparse": True, "DisplayName": record["DisplayName"]},
            )
            await asyncio.sleep(5)
            assert receiver.got == []

    virtual_time.run(story())


def test_the_classic_form_is_one_switch_away() -> None:
    """Reference 9.2: an object with a notification for each company; the verbs have other names."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            sandbox.announcer.form = webhooks.Form.CLASSIC
            made = sandbox.company.create("Invoice", invoice("3"))
            sandbox.company.void("Invoice", {"Id": made["Id"], "SyncToken": made["SyncToken"]})
            sandbox.company.merge("3", "4")
            await asyncio.sleep(2)
            ((headers, body),) = receiver.got
            assert headers["intuit-signature"] == webhooks.signature(sandbox.verifier, body)
            assert headers["content-type"] == "application/json; charset=utf-8"
            (notification,) = msgspec.json.decode(body)["eventNotifications"]
            assert notification["realmId"] == sandbox.realm_id
            changes = notification["dataChangeEvent"]["entities"]
            assert changes[0] == {
                "name": "Invoice",
                "id": made["Id"],
                "operation": "Create",
                "lastUpdated": "2026-03-02T15:00:00.000Z",
            }
            assert ("Invoice", "Void") in [(one["name"], one["operation"]) for one in changes]
            assert [one for one in changes if one["operation"] == "Merge"] == [
                {
                    "name": "Customer",
                    "id": "3",
                    "operation": "Merge",
                    "lastUpdated": "2026-03-02T15:00:00.000Z",
                    "deletedId": "4",
                }
            ]

    virtual_time.run(story())


def test_events_of_several_companies_are_mixed_or_kept_apart_by_form() -> None:
    """Reference 9.2: one array holds all realms; the classic form has a notification for each."""
    events = [
        Event(realm, "Customer", key, "created", NOON) for realm, key in (("1", "5"), ("2", "6"), ("1", "7"))
    ]
    ids = Ids(1)

    assert [webhooks.cloud_event(one, ids)["intuitaccountid"] for one in events] == ["1", "2", "1"]
    notifications = webhooks.classic(events)["eventNotifications"]
    apart = webhooks._bunches(events, apart=True)
    assert [[one.entity_id for one in bunch] for bunch in apart] == [["5", "7"], ["6"]]
    assert [
        (one["realmId"], [change["id"] for change in one["dataChangeEvent"]["entities"]])
        for one in notifications
    ] == [("1", ["5", "7"]), ("2", ["6"])]


def test_a_sent_document_is_announced_as_emailed() -> None:
    """Reference 5.6 and 9.3."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            made = sandbox.company.create("Invoice", {**invoice(), "BillEmail": {"Address": "a@example.com"}})
            mailing.send(sandbox.company, "Invoice", made["Id"], "")
            await asyncio.sleep(2)
            assert "qbo.invoice.emailed.v1" in [event["type"] for event in receiver.events()]

    virtual_time.run(story())


def test_each_endpoint_gets_the_entities_it_wants_on_a_stream_of_its_own() -> None:
    """One that refuses holds back nobody else."""

    async def story() -> None:
        receiver, busy = Receiver(), Receiver(refusals=99)
        async with connected(receiver) as sandbox:
            transport = InProcess({"http://product.test": receiver, "http://busy.test": busy})
            async with httpx.AsyncClient(transport=transport) as carrier:
                sandbox.postman._client = carrier
                sandbox.announcer.endpoints = (
                    webhooks.Endpoint("http://busy.test/"),
                    webhooks.Endpoint(HOOK, frozenset({"Invoice"})),
                )
                for _ in range(2):
                    sandbox.company.create("Invoice", invoice())
                    await asyncio.sleep(3)
                assert [event["type"] for event in receiver.events()] == ["qbo.invoice.created.v1"] * 2
                assert len(busy.got) == 1
                assert len(msgspec.json.decode(busy.got[0][1])) == 2

    virtual_time.run(story())


def test_the_post_can_be_late_double_lossy_and_out_of_order() -> None:
    """Reference 9.5; the schedule of retries can be compressed."""

    async def story() -> None:
        receiver = Receiver(refusals=1)
        async with connected(receiver) as sandbox:
            post = sandbox.postman.settings
            post.time_scale, post.duplicates, post.delay_seconds = 0.01, 2, 100
            sandbox.company.create("Customer", {"DisplayName": "One"})
            await asyncio.sleep(60)
            assert receiver.got == []
            await asyncio.sleep(60)
            assert len({body for _, body in receiver.got}) == 1
            assert len(receiver.got) == 4  # refused, repeated after a tenth of a second, and two copies

            receiver.got.clear()
            receiver.refusals, post.duplicates, post.reorder = 0, 0, True
            for number in range(30):
                sandbox.company.create("Customer", {"DisplayName": f"Many {number}"})
                await asyncio.sleep(2)
            await asyncio.sleep(200)
            ids = [int(event["intuitentityid"]) for event in receiver.events()]
            assert len(ids) == 30 and ids != sorted(ids)

            receiver.got.clear()
            post.loss_rate = 1.0
            sandbox.company.create("Customer", {"DisplayName": "Lost"})
            await asyncio.sleep(300)
            assert receiver.got == []
            assert sandbox.postman.deliveries()[-1].state == "lost"

    virtual_time.run(story())


@pytest.mark.skipif(
    not TYPES.exists(), reason="Intuit's event types are not beside the repository (../shared)"
)
def test_every_event_is_one_of_intuits() -> None:
    """Entity and verbs are those of the list, and nothing is missing of the entities that there are."""
    known = json.loads(TYPES.read_text())["events"]

    for entity, verbs in ANNOUNCED.items():
        assert set(verbs) == set(known[entity]["verbs"]), entity
        assert known[entity]["entity"] == entity.lower()


@pytest.mark.parametrize(
    ("style", "verb", "members"),
    [
        (
            {},
            "created",
            {"type": "qbo.invoice.created.v1", "data": {}, "datacontenttype": "application/json"},
        ),
        ({"void_verb": "voided"}, "void", {"type": "qbo.invoice.voided.v1"}),
        ({"data": "absent"}, "updated", {"data": None, "datacontenttype": None}),
        ({"data": "absent"}, "merged", {"data": {"deletedid": "9"}}),
        ({"merged_member": "deletedId"}, "merged", {"data": {"deletedId": "9"}}),
    ],
)
def test_events_can_be_written_in_intuits_other_ways(
    style: dict[str, Any], verb: str, members: dict[str, Any]
) -> None:
    """Reference 19, no. 14 and 23."""
    event = Event("1", "Invoice", "5", verb, NOON, "9" if verb == "merged" else None)
    written = webhooks.cloud_event(event, Ids(1), webhooks.Style(**style))
    assert {name: written.get(name) for name in members} == members


def test_the_id_of_an_event_is_opaque() -> None:
    """Reference 9.2 and 19, no. 24: with entity and id behind the UUID by default, a plain UUID as an option."""
    event = Event("1", "Invoice", "5", "created", NOON)
    assert webhooks.cloud_event(event, Ids(1))["id"].endswith("-Invoice-5")
    assert len(webhooks.cloud_event(event, Ids(1), webhooks.Style(event_id="uuid"))["id"]) == 36


@pytest.mark.parametrize(
    ("retries", "waits", "count"),
    [("at-once-first", (0.1, 10, 20), 4), ("before-2025", (1200, 1800, 3000), 4)],
)
def test_other_schedules_of_retries(retries: str, waits: tuple[float, ...], count: int) -> None:
    """Reference 9.5: an immediate retry in front (2025), or 20, 30 and 50 minutes and then no more (before)."""

    async def story() -> None:
        receiver = Receiver(refusals=99)
        async with connected(receiver) as sandbox:
            subscriptions.change(sandbox.announcer, {"style": {"retries": retries}})
            sandbox.company.create("Customer", {"DisplayName": "Fresh"})
            await asyncio.sleep(1.05)
            for wait in waits:
                await asyncio.sleep(wait + 0.01)
            assert len(receiver.got) == count
            await asyncio.sleep(90_000)
            given_up = retries == "before-2025"
            assert (len(receiver.got) == count) is given_up
            assert sandbox.postman.deliveries()[0].state == ("given up" if given_up else "waiting")

    virtual_time.run(story())


def test_a_delivery_may_call_itself_cloudevents() -> None:
    """Reference 9.2: possibly application/cloudevents+json."""

    async def story() -> None:
        receiver = Receiver()
        async with connected(receiver) as sandbox:
            subscriptions.change(
                sandbox.announcer, {"style": {"content_type": "application/cloudevents+json"}}
            )
            sandbox.company.create("Customer", {"DisplayName": "Fresh"})
            await asyncio.sleep(2)
            assert receiver.got[0][0]["content-type"] == "application/cloudevents+json"

    virtual_time.run(story())
