"""HighLevel's own Node client (@gohighlevel/api-client) against the stand-in over a real port.

`tests/node/highlevel.mjs` makes the calls and prints what it was answered; here that and the stand-in's state are
judged. The client is of the dated generation: it sends a dated version, to the dated paths, and reads `succeded`. It runs where `node` is and `npm ci --prefix tests/node` was called (CONTRIBUTING.md), and is skipped elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import urllib.parse
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from crm_sandbox.location.records import State
from crm_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.server import Running

NODE = shutil.which("node")
HERE = Path(__file__).resolve().parents[1] / "node"
BACK = "https://sync.example.org/callback"

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="there is no `node` on this machine"),
    pytest.mark.skipif(
        not (HERE / "node_modules" / "@gohighlevel" / "api-client").exists(),
        reason="HighLevel's Node client is not installed: npm ci --prefix tests/node",
    ),
]


@dataclass
class World:
    """A running stand-in, a plain client for what a person does in it, and the script."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    url: str

    @property
    def state(self) -> State:
        return self.sandbox.location.state

    async def act(self, path: str, body: object = None) -> dict[str, Any]:
        answer = await self.http.post(f"/_sandbox/{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    async def run(self, area: str, given: dict[str, str] | None = None, **more: str) -> dict[str, Any]:
        """What the script printed for one area; a failure shows what it said."""
        known = self.sandbox.credentials
        told = {
            "PATH": os.environ["PATH"],
            "CRM_URL": self.url,
            "LOCATION_ID": known["location_id"],
            "PRIVATE_TOKEN": known["private_token"],
            "INPUT": json.dumps(given or {}),
            **more,
        }
        assert NODE is not None
        process = await asyncio.create_subprocess_exec(
            NODE,
            "highlevel.mjs",
            area,
            cwd=HERE,
            env=told,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        printed: dict[str, Any] = json.loads(out)
        return printed


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A location in the US over a real port."""
    sandbox = Sandbox(seed="empty", clock=Clock())
    async with (
        Running(sandbox.app, background=sandbox.background) as server,
        httpx.AsyncClient(base_url=server.url) as http,
    ):
        sandbox.base_url = server.url
        yield World(sandbox, http, server.url)


async def test_node_contacts(world):
    """Create, find, read, change, tag, search, delete; a duplicate and a stranger are errors of their own classes."""
    said = await world.run("contacts")
    (kept,) = world.state.contacts.values()

    one = said["made"]["id"]
    assert said["duplicate"]["id"] == one
    assert (said["upserted"]["new"], said["upserted"]["contact"]["id"]) == (False, one)
    assert said["changed"]["succeded"] is True
    assert (said["tagged"]["tags"], said["untagged"]["tags"]) == (["customer", "vip"], ["customer"])
    assert [each["id"] for each in said["searched"]["contacts"]] == [one]
    assert (said["read"]["firstName"], said["read"]["lastName"]) == ("Ada", "Byron")
    assert said["read"]["customFields"] == [{"id": "f", "value": "118"}]
    assert (said["refused"]["kind"], said["refused"]["status"]) == ("GHLValidationError", 400)
    assert "duplicated" in said["refused"]["message"]
    assert said["gone"]["succeded"] is True
    assert said["missing"]["status"] in {400, 404}
    assert (kept.id, kept.email) == (said["other"]["id"], "grace@example.com")


async def test_node_invoices(world):
    """Draft, replace, send, two payments, void, delete, text2pay, list; a body with too little is refused."""
    said = await world.run("invoices", {"user": world.state.user_id})
    invoices = world.state.invoices
    main = invoices[said["draft"]["_id"]]

    assert (said["number"]["invoiceNumber"], said["draft"]["status"]) == (1, "draft")
    assert (said["replaced"]["name"], main.name) == ("Kitchen 2", "Kitchen 2")
    assert [said[each]["status"] for each in ("sent", "part", "paid", "read", "void")] == [
        "sent",
        "partially_paid",
        "paid",
        "paid",
        "void",
    ]
    assert (main.status, main.amount_paid, main.amount_due) == ("paid", 300, 0)
    payments = [each for each in world.state.transactions.values() if each.entity_id == main.id]
    assert [each.amount for each in payments] == [100, 200]
    assert (said["missing"]["kind"], said["missing"]["status"]) == ("GHLNotFoundError", 404)
    quick = said["quick"]["invoice"]
    assert (quick["status"], invoices[quick["_id"]].origin) == ("sent", "text2Pay")
    assert [each["_id"] for each in said["listed"]["invoices"]] == [main.id]
    assert said["settings"]["title"] == "INVOICE"
    assert (said["refused"]["kind"], said["refused"]["status"]) == ("GHLValidationError", 422)
    assert sorted(each.status for each in invoices.values()) == ["paid", "sent", "void"]


async def test_node_payments(world):
    """Orders, transactions, subscriptions and coupons of a checkout that recurs, was renewed and refunded."""
    sale = await world.act(
        "checkouts",
        {
            "source": "membership",
            "contact": {"email": "ada@example.com"},
            "items": [{"name": "Members area", "price": 49, "recurring": {"interval": "month"}}],
            "coupon": {"code": "SPRING", "type": "amount", "value": 9},
        },
    )
    await world.act(f"subscriptions/{sale['subscription']['id']}/renew")
    await world.act(f"transactions/{sale['transactions'][0]['id']}/refund", {"amount": 15})
    given = {
        "order": sale["order"]["id"],
        "transaction": sale["transactions"][0]["id"],
        "subscription": sale["subscription"]["id"],
    }

    said = await world.run("payments", given)

    assert [each["_id"] for each in said["orders"]["data"]] == [given["order"]]
    assert (said["order"]["source"]["type"], said["order"]["amount"]) == ("membership", 40)
    rows = said["transactions"]["data"]
    assert sorted(each["amount"] for each in rows) == [40, 49]
    assert {each["_id"] for each in rows} == world.state.transactions.keys()
    assert {each["subscriptionId"] for each in rows} == {said["subscription"]["subscriptionId"]}
    assert (said["transaction"]["amountRefunded"], said["transaction"]["status"]) == (15, "succeeded")
    assert said["subscriptions"]["totalCount"] == 1
    assert [each["code"] for each in said["coupons"]["data"]] == ["SPRING"]


async def test_node_products(world):
    """A product with two prices: changed, read, listed, one price deleted."""
    said = await world.run("products")
    product = world.state.products[said["made"]["_id"]]
    (price,) = world.state.prices.values()

    assert said["changed"]["amount"] == said["price"]["amount"] == 99
    assert sorted(each["amount"] for each in said["prices"]["prices"]) == [9.5, 99]
    assert said["renamed"]["name"] == said["read"]["name"] == product.name == "Course 2027"
    assert [each["_id"] for each in said["listed"]["products"]] == [product.id]
    assert said["gone"]["status"] is True
    assert (price.id, str(price.amount), price.type) == (said["monthly"]["_id"], "9.5", "recurring")


async def test_node_workflows(world):
    """A published workflow takes a contact, asks for a review, and lets the contact go."""
    said = await world.run("workflows")

    assert {each["status"] for each in said["listed"]} >= {"published"}
    assert said["inside"]["succeded"] is True and said["outside"]["succeded"] is True
    assert [each.to for each in world.state.messages] == ["ada@example.com"]
    assert {each.contact_id for each in world.state.enrolments} == {said["contact"]["id"]}


async def consented(world: World, level: str) -> str:
    """A person accepts on the consent page; the code that the browser brings back."""
    query = {
        "response_type": "code",
        "client_id": world.sandbox.credentials["client_id"],
        "redirect_uri": BACK,
        "scope": "contacts.readonly workflows.readonly oauth.readonly oauth.write",
        "level": level,
    }
    answer = await world.http.post("/v2/oauth/chooselocation", data=query)
    return urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)["code"][0]


async def test_node_oauth(world):
    """Agency and location tokens; renewed by the client before they end and on a 401; a used token is refused."""
    known = world.sandbox.credentials
    said = await world.run(
        "oauth",
        CLIENT_ID=known["client_id"],
        CLIENT_SECRET=known["client_secret"],
        COMPANY_ID=known["company_id"],
        REDIRECT_URI=BACK,
        COMPANY_CODE=await consented(world, "Company"),
        LOCATION_CODE=await consented(world, "Location"),
    )

    assert (said["agency"]["userType"], said["pair"]["userType"]) == ("Company", "Location")
    assert [each["_id"] for each in said["installed"]["locations"]] == [known["location_id"]]
    assert said["minted"]["locationId"] == said["pair"]["locationId"] == known["location_id"]
    assert said["totals"] == [0, 0] and said["revoked"] == {"revoked": True}
    assert {each["id"] for each in said["workflows"]} == world.state.workflows.keys()
    first, second, last = said["tokens"]
    assert len({first, second, last}) == 3
    grants = world.sandbox._service.tokens.state.grants
    assert last in grants and not {first, second} & grants.keys()
    assert said["refused"]["status"] in {400, 401}
    assert (said["wrong"]["kind"], said["wrong"]["status"]) == ("GHLAuthenticationError", 401)
