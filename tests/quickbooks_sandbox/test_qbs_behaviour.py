"""The switches for what Intuit leaves open: each default is the reference's, each other answer can be had (reference 19)."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from decimal import Decimal
from typing import Any

import httpx
import pytest

from quickbooks_sandbox.company.kinds import CHOICES, Behaviour
from sandbox_kit.clock import Clock

Caller = Any
Record = dict[str, Any]


async def choose(caller: Caller, **changes: Any) -> None:
    answer = await caller.client.post("/_sandbox/behaviour", json=changes)
    assert answer.status_code == 200, answer.text


def sale(amount: int = 10, **members: Any) -> Record:
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": "3"}, "Line": [line], **members}


async def paid(caller: Caller) -> Record:
    made = await caller.write("/invoice", sale())
    line = {"Amount": 10, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}
    await caller.write("/payment", {"CustomerRef": {"value": "3"}, "TotalAmt": 10, "Line": [line]})
    return caller.json(await caller.get(f"/invoice/{made['Id']}"))["Invoice"]


def batch(*items: Record) -> Record:
    return {"BatchItemRequest": list(items)}


async def metered(caller: Caller) -> int:
    return (await caller.client.get("/_sandbox/quota")).json()["metered_this_month"]


def test_the_defaults_are_the_references() -> None:
    """Reference 19, one after the other."""
    assert dataclasses.asdict(Behaviour()) == {
        "remember_requests_seconds": 86_400.0,
        "replay_faults": False,
        "refuse_changed_replays": False,
        "rotated_token_grace_seconds": 0.0,
        "code_lifetime_seconds": 600.0,
        "refresh_seconds": 0.05,
        "retry_after_seconds": 0.0,
        "clamp_max_results": False,
        "sparse_projections": True,
        "change_feed_days": 30,
        "visibility_lag_seconds": 0.0,
        "batch_metering": "per-item",
        "shuffle_batches": False,
        "warn_duplicate_numbers": True,
        "payment_needs_full_object": True,
        "automated_tax_needs_address": True,
        "customer_events_on_balance": True,
        "auto_apply_credits": False,
        "honour_zero_tax": False,
        "delete_paid_documents": True,
        "longest_display_name": 500,
        "number_retired_names": True,
    }


async def test_a_fault_can_be_repeated_like_any_answer(caller: Caller) -> None:
    """No. 1: by default a retry after a fault executes again; as an option it gets the fault again."""
    assert caller.code(await caller.post("/invoice", sale(Line=[]), requestid="A")) == "2020"
    assert (await caller.post("/invoice", sale(), requestid="A")).status_code == 200
    await choose(caller, replay_faults=True)
    first = await caller.post("/invoice", sale(Line=[]), requestid="B")
    again = await caller.post("/invoice", sale(), requestid="B")
    assert (again.status_code, again.content) == (400, first.content)


async def test_another_request_under_a_known_id_can_be_refused(caller: Caller) -> None:
    """No. 1 and reference 4: by default the first answer is repeated; as an option 600, and nothing is done."""
    first = await caller.post("/invoice", sale(), requestid="A")
    assert (await caller.post("/invoice", sale(99), requestid="A")).content == first.content
    await choose(caller, refuse_changed_replays=True)
    assert caller.code(await caller.post("/invoice", sale(99), requestid="A")) == "600"
    assert (await caller.post("/invoice", sale(), requestid="A")).content == first.content
    item = {"bId": "1", "operation": "create", "Invoice": sale()}
    done = await caller.post("/batch", batch(item), requestid="B")
    other = await caller.post("/batch", batch({**item, "Invoice": sale(99)}), requestid="B")
    assert "Invoice" in done.json()["BatchItemResponse"][0]
    assert other.json()["BatchItemResponse"][0]["Fault"]["Error"][0]["code"] == "600"


async def refreshed(caller: Caller, token: str) -> httpx.Response:
    client = caller.sandbox.client
    pair = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    form = {"grant_type": "refresh_token", "refresh_token": token}
    headers = {"Authorization": f"Basic {pair}"}
    return await caller.client.post("/oauth2/v1/tokens/bearer", data=form, headers=headers)


async def test_of_two_refreshes_at_once_the_second_fails(caller: Caller) -> None:
    """Reference 2.5, rule 3: also within a day of the last rotation; one after the other both succeed."""
    token = caller.sandbox.refresh_token
    answers = await asyncio.gather(refreshed(caller, token), refreshed(caller, token))
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error"] == "invalid_grant"
    assert (await refreshed(caller, token)).status_code == 200
    other = caller.sandbox.mint().refresh_token
    both = await asyncio.gather(refreshed(caller, token), refreshed(caller, other))
    assert [answer.status_code for answer in both] == [200, 200]


async def test_a_rotated_value_may_live_on_for_a_while(caller: Caller, clock: Clock) -> None:
    """No. 2: by default it is dead at once; as an option it works for a day more."""
    await choose(caller, rotated_token_grace_seconds=86_400)
    old = caller.sandbox.refresh_token
    clock.advance(86_401)
    new = (await refreshed(caller, old)).json()["refresh_token"]
    assert (await refreshed(caller, old)).json()["refresh_token"] == new != old
    clock.advance(86_401)
    assert (await refreshed(caller, old)).status_code == 400


async def test_a_throttle_may_say_how_long_to_wait(caller: Caller) -> None:
    """No. 4: no Retry-After by default, 60 seconds as an option."""
    limits = caller.sandbox.quota.limits
    limits.enabled, limits.per_second = True, 1
    await caller.get("/term/1")
    assert "retry-after" not in (await caller.get("/term/1")).headers
    await choose(caller, retry_after_seconds=60)
    refused = await caller.get("/term/1")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")


async def test_a_size_above_the_largest_may_be_cut(caller: Caller) -> None:
    """No. 6: 4001 by default, a clamp as an option."""
    text = "select * from Term maxresults 1500"
    assert caller.code(await caller.get("/query", query=text)) == "4001"
    await choose(caller, clamp_max_results=True)
    assert (await caller.query(text))["maxResults"] == 4
    assert caller.code(await caller.get("/query", query="select * from Term maxresults 0")) == "4001"


async def test_a_projection_marks_its_objects_as_sparse(caller: Caller) -> None:
    """Reference 6.1: whole objects come back all the same; a star is no projection, and it can be switched off."""
    whole = (await caller.query("select * from Term"))["Term"]
    sparse = [{**one, "sparse": True} for one in whole]
    assert (await caller.query("select Id, Name from Term"))["Term"] == sparse
    assert (await caller.query("select *, Name from Term"))["Term"] == whole
    await choose(caller, sparse_projections=False)
    assert (await caller.query("select Id, Name from Term"))["Term"] == whole


async def test_deleting_what_is_paid_may_be_refused(caller: Caller) -> None:
    """No. 12: by default the payment becomes unapplied; as an option 6000, and nothing changes."""
    first = await paid(caller)
    await caller.write("/invoice", {"Id": first["Id"], "SyncToken": first["SyncToken"]}, operation="delete")
    await choose(caller, delete_paid_documents=False)
    second = await paid(caller)
    body = {"Id": second["Id"], "SyncToken": second["SyncToken"]}
    assert caller.code(await caller.post("/invoice", body, operation="delete")) == "6000"
    assert caller.json(await caller.get(f"/invoice/{second['Id']}"))["Invoice"] == second


async def test_zero_tax_may_be_honoured_by_the_automated_engine(caller: Caller) -> None:
    """No. 10: 0 means *compute* by default."""
    taxed = sale(100, TxnTaxDetail={"TotalTax": 0})
    taxed["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"]["value"] = "TAX"
    assert (await caller.write("/invoice", taxed))["TxnTaxDetail"]["TotalTax"] == Decimal("8.70")
    await choose(caller, honour_zero_tax=True)
    assert (await caller.write("/invoice", taxed))["TxnTaxDetail"]["TotalTax"] == 0


@pytest.mark.parametrize(("kind", "counted"), [("per-item", 3), ("per-request", 1), ("by-kind", 2)])
async def test_a_batch_is_metered_in_one_of_three_ways(caller: Caller, kind: str, counted: int) -> None:
    """No. 16 and reference 11: one per item whatever it does, one per request, or the reads alone."""
    await choose(caller, batch_metering=kind)
    await caller.post(
        "/batch",
        batch(
            {"bId": "1", "Query": "select * from Term"},
            {"bId": "2", "Query": "select count(*) from Item"},
            {"bId": "3", "operation": "create", "Invoice": sale()},
        ),
    )
    assert await metered(caller) == counted


async def test_what_was_written_may_be_seen_late(caller: Caller, clock: Clock) -> None:
    """No. 17 and reference 17, no. 14: queries and the feed lag, reading by id does not."""
    await choose(caller, visibility_lag_seconds=5)
    clock.advance(60)
    before = caller.json(await caller.get("/customer/3"))["Customer"]
    made = await caller.write("/customer", {"DisplayName": "Just now"})
    await caller.write(
        "/customer", {"Id": "3", "SyncToken": before["SyncToken"], "sparse": True, "Notes": "new"}
    )
    await caller.write("/invoice", sale())
    since = "2026-03-04T09:00:30-08:00"

    async def seen() -> tuple[int, Any, Record]:
        count = (await caller.query("select count(*) from Customer where DisplayName = 'Just now'"))[
            "totalCount"
        ]
        (third,) = (await caller.query("select * from Customer where Id = '3'"))["Customer"]
        feed = await caller.get("/cdc", entities="Customer", changedSince=since)
        return count, third.get("Notes"), caller.json(feed)["CDCResponse"][0]["QueryResponse"][0]

    assert caller.json(await caller.get(f"/customer/{made['Id']}"))["Customer"] == made
    assert await seen() == (0, None, {})
    clock.advance(6)
    count, notes, feed = await seen()
    assert (count, notes) == (1, "new")
    assert sorted(one["Id"] for one in feed["Customer"]) == ["3", made["Id"]]


async def test_a_deletion_may_be_seen_late(caller: Caller, clock: Clock) -> None:
    """Reference 17, no. 14: until then the object is still found, and no stub is in the feed."""
    made = await caller.write("/invoice", sale())
    await choose(caller, visibility_lag_seconds=5)
    clock.advance(60)
    await caller.write("/invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    found = f"select * from Invoice where Id = '{made['Id']}'"
    assert (await caller.query(found))["Invoice"] == [made]
    clock.advance(6)
    assert await caller.query(found) == {}


async def test_display_names_may_be_shorter(caller: Caller) -> None:
    """No. 18: 500 characters by default, 100 as an option."""
    assert (await caller.post("/customer", {"DisplayName": "x" * 500})).status_code == 200
    await choose(caller, longest_display_name=100)
    refused = await caller.post("/customer", {"DisplayName": "y" * 101})
    assert caller.code(refused) == "2050"
    assert "Max:100 supplied:101" in refused.text


async def test_retiring_a_name_twice_may_be_refused(caller: Caller) -> None:
    """No. 20: a numbered suffix by default, 6240 as an option."""

    async def retire() -> httpx.Response:
        made = await caller.write("/customer", {"DisplayName": "Again"})
        body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False}
        return await caller.post("/customer", body)

    names = [caller.json(await retire())["Customer"]["DisplayName"] for _ in range(2)]
    assert names == ["Again (deleted)", "Again (deleted - 1)"]
    await choose(caller, number_retired_names=False)
    assert caller.code(await retire()) == "6240"


async def test_no_item_of_a_batch_sees_another(caller: Caller) -> None:
    """No. 25 and reference 8: serial, in the order sent, and reads see what was there before the batch."""
    items = [
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Batch one"}},
        {"bId": "2", "Query": "select * from Customer where DisplayName = 'Batch one'"},
        {"bId": "3", "operation": "create", "Customer": {"DisplayName": "Batch two"}},
        {"bId": "4", "CDCQuery": {"Entities": "Customer", "ChangedSince": "2026-03-04T09:00:00-08:00"}},
    ]
    done = (await caller.post("/batch", batch(*items))).json()["BatchItemResponse"]
    assert [one["bId"] for one in done] == ["1", "2", "3", "4"]
    assert int(done[0]["Customer"]["Id"]) + 1 == int(done[2]["Customer"]["Id"])
    assert done[1]["QueryResponse"] == {}
    assert done[3]["CDCResponse"] == [{"QueryResponse": [{}]}]


async def test_the_order_of_a_batch_may_be_any(caller: Caller) -> None:
    """No. 25: as an option the items are done in random order; the answers still stand in the order sent."""
    await choose(caller, shuffle_batches=True)
    items = [
        {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"Batch {n}"}} for n in range(30)
    ]
    done = (await caller.post("/batch", batch(*items))).json()["BatchItemResponse"]
    assert [one["Customer"]["DisplayName"] for one in done] == [f"Batch {n}" for n in range(30)]
    ids = [int(one["Customer"]["Id"]) for one in done]
    assert sorted(ids) == list(range(min(ids), min(ids) + 30)) != ids


@pytest.mark.parametrize(
    "wrong", [{"batch_metering": "never"}, {"batch_metering": 1}, {"shuffle_batches": 1}]
)
async def test_a_senseless_choice_is_refused(caller: Caller, wrong: Record) -> None:
    """400 with a sentence that names the choices."""
    answer = await caller.client.post("/_sandbox/behaviour", json={"clamp_max_results": True, **wrong})
    assert answer.status_code == 400
    assert caller.sandbox.company.behaviour == Behaviour()
    if "batch_metering" in wrong:
        assert all(word in answer.json()["error"] for word in CHOICES["batch_metering"])
