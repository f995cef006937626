"""Every fault that the reference wants to be switchable (19), as the page about the stand-in tells to switch it."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest


async def test_a_500_once_then_all_is_well(crm):
    """Nothing was done the first time."""
    await crm.act("/faults", {"on": "POST /contacts/", "act": {"refuse": 500}, "nth": 1})
    body = {"locationId": crm.location, "email": "ada@example.com"}
    first, second = [await crm.call("POST", "/contacts/", body) for _ in range(2)]

    assert (first.status_code, second.status_code) == (500, 201)
    assert first.json()["traceId"]


async def test_the_answer_is_lost_after_the_write_happened(crm):
    """The caller cannot know; who searches finds the invoice."""
    body = await crm.invoice_body(name="Marked 4711")
    await crm.act("/faults", {"on": "POST /invoices/", "act": "lose-answer", "nth": 1})
    with pytest.raises(httpx.ReadError):
        await crm.ok("POST", "/invoices/", body)
    found = await crm.ok("GET", "/invoices/", **crm.alt, limit="10", offset="0", search="4711")

    assert found["total"] == 1


async def test_a_storm_of_429_ends(crm):
    """As long as it was ordered, on every path."""
    await crm.act("/faults", {"on": "*", "act": {"refuse": 429, "times": 3}, "nth": 1})
    statuses = [(await crm.call("GET", f"/locations/{crm.location}")).status_code for _ in range(4)]

    assert statuses == [429, 429, 429, 200]


async def test_the_daily_budget_can_run_out(crm):
    """The limits are switches; the next day all is well."""
    await crm.act("/switches", {"daily_limit": 1, "burst_limit": 25})
    statuses = [(await crm.call("GET", f"/locations/{crm.location}")).status_code for _ in range(2)]
    crm.clock.advance(86_400)
    statuses.append((await crm.call("GET", f"/locations/{crm.location}")).status_code)

    assert statuses == [200, 429, 200]


async def test_a_token_is_revoked_and_a_scope_is_missing(crm):
    """The two families of 401."""
    known = crm.sandbox.credentials
    narrow = (await crm.act("/tokens", {"kind": "location", "scope": "contacts.readonly"}))["access_token"]
    await crm.act("/tokens/revoke", {"token": known["access_token"]})
    dead = await crm.call("GET", f"/locations/{crm.location}", token=known["access_token"])
    scope = await crm.call("GET", f"/locations/{crm.location}", token=narrow)

    assert (dead.status_code, scope.status_code) == (401, 401)
    assert dead.json()["message"].startswith("Invalid") and "scope" in scope.json()["message"]


async def test_webhooks_come_twice_late_and_out_of_order(crm, delivered):
    """The post is as bad as it is told to be; a copy has the id of the first."""
    await crm.act("/postman", {"duplicates": 1, "delay_seconds": 5, "reorder": True})
    await crm.contact(email="ada@example.com")
    await crm.contact(email="bob@example.com")
    early = len(crm.inbox.letters)
    crm.clock.advance(30)
    await delivered()
    ids = [each["webhookId"] for each in crm.inbox.bodies("ContactCreate")]

    assert early == 0 and len(ids) == 4 and len(set(ids)) == 2


async def test_webhooks_are_lost_until_somebody_sends_them_again(crm, delivered):
    """Lost ones stand in the log; a resend by hand carries the same bytes (reference 11.4)."""
    await crm.act("/postman", {"loss_rate": 1})
    await crm.contact(email="ada@example.com")
    await delivered()
    (lost,) = crm.sandbox.postman.deliveries()
    before = len(crm.inbox.letters)
    await crm.act(f"/deliveries/{lost.id}/resend")
    await delivered()

    assert (lost.state, before) == ("lost", 0)
    assert [body for _, _, body in crm.inbox.letters] == [lost.body]


async def test_a_contact_is_gone_or_merged_under_the_callers_feet(crm):
    """404 for the one that is gone; the transactions of a merged one remember it."""
    sale = await crm.buy()
    loser = sale["contact"]["id"]
    survivor = await crm.contact(email="other@example.com")
    await crm.act("/contacts/merge", {"survivor": survivor["id"], "loser": loser})
    gone = await crm.call("GET", f"/contacts/{loser}")
    (row,) = await crm.transactions()

    assert gone.status_code == 404
    assert (row["contactId"], row["mergedFromContactId"]) == (survivor["id"], loser)


@pytest.mark.parametrize("skew", [-120, 90.5])
async def test_the_crms_clock_is_wrong(crm, skew):
    """Stamps of records and events are off; tokens and limits go by the true time."""
    await crm.act("/switches", {"clock_skew_seconds": skew})
    contact = await crm.contact(email="ada@example.com")
    (event,) = crm.event("ContactCreate")
    wanted = (crm.clock.now() + timedelta(seconds=skew)).replace(microsecond=int(skew % 1 * 10**6))

    assert datetime.fromisoformat(contact["dateAdded"]) == wanted
    assert datetime.fromisoformat(event["timestamp"]) == wanted
    too_far = await crm.http.post("/_sandbox/switches", json={"clock_skew_seconds": 10**6})
    assert too_far.status_code == 400
