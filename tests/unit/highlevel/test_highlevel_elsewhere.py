"""HighLevel's own QuickBooks connector is noticed by what it leaves on sales (R7, reference 9.4, 7.5, 16)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

LISTED = "GET /payments/transactions"
TRACE = {"qboSynced": True, "qboResponse": {"domain": "QBO", "Id": "180"}}


def payment(number: int, **members: Any) -> dict[str, Any]:
    """A charge of the day with this number."""
    return {
        "_id": f"t{number}",
        "currency": "USD",
        "amount": 10,
        "status": "succeeded",
        "entityType": "order",
        "entityId": f"o{number}",
        "createdAt": f"2026-03-{number:02}T12:00:00.000Z",
        "fulfilledAt": f"2026-03-{number:02}T12:00:00.000Z",
        **members,
    }


def invoice(number: int, **members: Any) -> dict[str, Any]:
    return {
        "_id": f"i{number}",
        "status": "sent",
        "currency": "USD",
        "issueDate": f"2026-03-{number:02}T05:00:00.000Z",
        "invoiceItems": [],
        "total": 10,
        "createdAt": f"2026-03-{number:02}T13:00:00.000Z",
        **members,
    }


@pytest.fixture
def sold(bench):
    """Scripts a location's latest sales; `traced` are the payments whose detail shows the other connector."""

    def script(
        payments: list[dict[str, Any]], invoices: list[dict[str, Any]] = (), *, traced: tuple[str, ...] = ()
    ) -> None:
        bench.script.on("GET /invoices/", {"invoices": list(invoices), "total": len(invoices)})
        bench.script.on(LISTED, {"data": payments, "totalCount": len(payments)})
        for each in payments:
            more = TRACE if each["_id"] in traced else {"qboSynced": False}
            bench.script.on(f"GET /payments/transactions/{each['_id']}", {**each, **more})

    return script


async def test_R7_where_nobody_else_posts_there_is_no_trace(bench, sold) -> None:
    sold([payment(1), payment(2)], [invoice(3, syncDetails=[])])

    assert await bench.crm.posted_elsewhere() is None


async def test_R7_the_detail_of_a_payment_tells_what_its_listing_does_not(bench, sold) -> None:
    """The youngest trace counts, however the listing is sorted; what is older is not read."""
    sold([payment(1), payment(5), payment(3), payment(9)], traced=("t1", "t3"))

    found = await bench.crm.posted_elsewhere()

    assert found is not None
    assert (found.sale, found.newer) == ("t3", 2)
    assert found.at == datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert "GET /payments/transactions/t1" not in bench.script.asked()


async def test_R7_an_invoice_says_it_in_its_sync_details(bench, sold) -> None:
    sold(
        [payment(1), payment(8)],
        [invoice(7), invoice(6, syncDetails=[{"integration": "quickbooks", "id": "44"}])],
    )

    found = await bench.crm.posted_elsewhere()

    assert found is not None
    assert (found.sale, found.newer) == ("i6", 2)


async def test_R7_what_is_no_sale_is_not_counted(bench, sold) -> None:
    """Drafts, void invoices, failed and pending payments say nothing about a connector that posts sales."""
    sold(
        [
            payment(1),
            payment(7, status="failed"),
            payment(8, status="pending"),
            payment(6, status="refunded"),
        ],
        [invoice(9, status="draft"), invoice(5, status="void")],
        traced=("t1",),
    )

    found = await bench.crm.posted_elsewhere()

    assert found is not None
    assert (found.sale, found.newer) == ("t1", 1)
    assert "GET /payments/transactions/t7" not in bench.script.asked()


async def test_R7_only_the_latest_are_looked_at(bench, sold) -> None:
    """Fifty of each; a listing that tells it spares the detail."""
    sold([payment(2, **TRACE)])

    assert await bench.crm.posted_elsewhere() is not None

    asked = {request.url.path: dict(request.url.params) for request in bench.script.requests}
    assert set(asked) == {"/invoices/", "/payments/transactions"}
    assert {query["limit"] for query in asked.values()} == {"50"}
    assert asked["/payments/transactions"]["paymentMode"] == "live"
    assert asked["/invoices/"]["sortOrder"] == "descend"


async def test_R7_a_record_that_cannot_be_read_hides_no_other(bench, sold) -> None:
    sold([payment(1), payment(2, amount="?"), payment(3)], traced=("t1",))
    bench.script.on("GET /payments/transactions/t3", httpx.Response(404, json={"message": "not found"}))

    found = await bench.crm.posted_elsewhere()

    assert found is not None
    assert (found.sale, found.newer) == ("t1", 1)
