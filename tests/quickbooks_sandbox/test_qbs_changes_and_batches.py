"""The change feed and batches (reference 7 and 8)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox_kit.clock import Clock

Caller = Any
SINCE = "2026-03-04T09:00:00-08:00"


def receipt(amount: int = 40, customer: str = "3") -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": customer}, "Line": [line]}


async def feed(caller: Caller, entities: str, since: str = SINCE) -> list[dict[str, Any]]:
    response = await caller.get("/cdc", entities=entities, changedSince=since)
    assert response.status_code == 200, response.text
    return caller.json(response)["CDCResponse"][0]["QueryResponse"]


async def test_the_feed_answers_per_entity_in_request_order(caller: Caller) -> None:
    """Reference 7: an entity without changes is an empty object."""
    await caller.write("/invoice", receipt())
    answers = await feed(caller, "Payment,Invoice,Customer")
    assert answers[0] == {}
    assert [one["TotalAmt"] for one in answers[1]["Invoice"]] == [40]
    assert (answers[1]["startPosition"], answers[1]["maxResults"]) == (1, 1)
    assert [one["Id"] for one in answers[2]["Customer"]] == ["3"]


async def test_deleted_ones_are_stubs_at_the_end(caller: Caller, clock: Clock) -> None:
    """Reference 7: live objects by time, deleted ones after them with status and time."""
    first = await caller.write("/invoice", receipt())
    clock.advance(5)
    await caller.write("/invoice", receipt(50))
    clock.advance(5)
    await caller.write("/invoice", {"Id": first["Id"], "SyncToken": "0"}, operation="delete")
    clock.advance(5)
    await caller.write("/invoice", receipt(60))
    (answer,) = await feed(caller, "Invoice")
    assert [one.get("TotalAmt") for one in answer["Invoice"]] == [50, 60, None]
    assert answer["Invoice"][-1] == {
        "domain": "QBO",
        "status": "Deleted",
        "Id": first["Id"],
        "MetaData": {"LastUpdatedTime": "2026-03-04T09:00:10-08:00"},
    }


async def test_a_retired_customer_comes_as_inactive(caller: Caller) -> None:
    """Reference 7: deactivated list objects are normal objects."""
    await caller.write("/customer", {"Id": "9", "SyncToken": "0", "sparse": True, "Active": False})
    (answer,) = await feed(caller, "customer")
    assert [(one["Id"], one["Active"]) for one in answer["Customer"]] == [("9", False)]


async def test_the_feed_looks_back_thirty_days(caller: Caller) -> None:
    """Reference 19, no. 7: older is 400, code 500, with Intuit's words."""
    response = await caller.get("/cdc", entities="Customer", changedSince="2026-01-01")
    assert caller.code(response) == "500"
    detail = caller.json(response)["Fault"]["Error"][0]["Detail"]
    assert detail == (
        "Operation cdc with changedSince date 2026-01-01 which is older than fixed days is not supported."
    )


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"changedSince": SINCE}, "2020"),
        ({"entities": "Customer"}, "2020"),
        ({"entities": "Customer", "changedSince": "yesterday"}, "2060"),
        ({"entities": "TaxCode", "changedSince": SINCE}, "500"),
    ],
)
async def test_what_the_feed_needs(caller: Caller, parameters: dict[str, str], code: str) -> None:
    """Reference 7: entities and a time; tax codes are not offered."""
    assert caller.code(await caller.get("/cdc", **parameters)) == code


async def test_a_feed_holds_a_thousand_objects(caller: Caller) -> None:
    """Reference 7 and 19, no. 8: cut at 1000 over all entities, the newest dropped."""
    for number in range(1005):
        caller.sandbox.company.create("Customer", {"DisplayName": f"Bulk {number}"})
    answers = await feed(caller, "Customer,Invoice")
    assert answers[0]["maxResults"] == 1000
    assert answers[0]["Customer"][-1]["DisplayName"] == "Bulk 999"
    assert answers[1] == {}


async def batch(caller: Caller, *items: dict[str, Any], **parameters: str) -> list[dict[str, Any]]:
    response = await caller.post("/batch", {"BatchItemRequest": list(items)}, **parameters)
    assert response.status_code == 200, response.text
    return caller.json(response)["BatchItemResponse"]


async def test_each_item_succeeds_or_fails_alone(caller: Caller) -> None:
    """Reference 8: create, void, delete, query and a fault side by side, each with its bId."""
    payment = await caller.write("/payment", {"CustomerRef": {"value": "3"}, "TotalAmt": 5})
    await caller.write("/salesreceipt", receipt())
    whole = {"Id": payment["Id"], "SyncToken": "0", "CustomerRef": {"value": "3"}, "TotalAmt": 5}
    answers = await batch(
        caller,
        {"bId": "b1", "operation": "create", "SalesReceipt": receipt()},
        {"bId": "b2", "operation": "update", "optionsData": "void", "Payment": whole},
        {"bId": "b3", "operation": "delete", "Invoice": {"Id": "9999", "SyncToken": "0"}},
        {"bId": "b4", "Query": "select * from SalesReceipt where TotalAmt = '40.00'"},
        {"bId": "b5", "operation": "create", "Customer": {"DisplayName": "Quay Printing"}},
    )
    assert [one["bId"] for one in answers] == ["b1", "b2", "b3", "b4", "b5"]
    assert answers[0]["SalesReceipt"]["TotalAmt"] == 40
    assert answers[1]["Payment"]["PrivateNote"] == "Voided"
    assert answers[2]["Fault"]["Error"][0]["code"] == "610"
    assert answers[3]["QueryResponse"]["maxResults"] == 1
    assert answers[4]["Fault"]["Error"][0]["code"] == "6240"


async def test_thirty_items_and_no_more(caller: Caller) -> None:
    """Reference 8: 1040 for the whole request."""
    items = [{"bId": str(n), "Query": "select * from Term"} for n in range(31)]
    assert len(await batch(caller, *items[:30])) == 30
    assert caller.code(await caller.post("/batch", {"BatchItemRequest": items})) == "1040"


@pytest.mark.parametrize(
    "item",
    [
        {"bId": "b1", "operation": "create", "Query": "select * from Term"},
        {"bId": "b1", "operation": "create"},
        {"bId": "b1", "operation": "create", "Unicorn": {}},
        {"bId": "b0", "Query": "select * from Term"},
    ],
)
async def test_bad_items_are_faults_of_the_item(caller: Caller, item: dict[str, Any]) -> None:
    """Reference 8: duplicate bId, a query with an operation, no entity: 2010 on the item."""
    answers = await batch(caller, {"bId": "b0", "Query": "select * from Term"}, item)
    assert "QueryResponse" in answers[0]
    assert answers[1]["Fault"]["Error"][0]["code"] == "2010"


async def test_a_batch_with_a_request_id_is_done_once_per_item(caller: Caller) -> None:
    """Reference 4: the pair of request id and bId identifies an item; failed items run again."""
    good = {"bId": "b1", "operation": "create", "SalesReceipt": receipt()}
    bad = {"bId": "b2", "operation": "create", "SalesReceipt": {"Line": []}}
    first = await batch(caller, good, bad, requestid="R1")
    again = await batch(caller, good, {**bad, "SalesReceipt": receipt()}, requestid="R1")
    assert again[0] == first[0]
    assert "Fault" in first[1]
    assert again[1]["SalesReceipt"]["TotalAmt"] == 40
    assert (
        caller.code(await caller.post("/batch", {"BatchItemRequest": [good]}, requestid="x" * 37)) == "2130"
    )
