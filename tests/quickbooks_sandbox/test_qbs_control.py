"""The control API under /_sandbox/: what tests and the demo steer with."""

from __future__ import annotations

from typing import Any

import pytest

Caller = Any


async def control(caller: Caller, path: str, body: Any = None) -> dict[str, Any]:
    response = await (
        caller.client.get(f"/_sandbox/{path}")
        if body is None
        else caller.client.post(f"/_sandbox/{path}", json=body)
    )
    assert response.status_code == 200, response.text
    return caller.json(response)


async def test_credentials_are_the_manifest(caller: Caller) -> None:
    """The members that ``--json`` prints, with working tokens."""
    shown = await control(caller, "credentials")
    assert set(shown) == {
        "base_url",
        "realm_id",
        "client_id",
        "client_secret",
        "access_token",
        "refresh_token",
        "webhook_verifier",
    }
    assert shown["base_url"] == "http://quickbooks.test"


async def test_the_interface_describes_itself(caller: Caller) -> None:
    """GET /_sandbox/openapi.json: the paths of this company, for generating clients."""
    told = await control(caller, "openapi.json")
    assert told["openapi"] == "3.0.3"
    assert f"{caller.realm}/invoice" in told["paths"]


async def test_tokens_can_be_minted_without_pages(caller: Caller) -> None:
    """For tests that need a second connection."""
    minted = await control(caller, "tokens", {})
    caller.headers["Authorization"] = f"Bearer {minted['access_token']}"
    assert (await caller.get("/term/1")).status_code == 200


async def test_reset_goes_back_to_the_seed(caller: Caller) -> None:
    """Books, request ids and journal as at the start; the realm and the tokens stay."""
    before = await control(caller, "books")
    await caller.write("/customer", {"DisplayName": "Short-lived"}, requestid="once")
    assert (await control(caller, "books"))["counts"]["Customer"] == 34
    await control(caller, "reset", {})
    assert await control(caller, "books") == before
    assert (await caller.write("/customer", {"DisplayName": "Other"}, requestid="once"))[
        "DisplayName"
    ] == "Other"


async def test_books_show_that_receivables_are_what_customers_owe(caller: Caller) -> None:
    """The checker's question after every story."""
    books = await control(caller, "books")
    assert books["receivables"] == books["customer_balances"] > 0
    assert books["counts"]["Invoice"] == 10
    assert books["counts"]["Payment"] >= 5


async def test_where_webhooks_go_can_be_set_while_it_runs(caller: Caller) -> None:
    """POST /_sandbox/webhooks: one endpoint or several, entities, the form; GET tells."""
    shown = await control(caller, "webhooks", {"url": "http://x.test/h", "aggregate_seconds": 0.5})
    assert shown == {
        "url": "http://x.test/h",
        "endpoints": [{"url": "http://x.test/h", "entities": []}],
        "form": "cloudevents",
        "style": {
            "void_verb": "void",
            "realms": "mixed",
            "data": "empty",
            "merged_member": "deletedid",
            "event_id": "with-entity",
            "content_type": "application/json",
            "retries": "current",
        },
        "aggregate_seconds": 0.5,
    }
    two = [
        {"url": "http://x.test/h", "entities": ["Invoice", "Customer"]},
        {"url": "https://y.test/", "entities": []},
    ]
    await control(caller, "webhooks", {"endpoints": two, "form": "classic"})
    told = await control(caller, "webhooks")
    assert told["endpoints"] == [{**two[0], "entities": ["Customer", "Invoice"]}, two[1]]
    assert (told["form"], told["aggregate_seconds"]) == ("classic", 0.5)
    assert (await control(caller, "webhooks", {"url": None}))["endpoints"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"url": "ftp://x.test"},
        {"url": "http://x.test", "endpoints": []},
        {"endpoints": {"url": "http://x.test"}},
        {"endpoints": [{"entities": []}]},
        {"endpoints": [{"url": "http://x.test", "entities": ["Budget"]}]},
        {"form": "xml"},
        {"form": []},
        {"style": {"void_verb": "vanished"}},
        {"style": {"colour": "red"}},
        {"style": "plain"},
        {"aggregate_seconds": -1},
        {"verifier": "x"},
    ],
)
async def test_a_senseless_subscription_is_refused_whole(caller: Caller, body: dict[str, Any]) -> None:
    """400 with a sentence, and what was set before stays."""
    await control(caller, "webhooks", {"url": "http://x.test/h"})
    before = await control(caller, "webhooks")
    answer = await caller.client.post("/_sandbox/webhooks", json={"aggregate_seconds": 9, **body})
    assert answer.status_code == 400 and answer.json()["error"]
    assert await control(caller, "webhooks") == before


async def test_customers_can_be_merged(caller: Caller) -> None:
    """POST /_sandbox/merge, as a person does in QuickBooks."""
    merged = await control(caller, "merge", {"entity": "customer", "survivor": "3", "loser": "10"})
    assert merged["Customer"]["Id"] == "3"
    gone = caller.json(await caller.get("/customer/10"))["Customer"]
    assert (gone["Active"], gone["Balance"]) == (False, 0)


async def test_undocumented_behaviour_can_be_switched(caller: Caller) -> None:
    """The options of reference 18a and 19."""
    changed = await control(
        caller, "behaviour", {"payment_needs_full_object": False, "change_feed_days": 4000}
    )
    assert changed["payment_needs_full_object"] is False
    assert (await caller.get("/cdc", entities="Term", changedSince="2019-01-01")).status_code == 200
    await control(caller, "behaviour", {"auto_apply_credits": True})
    forms = caller.json(await caller.get("/preferences"))["Preferences"]["SalesFormsPrefs"]
    assert forms["AutoApplyCredit"] is True


async def test_a_subscription_can_end(caller: Caller) -> None:
    """Writes answer 6190 until it is paid again."""
    await control(caller, "subscription", {"status": "CANCELLED"})
    assert caller.code(await caller.post("/customer", {"DisplayName": "x"})) == "6190"
    await control(caller, "subscription", {"status": "PAID"})
    assert (await caller.post("/customer", {"DisplayName": "x"})).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("merge", {"survivor": "1", "loser": "nope"}),
        ("merge", {"entity": "vendor"}),
        ("webhooks", {"url": "ftp://x"}),
        ("webhooks", {"aggregate_seconds": -1}),
        ("behaviour", {"nonsense": 1}),
        ("behaviour", {"change_feed_days": "many"}),
        ("quota", {"per_second": True}),
        ("tokens", {"realm_id": "1"}),
        ("subscription", {}),
    ],
)
async def test_nonsense_is_answered_with_a_sentence(caller: Caller, path: str, body: dict[str, Any]) -> None:
    """400 and what was wrong."""
    response = await caller.client.post(f"/_sandbox/{path}", json=body)
    assert response.status_code == 400
    assert len(response.json()["error"]) > 10
