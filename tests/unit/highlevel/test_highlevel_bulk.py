"""Whole reads over answers that the stand-in never gives."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from counterfoil import errors
from counterfoil.crm.highlevel import answers

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SEARCH = "POST /contacts/search"


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Index:
    """A contact search over contacts that were added at these seconds; `tells_total` as most searches do."""

    def __init__(self, seconds: list[float], *, tells_total: bool = True, odd: str = "") -> None:
        self.rows = sorted((iso(BEGIN + timedelta(seconds=at)), f"c{n:05}") for n, at in enumerate(seconds))
        self.tells_total = tells_total
        self.odd = odd

    def __call__(self, request: httpx.Request) -> dict[str, Any]:
        body = json.loads(request.content)
        bounds: dict[str, str] = {}
        for group in body.get("filters", []):
            for test in group["filters"]:
                bounds |= test["value"]
        found = [row for row in self.rows if bounds.get("gt", "") < row[0] <= bounds.get("lte", "9999-12-31")]
        total = len(found)
        if body["sort"][0]["direction"] == "desc":
            found = found[::-1]
        if "searchAfter" in body:
            found = [row for row in found if row > tuple(body["searchAfter"])]
        listed = [
            {"id": id, "dateAdded": "?" if id == self.odd else added, "searchAfter": [added, id]}
            for added, id in found[: body["pageLimit"]]
        ]
        return {"contacts": listed} | ({"total": total} if self.tells_total else {})


async def everybody(bench) -> list[str]:
    return sorted([contact.id async for portion in bench.crm.all_contacts() for contact in portion])


@pytest.mark.parametrize("tells_total", [True, False])
@pytest.mark.parametrize(
    "seconds",
    [
        [n * 60.0 for n in range(2600)],
        [0.0] * 2600,
        [0.0] * 1300 + [86_400.0 * 30] * 1300,
        [n * 0.001 for n in range(2600)],
        [0.0] + [86_400.0 * 365 + n for n in range(2600)],
    ],
    ids=["even", "one moment", "two moments", "within seconds", "late"],
)
async def test_R73_however_contacts_lie_in_time_each_is_read_once(bench, seconds, tells_total) -> None:
    """Spans of time are cut in the middle; where all came in one moment, the cursor alone leads on."""
    index = Index(seconds, tells_total=tells_total)
    bench.script.on(SEARCH, index)

    found = await everybody(bench)

    assert found == sorted(id for _, id in index.rows)
    assert len(bench.script.requests) <= 1 + 2 * len(seconds) // answers.CONTACTS_PAGE + 20


@pytest.mark.parametrize("odd", ["c01299", "c00499", "c00000"])
async def test_a_contact_with_an_odd_date_hides_no_other(bench, odd) -> None:
    """Neither the youngest, by which the time is cut, nor the last of a page."""
    index = Index([n * 60.0 for n in range(1300)], odd=odd)
    bench.script.on(SEARCH, index)

    assert await everybody(bench) == sorted(id for _, id in index.rows)


async def test_an_empty_location_costs_one_call(bench) -> None:
    bench.script.on(SEARCH, Index([]))

    assert await everybody(bench) == []
    assert len(bench.script.requests) == 1


@pytest.mark.parametrize("tells_total", [True, False])
async def test_invoices_issued_while_they_are_read_are_found_too(bench, tells_total) -> None:
    """They come at the end; the last page sees that there are more."""
    rows = list(range(250))

    def answer(request: httpx.Request) -> dict[str, Any]:
        offset = int(request.url.params["offset"])
        page = rows[offset : offset + int(request.url.params["limit"])]
        if offset and len(rows) < 400:
            rows.extend(range(len(rows), 400))
        listed = [
            {
                "_id": f"i{number:03}",
                "status": "sent",
                "currency": "USD",
                "total": 1,
                "issueDate": "2026-03-01T05:00:00.000Z",
                "createdAt": "2026-03-01T05:00:00.000Z",
                "invoiceItems": [],
            }
            for number in page
        ]
        return {"invoices": listed} | ({"total": len(rows)} if tells_total else {})

    bench.script.on("GET /invoices/", answer)

    found = [invoice.id async for portion in bench.crm.all_invoices() for invoice in portion]

    assert sorted(found) == [f"i{number:03}" for number in range(400)]


async def test_listings_stop_at_the_reserve_of_the_day(bench) -> None:
    """What is left of the day belongs to single records (reference 3.1)."""
    bench.quota.day.learn(limit=10_000, remaining=400)

    with pytest.raises(errors.TryLater):
        await everybody(bench)


async def test_who_stops_listening_leaves_no_request_behind(bench) -> None:
    """Closing the stream cancels what is under way and starts nothing more."""
    bench.script.on(SEARCH, Index([n * 60.0 for n in range(5000)]))
    async with aclosing(bench.crm.all_contacts()) as portions:
        async for portion in portions:
            if portion:
                break
    asked = len(bench.script.requests)

    await asyncio.sleep(0)

    assert len(bench.script.requests) == asked < 5000 / answers.CONTACTS_PAGE
    assert bench.quota.window.in_flight == 0
