"""The operator's REST API."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import httpx
import pytest

from counterfoil.store import attention, connections, history, links, progress, records, usage, work
from counterfoil.store.database import Tx
from counterfoil.sync import plan
from counterfoil.sync.facts import Kind, Origin, RecordRef
from counterfoil.sync.reasons import Because

from .conftest import OPERATOR, Town

INVOICE = RecordRef(Kind.INVOICE, "i1")
PATHS = [
    "/api/v1/connections",
    "/api/v1/connections/{uuid}",
    "/api/v1/connections/{uuid}/links",
    "/api/v1/connections/{uuid}/attention",
    "/api/v1/connections/{uuid}/history",
    "/api/v1/connections/{uuid}/choices",
    "/api/v1/schedule",
]


def operator(town: Town, token: str = OPERATOR) -> httpx.AsyncClient:
    """An operator's program."""
    client = town.browser()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


async def connected(town: Town) -> connections.Connection:
    """A connection of both sides."""
    async with town.browser() as browser:
        return await town.both_sides(browser)


async def in_trouble(town: Town, connection: connections.Connection) -> None:
    """An invoice that needs a person, and one that is in step."""
    at = town.clock.now()
    details = [("Total in the CRM", "10.00 USD"), ("Total in QuickBooks", "10.01 USD")]

    def change(tx: Tx) -> None:
        records.mark(tx, connection.id, [INVOICE, RecordRef(Kind.INVOICE, "i2")], at=at)
        for each in records.due(tx, connection.id, at=at, limit=9):
            if each.id == INVOICE.id:
                records.asking(tx, each)
            else:
                records.clean(tx, each)
        attention.open(tx, connection.id, INVOICE, because=Because.TOTALS_DIFFER, details=details, at=at)
        history.tell(tx, connection.id, INVOICE, what="asked", at=at, because=Because.TOTALS_DIFFER)
        history.tell(tx, connection.id, None, what="checked", at=at, detail={"Records": "2"})

    await town.database.transact(change)


@pytest.mark.parametrize(
    "shown", [None, "", "Bearer", "Bearer wrong", "Bearer operator-toke", f"Basic {OPERATOR}", "Bearer é"]
)
async def test_the_api_wants_the_operators_token(town: Town, shown: str | None) -> None:
    """401 as problem details, and which scheme is meant."""
    headers = {} if shown is None else {"Authorization": shown.encode()}
    async with town.browser() as client:
        answers = [await client.get(path.format(uuid=uuid4()), headers=headers) for path in PATHS]

    for answer in answers:
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["title"] == "Unauthorized"
        assert answer.json()["status"] == 401


async def test_without_a_token_in_the_settings_there_is_no_api(town: Town) -> None:
    """Switched off means that nobody gets in, with an empty token neither."""
    town.switch_api_off()
    async with operator(town, token="") as client:
        answers = [await client.get(path.format(uuid=uuid4())) for path in PATHS]
        healthy = await client.get("/api/v1/health")

    assert [each.status_code for each in answers] == [404] * len(PATHS)
    assert healthy.status_code == 200


async def test_health_needs_no_token_and_reads_the_database(town: Town) -> None:
    """200 while the database can be read, 503 as soon as it cannot."""
    async with town.browser() as client:
        well = await client.get("/api/v1/health")
        await town.rename("connection_work", "elsewhere")
        unwell = await client.get("/api/v1/health")

    assert (well.status_code, well.json()) == (200, {"status": "ok"})
    assert unwell.status_code == 503
    assert unwell.headers["content-type"] == "application/problem+json"


async def test_a_connection_is_shown_with_both_sides_and_its_counts(town: Town) -> None:
    """The list and the single view say the same."""
    connection = await connected(town)
    await in_trouble(town, connection)
    at = town.clock.now()

    def change(tx: Tx) -> None:
        for kind, calls in {"read": 5, "write": 3, "metered": 2}.items():
            usage.count(tx, connection.id, bank="crm", kind=kind, day=date(2026, 3, 2), calls=calls)
        progress.begin(tx, connection.id, "contacts", total=40, at=at)
        progress.advance(tx, connection.id, "contacts", cursor="Customer:31", done=30)

    await town.database.transact(change)
    async with operator(town) as client:
        (listed,) = (await client.get("/api/v1/connections")).json()["connections"]
        shown = (await client.get(f"/api/v1/connections/{connection.uuid}")).json()

    assert listed == shown
    assert shown["uuid"] == connection.uuid
    assert shown["crm"] == "highlevel"
    assert shown["account"] == {
        "id": connection.account_id,
        "name": connection.account_name,
        "time_zone": connection.account_zone,
        "country": connection.account_country,
    }
    assert shown["company"] == {
        "realm_id": town.quickbooks.realm_id,
        "name": connection.company_name,
        "country": "US",
        "currency": "USD",
    }
    assert (shown["state"], shown["state_reason"]) == ("ready", "")
    assert datetime.fromisoformat(shown["created_at"]) == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert shown["connected_at"] is None
    assert shown["records"] == {"asking": 1, "clean": 1}
    assert shown["attention"] == 1
    # Five here, and one when the account was connected.
    assert shown["usage"]["crm"] == {"metered": 2, "read": 6, "write": 3}
    assert shown["usage"]["quickbooks"]["read"] > 0
    (job,) = shown["jobs"]
    assert (job["name"], job["done"], job["total"], job["finished_at"]) == ("contacts", 30, 40, None)


async def test_a_connection_without_a_company_says_so(town: Town) -> None:
    """Null, not a company full of empty words."""
    async with town.browser() as browser:
        await town.logged_in(browser)
    async with operator(town) as client:
        (shown,) = (await client.get("/api/v1/connections")).json()["connections"]

    assert (shown["state"], shown["company"]) == ("new", None)


@pytest.mark.parametrize("uuid", ["2f6d1c1e-7a55-4b1e-9a38-3c1d0a5b7e90", "7", "not-a-uuid"])
async def test_a_connection_that_there_is_not_is_not_found(town: Town, uuid: str) -> None:
    """404 as problem details, for a made-up id and for something that is no id at all."""
    async with operator(town) as client:
        paths = [path for path in PATHS if "{uuid}" in path]
        answers = [await client.get(path.format(uuid=uuid)) for path in paths]

    for answer in answers:
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_links_are_listed(town: Town) -> None:
    """Both ids, what the object is, and where it was born."""
    connection = await connected(town)
    pair = plan.Pair(crm_kind="contact", crm_id="c1", entity="Customer", origin=Origin.CRM)
    await town.database.transact(
        lambda tx: links.put(tx, connection.id, pair, crm_id="c1", entity_id="58", at=town.clock.now())
    )
    async with operator(town) as client:
        answer = await client.get(f"/api/v1/connections/{connection.uuid}/links")

    assert answer.json()["links"] == [
        {
            "crm_kind": "contact",
            "crm_id": "c1",
            "entity": "Customer",
            "entity_id": "58",
            "origin": "crm",
        }
    ]


async def test_R72_attention_is_listed_with_its_rule_and_a_sentence(town: Town) -> None:
    """What a person needs to decide, in a bookkeeper's words."""
    connection = await connected(town)
    await in_trouble(town, connection)
    async with operator(town) as client:
        answer = await client.get(f"/api/v1/connections/{connection.uuid}/attention")

    (item,) = answer.json()["attention"]
    assert item["record"] == {"kind": "invoice", "id": "i1"}
    assert item["because"] == {
        "name": "TOTALS_DIFFER",
        "rule": "R37",
        "sentence": Because.TOTALS_DIFFER.sentence,
    }
    assert item["details"][0] == ["Total in the CRM", "10.00 USD"]


async def test_R74_history_is_listed_newest_first_and_for_one_record(town: Town) -> None:
    """The whole connection, the last line only, and one record."""
    connection = await connected(town)
    await in_trouble(town, connection)
    path = f"/api/v1/connections/{connection.uuid}/history"
    async with operator(town) as client:
        everything = (await client.get(path)).json()["history"]
        last = (await client.get(path, params={"limit": 1})).json()["history"]
        record = (await client.get(path, params={"record": "invoice/i1"})).json()["history"]

    assert [each["what"] for each in everything] == ["checked", "asked"]
    assert last == everything[:1]
    assert record == everything[1:]
    assert everything[0]["record"] is None
    assert record[0]["because"]["rule"] == "R37"


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"record": "invoice"}, {"record": "cat/1"}]
)
async def test_a_question_that_makes_no_sense_is_refused_with_words(
    town: Town, query: dict[str, str]
) -> None:
    """400 as problem details."""
    connection = await connected(town)
    async with operator(town) as client:
        answer = await client.get(f"/api/v1/connections/{connection.uuid}/history", params=query)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 20


async def test_R72_retry_looks_again_at_what_rests_in_trouble(town: Town) -> None:
    """Marked and woken, once; what is in step is left alone."""
    connection = await connected(town)
    await in_trouble(town, connection)
    async with operator(town) as client:
        answer = await client.post(f"/api/v1/connections/{connection.uuid}/retry")
        again = await client.post(f"/api/v1/connections/{connection.uuid}/retry")

    assert (answer.status_code, answer.json()) == (200, {"records": 1})
    assert again.json() == {"records": 0}
    assert await town.database.read(lambda tx: records.counts(tx, connection.id)) == {
        "clean": 1,
        "dirty": 1,
    }
    assert connection.id in await town.database.read(lambda tx: work.wanted(tx, at=town.clock.now()))


@pytest.mark.parametrize("button", ["retry", "records/invoice/i1/retry"])
async def test_R72_try_again_on_the_page_does_the_same(town: Town, button: str) -> None:
    """For everything and for one record."""
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        await in_trouble(town, connection)
        answer = await town.press(browser, f"/connections/{connection.uuid}/{button}")

    assert answer.status_code == 303
    record = await town.database.read(lambda tx: records.get(tx, connection.id, INVOICE))
    assert record is not None
    assert record.state == "dirty"
    assert connection.id in await town.database.read(lambda tx: work.wanted(tx, at=town.clock.now()))


@pytest.mark.parametrize("record", ["invoice/never-seen", "cat/i1"])
async def test_a_record_that_was_never_looked_at_is_not_found(town: Town, record: str) -> None:
    """An address cannot make the service look at what it has never heard of."""
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        answer = await town.press(browser, f"/connections/{connection.uuid}/records/{record}/retry")

    assert answer.status_code == 404
    assert await town.database.read(lambda tx: records.counts(tx, connection.id)) == {}


async def test_choices_are_shown_and_changed_one_by_one(town: Town) -> None:
    """What is not given stays as it is."""
    connection = await connected(town)
    path = f"/api/v1/connections/{connection.uuid}/choices"
    async with operator(town) as client:
        before = (await client.get(path)).json()
        await client.patch(path, json={"number_prefix": "GHL-", "payment_methods": {"cash": "1"}})
        answer = await client.patch(path, json={"sub_customers": True})
        after = (await client.get(path)).json()

    changed = {"number_prefix": "GHL-", "payment_methods": {"cash": "1"}, "sub_customers": True}
    assert answer.status_code == 200
    assert answer.json() == after == before | changed
    assert (await town.again(connection)).choices.number_prefix == "GHL-"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"prefix": "x"}', "There is no choice called prefix"),
        ('{"number_prefix": 7}', "number_prefix"),
        ('{"payment_methods": {"cash": 1}}', "payment_methods"),
        ('{"sub_customers": "yes", "number_prefix": "A"}', "sub_customers"),
        ("[]", "object"),
        ("{", "truncated"),
    ],
)
async def test_a_choice_that_there_is_not_is_refused_with_words(town: Town, body: str, words: str) -> None:
    """400, and nothing of the request is kept."""
    connection = await connected(town)
    async with operator(town) as client:
        answer = await client.patch(
            f"/api/v1/connections/{connection.uuid}/choices",
            content=body,
            headers={"Content-Type": "application/json"},
        )

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert (await town.again(connection)).choices == connection.choices


async def test_R73_the_schedule_tells_how_it_is_doing(town: Town) -> None:
    """A connection that was woken and not run yet waits, and since when."""
    connection = await connected(town)
    await in_trouble(town, connection)
    async with operator(town) as client:
        await client.post(f"/api/v1/connections/{connection.uuid}/retry")
        town.clock.advance(30)
        answer = await client.get("/api/v1/schedule")

    assert answer.json() == {
        "waiting": 1,
        "running": 0,
        "parked": 0,
        "oldest_wake_seconds": 30.0,
        "late_polls": 0,
    }


async def test_the_api_describes_itself_and_only_itself(town: Town) -> None:
    """OpenAPI 3.1, with the bearer token, without the pages and the webhooks."""
    async with town.browser() as client:
        described = (await client.get("/api/openapi.json")).json()

    assert described["openapi"].startswith("3.1")
    assert {path.partition("/api/v1/")[0] for path in described["paths"]} == {""}
    assert "/api/v1/connections/{connection_uuid}/choices" in described["paths"]
    assert described["components"]["securitySchemes"]["operator"]["scheme"] == "bearer"
    assert "security" not in described["paths"]["/api/v1/health"]["get"]
    assert described["paths"]["/api/v1/schedule"]["get"]["security"] == [{"operator": []}]


async def test_an_unforeseen_error_is_told_without_its_words(town: Town) -> None:
    """500 as problem details; what happened stands in the log only."""
    await town.rename("links", "elsewhere")
    connection = await connected(town)
    async with operator(town) as client:
        answer = await client.get(f"/api/v1/connections/{connection.uuid}/links")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "elsewhere" not in answer.text
    assert "links" not in answer.text
