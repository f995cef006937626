"""Custom triggers of the app: put into a workflow by a user, fired by the app (reference 14.1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "highlevel" / "webhooks"
KEY = "qbo_first_invoice_paid"


async def added(crm, **members):
    """A trigger in the published workflow; what the app's subscription address was told."""
    workflow = next(
        each.id for each in crm.sandbox.location.state.workflows.values() if each.status == "published"
    )
    return await crm.act(
        "/triggers", {"key": KEY, "workflow": workflow, "url": "http://receiver.test/trigger", **members}
    )


def target(told):
    return told["triggerData"]["targetUrl"].removeprefix("http://crm.test")


async def fire(crm, told, body, **members):
    return await crm.call("POST", target(told), body, **members)


async def test_the_app_is_told_where_to_fire(crm, delivered):
    """CREATED, UPDATED and DELETED, in the shape of the samples, unsigned."""
    told = await added(crm)
    one, url = f"/triggers/{told['triggerData']['id']}", {"url": "http://receiver.test/trigger"}
    wanted = [
        {
            "field": "currency",
            "id": "currency",
            "operator": "==",
            "title": "Currency",
            "type": "string",
            "value": "USD",
        }
    ]
    await crm.act(f"{one}/change", {"filters": wanted, **url})
    await crm.act(f"{one}/delete", url)
    await delivered()
    letters = [(headers, json.loads(body)) for path, headers, body in crm.inbox.letters if path == "/trigger"]

    assert [body["triggerData"]["eventType"] for _, body in letters] == ["CREATED", "UPDATED", "DELETED"]
    assert all("x-ghl-signature" not in headers for headers, _ in letters)
    assert [body["triggerData"]["filters"] for _, body in letters] == [[], wanted, wanted]
    if SAMPLES.exists():
        for _, body in letters:
            event = body["triggerData"]["eventType"]
            sample = json.loads((SAMPLES / f"workflow-trigger.subscription.{event}.json").read_text())
            assert {name: each.keys() for name, each in sample.items()} == {
                name: each.keys() for name, each in body.items()
            }


@pytest.mark.parametrize("by", ["contactId", "email", "nested"])
async def test_firing_takes_the_contact_into_the_workflow(crm, by):
    """Found by id, by e-mail, or inside `contact`; the review request is in the outbox."""
    contact = await crm.contact(email="ada@example.com")
    body = {
        "contactId": {"contactId": contact["id"]},
        "email": {"email": "ADA@example.com"},
        "nested": {"contact": {"email": "ada@example.com"}},
    }[by]
    answer = await fire(crm, await added(crm), body)
    outbox = (await crm.http.get("/_sandbox/outbox")).json()

    assert answer.status_code == 200
    assert [each["to"] for each in outbox["messages"]] == ["ada@example.com"]


async def test_filters_are_evaluated_by_the_crm(crm):
    """A body that does not pass runs nothing; the answer is the same."""
    told = await added(crm, filters=[{"field": "currency", "operator": "==", "value": "USD"}])
    contact = await crm.contact(email="ada@example.com")
    for currency in ("EUR", "USD"):
        await fire(crm, told, {"contactId": contact["id"], "currency": currency})
    outbox = (await crm.http.get("/_sandbox/outbox")).json()

    assert len(outbox["enrolments"]) == 1


async def test_without_a_token_it_is_401_and_when_unpublished_inactive(crm):
    """Drop the subscription then (reference 14.1)."""
    told = await added(crm)
    bare = await fire(crm, told, {}, headers={"Authorization": None})
    await crm.http.post(f"/crm/workflows/{told['extras']['workflowId']}/publish", data={"to": "draft"})
    asleep = await fire(crm, told, {})
    gone = await crm.call("POST", target(told)[:-1] + "_", {})

    assert (bare.status_code, asleep.status_code, gone.status_code) == (401, 400, 404)
    assert "inactive" in asleep.json()["message"]


@pytest.mark.parametrize(
    "wrong", [{"filters": "all"}, {"filters": [{"field": "x"}]}, {"workflow": "none"}, {"url": "x"}]
)
async def test_a_trigger_that_makes_no_sense_is_refused(crm, wrong):
    """With a sentence."""
    workflow = next(iter(crm.sandbox.location.state.workflows))
    answer = await crm.http.post("/_sandbox/triggers", json={"key": KEY, "workflow": workflow, **wrong})

    assert answer.status_code in {400, 404}
