"""The doors for webhooks: what is kept, what is refused, and what the sender is told (R70)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import structlog

from counterfoil.store import arrivals, connections, history, records, work
from counterfoil.sync.facts import Kind, RecordRef

from .conftest import HOME, Town

ORDER = {"type": "OrderCreate", "_id": "o1", "webhookId": "d1"}


def customer_event(town: Town, number: str = "e1") -> list[dict[str, Any]]:
    """One CloudEvent about a customer."""
    return [
        {
            "specversion": "1.0",
            "id": number,
            "source": "intuit.test",
            "type": "qbo.customer.created.v1",
            "time": "2026-03-02T15:00:00Z",
            "intuitentityid": "58",
            "intuitaccountid": town.quickbooks.realm_id,
        }
    ]


async def running(town: Town) -> connections.Connection:
    """A connection that runs, with both sides."""
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        await town.press(browser, f"/connections/{connection.uuid}/start")
    return await town.again(connection)


async def counts(town: Town, connection: connections.Connection) -> dict[str, int]:
    return await town.database.read(lambda tx: records.counts(tx, connection.id))


async def kept(town: Town, connection: connections.Connection) -> list[str]:
    found = await town.database.read(lambda tx: arrivals.recent(tx, connection=connection.id, limit=9))
    return [each.event for each in found]


async def came_in(
    town: Town, connection: connections.Connection
) -> list[tuple[RecordRef | None, dict[str, str]]]:
    """What the history tells of deliveries (R74)."""
    found = await town.database.read(lambda tx: history.recent(tx, connection.id, 9, only=("arrived",)))
    return [(each.record, each.detail) for each in found]


@pytest.mark.parametrize("path", ["/webhooks/highlevel", "/webhooks/highlevel/OrderCreate"])
async def test_R70_a_genuine_delivery_of_the_crm_is_kept_and_its_record_marked(town: Town, path: str) -> None:
    """One row, one record to look at, and the connection is woken."""
    connection = await running(town)
    body, headers = town.crm_delivery(ORDER)
    async with town.browser() as sender:
        answer = await sender.post(path, content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (200, {})
    assert await kept(town, connection) == ["OrderCreate"]
    assert await counts(town, connection) == {"dirty": 1}
    assert await came_in(town, connection) == [(RecordRef(Kind.ORDER, "o1"), {"event": "OrderCreate"})]
    assert connection.id in await town.database.read(lambda tx: work.wanted(tx, at=town.clock.now()))


async def test_R70_a_genuine_delivery_of_quickbooks_is_kept_and_its_record_marked(town: Town) -> None:
    """The same for an event about a customer."""
    connection = await running(town)
    body, headers = town.quickbooks_delivery(customer_event(town))
    async with town.browser() as sender:
        answer = await sender.post("/webhooks/quickbooks", content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (200, {})
    assert await kept(town, connection) == ["Customer.created"]
    assert await counts(town, connection) == {"dirty": 1}
    assert await came_in(town, connection) == [
        (RecordRef(Kind.CUSTOMER, "58"), {"event": "Customer created"})
    ]


async def test_R70_a_delivery_that_comes_twice_is_kept_once(town: Town) -> None:
    """The sender is told 200 both times, or it would never stop."""
    connection = await running(town)
    body, headers = town.crm_delivery(ORDER)
    async with town.browser() as sender:
        answers = [await sender.post("/webhooks/highlevel", content=body, headers=headers) for _ in "ab"]

    assert [each.status_code for each in answers] == [200, 200]
    assert await kept(town, connection) == ["OrderCreate"]
    record = await town.database.read(lambda tx: records.get(tx, connection.id, RecordRef(Kind.ORDER, "o1")))
    assert record is not None
    assert record.version == 1


@pytest.mark.parametrize("source", ["highlevel", "quickbooks"])
@pytest.mark.parametrize("wrong", ["unsigned", "tampered", "nonsense"])
async def test_R70_a_forged_delivery_is_refused_and_leaves_only_a_count(
    town: Town, source: str, wrong: str
) -> None:
    """401, nothing kept, nothing marked; only the counter knows."""
    connection = await running(town)
    if source == "highlevel":
        body, headers = town.crm_delivery(ORDER)
    else:
        body, headers = town.quickbooks_delivery(customer_event(town))
    name = next(each for each in headers if each.lower().endswith("signature"))
    if wrong == "unsigned":
        del headers[name]
    elif wrong == "tampered":
        body += b" "
    else:
        headers[name] = "%%%"
    async with town.browser() as sender:
        answer = await sender.post(f"/webhooks/{source}", content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (401, {})
    assert await kept(town, connection) == []
    assert await counts(town, connection) == {}
    assert await town.database.read(lambda tx: arrivals.refused(tx, source=source)) == 1


@pytest.mark.parametrize("source", ["highlevel", "quickbooks"])
async def test_a_delivery_that_cannot_be_understood_is_not_asked_for_again(town: Town, source: str) -> None:
    """It is genuine, but sending it again would not mend it."""
    if source == "highlevel":
        body, headers = town.crm_delivery({"type": "OrderCreate"})
    else:
        body, headers = town.quickbooks_delivery("hello")
    async with town.browser() as sender:
        with structlog.testing.capture_logs() as lines:
            answer = await sender.post(f"/webhooks/{source}", content=body, headers=headers)

    assert answer.status_code == 200
    assert lines == [{"event": "webhook.unreadable", "source": source, "log_level": "warning"}]
    assert await town.database.read(lambda tx: arrivals.refused(tx, source=source)) == 0


async def test_a_delivery_for_a_crm_that_there_is_not_is_not_found(town: Town) -> None:
    """404, and no counter."""
    async with town.browser() as sender:
        answer = await sender.post("/webhooks/nobody", content=b"{}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/webhooks/highlevel", "/webhooks/quickbooks"])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_delivery_of_more_than_two_megabytes_is_too_large(
    town: Town, path: str, announced: bool
) -> None:
    """Whether or not the sender says so beforehand."""
    body = b"x" * 2_000_001
    headers = {"Content-Length": str(len(body))} if announced else {}
    request = httpx.Request("POST", f"{HOME}{path}", content=body, headers=headers)
    if not announced:
        del request.headers["Content-Length"]
    async with town.browser() as sender:
        answer = await sender.send(request)

    assert answer.status_code == 413


@pytest.mark.parametrize("source", ["highlevel", "quickbooks"])
async def test_R70_a_delivery_that_could_not_be_kept_is_asked_for_again(town: Town, source: str) -> None:
    """503 and when to come back, while the database is in trouble; the repetition is kept."""
    connection = await running(town)
    if source == "highlevel":
        body, headers = town.crm_delivery(ORDER)
    else:
        body, headers = town.quickbooks_delivery(customer_event(town))
    async with town.browser() as sender:
        await town.rename("arrivals", "elsewhere")
        refused = await sender.post(f"/webhooks/{source}", content=body, headers=headers)
        await town.rename("elsewhere", "arrivals")
        nothing = await kept(town, connection)
        repeated = await sender.post(f"/webhooks/{source}", content=body, headers=headers)

    assert (refused.status_code, refused.json()) == (503, {})
    assert int(refused.headers["retry-after"]) > 0
    assert nothing == []
    assert repeated.status_code == 200
    assert len(await kept(town, connection)) == 1
