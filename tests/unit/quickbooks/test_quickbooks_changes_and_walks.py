"""The change feed and the walk through all objects of a kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from counterfoil import errors
from counterfoil.quickbooks.api import changes, query

from .conftest import TIME, Bench

SINCE = datetime(2026, 3, 4, 16, 55, tzinfo=UTC)


def told(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"CDCResponse": [{"QueryResponse": list(groups)}], "time": TIME}


def row(number: int, *, second: int | None = None) -> dict[str, Any]:
    at = datetime(2026, 3, 4, 17, 0, tzinfo=UTC) + timedelta(seconds=number if second is None else second)
    stamp = at.isoformat()
    return {"Id": str(number), "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}}


def page(entity: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"QueryResponse": {entity: rows} if rows else {}, "time": TIME}


async def test_changes_tell_objects_deletions_and_the_servers_time(bench: Bench) -> None:
    """One request tells of all kinds; the next window starts by QuickBooks' clock."""
    stub = {"domain": "QBO", "status": "Deleted", "Id": "379", "MetaData": {}}
    bench.script.will(
        told(
            {"Customer": [{"Id": "58", "SyncToken": "3"}], "startPosition": 1, "maxResults": 1},
            {"Invoice": [{"Id": "412"}, stub], "startPosition": 1, "maxResults": 2, "totalCount": 2},
            {},
        )
    )

    found = await changes.changes(bench.client, ("Customer", "Invoice", "Payment"), SINCE)

    assert bench.last.url.params["entities"] == "Customer,Invoice,Payment"
    assert bench.last.url.params["changedSince"] == "2026-03-04T16:55:00.000Z"
    assert {entity: [one.object.id for one in rows] for entity, rows in found.objects.items()} == {
        "Customer": ["58"],
        "Invoice": ["412"],
    }
    assert {entity: ids for entity, ids in found.deleted.items() if ids} == {"Invoice": ("379",)}
    assert found.server_time == datetime(2026, 3, 4, 17, 0, 0, 187_000, tzinfo=UTC)
    assert found.seen_until == found.server_time
    assert not found.truncated
    assert [one.metered for one in bench.exchanges] == [1]


async def test_a_full_answer_is_asked_again_kind_by_kind(bench: Bench) -> None:
    """A thousand objects mean that some may be missing."""
    bench.script.will(
        told({"Customer": [row(n) for n in range(1, 999)]}, {"Invoice": [row(1), row(2)]}),
        told({"Customer": [row(n) for n in range(1, 999)]}),
        told({"Invoice": [row(n) for n in range(1, 6)]}),
    )

    found = await changes.changes(bench.client, ("Customer", "Invoice"), SINCE)

    assert len(found.objects["Customer"]) == 998
    assert len(found.objects["Invoice"]) == 5
    assert not found.truncated


@pytest.mark.parametrize(("entity", "truncated"), [("Customer", False), ("Invoice", True)])
async def test_R70_a_kind_that_is_still_full_is_completed_by_queries(
    bench: Bench, entity: str, truncated: bool
) -> None:
    """No live object is missed; deletions of documents may be, and that is said. Lists are never deleted from."""
    bench.script.will(
        told({entity: [row(n) for n in range(1, 1001)]}),
        page(entity, [row(n) for n in range(1, 1001)]),
        page(entity, [row(n) for n in range(1000, 1203)]),
    )

    found = await changes.changes(bench.client, (entity,), SINCE)

    assert [one.object.id for one in found.objects[entity]] == [str(n) for n in range(1, 1203)]
    assert found.truncated is truncated
    asked = bench.last.url.params["query"]
    assert "MetaData.LastUpdatedTime >= '2026-03-04T17:16:40.000Z'" in asked
    assert ("Active IN (true, false)" in asked) is (entity == "Customer")


async def test_a_fault_inside_the_feed_is_a_fault(bench: Bench) -> None:
    """It may come with status 200."""
    fault = {"Error": [{"Message": "m", "Detail": "older than fixed days", "code": "500"}], "type": "x"}
    bench.script.will({"CDCResponse": [{"Fault": fault}], "time": TIME})

    with pytest.raises(errors.Refused) as refused:
        await changes.changes(bench.client, ("Customer",), SINCE)

    assert refused.value.code == "500"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"CDCResponse": [], "time": "noon"},
        {"CDCResponse": [{"QueryResponse": {}}], "time": TIME},
        {"CDCResponse": [{"QueryResponse": [{"Customer": [{}]}]}], "time": TIME},
        {"CDCResponse": [{"QueryResponse": [{"Customer": 5}]}], "time": TIME},
        {"CDCResponse": None, "time": TIME},
    ],
)
async def test_a_feed_that_cannot_be_understood_is_asked_again(bench: Bench, body: dict[str, Any]) -> None:
    """Nothing may be concluded from half an answer."""
    bench.script.will(body)

    with pytest.raises(errors.TryLater):
        await changes.changes(bench.client, ("Customer",), SINCE)


async def test_changes_of_nothing_are_a_mistake(bench: Bench) -> None:
    """QuickBooks would refuse the request."""
    with pytest.raises(ValueError, match="which entities"):
        await changes.changes(bench.client, (), SINCE)


class Shelf:
    """Objects of one kind, answering walks as QuickBooks does: sorted, by position, over a living set."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.asked: list[str] = []
        self.between: Callable[[Shelf], None] = lambda shelf: None

    def __call__(self, request: httpx.Request) -> dict[str, Any]:
        statement = request.url.params["query"]
        self.asked.append(statement)
        since = statement.partition("Time >= '")[2].partition("'")[0]
        start = int(statement.partition("STARTPOSITION ")[2].partition(" ")[0])
        least = datetime.fromisoformat(since) if since else datetime.min.replace(tzinfo=UTC)
        found = sorted(
            (one for one in self.rows if datetime.fromisoformat(one["MetaData"]["CreateTime"]) >= least),
            key=lambda one: one["MetaData"]["CreateTime"],
        )
        answer = page("Customer", found[start - 1 : start + 999])
        self.between(self)
        return answer


async def walked(bench: Bench) -> list[list[str]]:
    return [[one.object.id or "" for one in rows] async for rows in query.all_of(bench.client, "Customer")]


async def test_all_objects_come_once_in_pages(bench: Bench) -> None:
    """The inactive ones too; a page that is not full is the last."""
    shelf = Shelf([row(n) for n in range(1, 2206)])
    bench.script.will(shelf)

    pages = await walked(bench)

    assert [number for rows in pages for number in rows] == [str(n) for n in range(1, 2206)]
    assert len(shelf.asked) == 3
    assert all("WHERE" in asked and "Active IN (true, false)" in asked for asked in shelf.asked)


async def test_nothing_gives_no_page(bench: Bench) -> None:
    """An empty company."""
    bench.script.will(Shelf([]))

    assert await walked(bench) == []


async def test_more_than_a_page_of_one_second_is_walked_by_position(bench: Bench) -> None:
    """An import makes thousands of customers in the same second."""
    bench.script.will(Shelf([row(n, second=7) for n in range(1, 2501)]))

    assert sorted(int(number) for rows in await walked(bench) for number in rows) == list(range(1, 2501))


async def test_objects_that_tell_no_time_are_walked_by_position(bench: Bench) -> None:
    """Then there is nothing else to go by."""
    bench.script.will(
        page("Customer", [{"Id": str(n)} for n in range(1, 1001)]),
        page("Customer", [{"Id": str(n)} for n in range(1001, 1003)]),
    )

    assert sum(len(rows) for rows in await walked(bench)) == 1002
    assert "STARTPOSITION 1001" in bench.last.url.params["query"]


async def test_an_object_that_vanishes_hides_no_other(bench: Bench) -> None:
    """Positions shift when something before them goes."""
    shelf = Shelf([row(n) for n in range(1, 1501)])
    shelf.between = lambda shelf: shelf.rows.pop(0) and None
    bench.script.will(shelf)

    assert {number for rows in await walked(bench) for number in rows} == {str(n) for n in range(1, 1501)}


async def test_documents_are_walked_without_a_word_about_active(bench: Bench) -> None:
    """They have no such member, and QuickBooks would refuse the query."""
    bench.script.will(page("Invoice", [row(1)]))

    found = [rows async for rows in query.all_of(bench.client, "Invoice")]

    assert len(found) == 1
    assert "Active" not in bench.last.url.params["query"]
