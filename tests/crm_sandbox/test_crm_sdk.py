"""HighLevel's own Python client (gohighlevel-api-client, v3) against the stand-in over a real port."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from highlevel import HighLevel
from highlevel.error import GHLError

from crm_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.server import Running

# the client hands form bodies to httpx in a way that httpx has deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

BACK = "https://sync.example.org/callback"


@dataclass
class World:
    """A running stand-in and a plain client for what a person does in it."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    url: str
    clients: list[HighLevel] = field(default_factory=list)

    @property
    def place(self) -> dict[str, str]:
        return {"locationId": self.sandbox.location.id}

    @property
    def alt(self) -> dict[str, str]:
        return {"altId": self.sandbox.location.id, "altType": "location"}

    @property
    def alt_args(self) -> dict[str, str]:
        return {"alt_id": self.sandbox.location.id, "alt_type": "location"}

    def sdk(self, **members: Any) -> HighLevel:
        """The official client, told of nothing but another address."""

        class Here(HighLevel):
            BASE_URL = self.url

        made = Here(**(members or {"private_integration_token": self.sandbox.credentials["private_token"]}))
        self.clients.append(made)
        return made

    async def act(self, path: str, body: object = None) -> dict[str, Any]:
        answer = await self.http.post(f"/_sandbox/{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def invoice(self, contact: str) -> dict[str, Any]:
        item = {"name": "Fitting", "currency": "USD", "amount": 150, "qty": 2, "taxes": []}
        return {
            **self.alt,
            "name": "Kitchen",
            "currency": "USD",
            "businessDetails": {"name": "Harbour"},
            "contactDetails": {"id": contact, "name": "Ada", "email": "ada@example.com"},
            "issueDate": "2026-03-02",
            "dueDate": "2026-03-16",
            "items": [item],
            "discount": {"type": "percentage", "value": 0},
            "sentTo": {"email": ["ada@example.com"]},
            "liveMode": True,
        }


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A location in the US over a real port."""
    sandbox = Sandbox(seed="empty", clock=Clock())
    async with (
        Running(sandbox.app, background=sandbox.background) as server,
        httpx.AsyncClient(base_url=server.url) as http,
    ):
        sandbox.base_url = server.url
        world = World(sandbox, http, server.url)
        yield world
        for client in world.clients:
            await client.http_client.aclose()


async def test_contacts(world):
    """Create, find, read, change, tag, search, delete; a duplicate is told with its id."""
    api = world.sdk().contacts
    made = (await api.create_contact({**world.place, "email": "ada@example.com", "firstName": "Ada"}))[
        "contact"
    ]
    found = await api.get_duplicate_contact(location_id=world.place["locationId"], email="ada@example.com")
    upserted = await api.upsert_contact({**world.place, "email": "ada@example.com", "lastName": "Byron"})
    changed = await api.update_contact(made["id"], {"customFields": [{"id": "f", "fieldValue": "118"}]})
    tagged = await api.add_tags(made["id"], {"tags": ["customer", "vip"]})
    untagged = await api.remove_tags(made["id"], {"tags": ["vip"]})
    searched = await api.search_contacts_advanced({**world.place, "pageLimit": 10})
    read = (await api.get_contact(made["id"]))["contact"]
    with pytest.raises(GHLError, match="duplicated"):
        await api.create_contact({**world.place, "email": "ADA@example.com"})
    gone = await api.delete_contact(made["id"])

    assert found["contact"]["id"] == made["id"] and upserted["new"] is False
    assert changed["succeeded"] is True and gone["succeeded"] is True
    assert (tagged["tags"], untagged["tags"]) == (["customer", "vip"], ["customer"])
    assert [each["id"] for each in searched["contacts"]] == [made["id"]]
    assert (read["lastName"], read["customFields"]) == ("Byron", [{"id": "f", "value": "118"}])


async def test_invoices(world):
    """Draft, replace, send, part payment, payment, void, delete, text2pay, list."""
    sdk = world.sdk()
    contact = (await sdk.contacts.create_contact({**world.place, "email": "ada@example.com"}))["contact"][
        "id"
    ]
    api, body = sdk.invoices, world.invoice(contact)
    number = await api.generate_invoice_number(**world.alt_args)
    draft = await api.create_invoice(body)
    whole = {name: value for name, value in body.items() if name not in {"items", "sentTo"}}
    replaced = await api.update_invoice(
        draft["_id"], {**whole, "name": "Kitchen 2", "invoiceItems": body["items"]}
    )
    send = {**world.alt, "action": "send_manually", "liveMode": True}
    send["userId"] = world.sandbox.location.state.user_id
    sent = (await api.send_invoice(draft["_id"], send))["invoice"]
    part = (await api.record_invoice(draft["_id"], {**world.alt, "mode": "cash", "amount": 100}))["invoice"]
    paid = (await api.record_invoice(draft["_id"], {**world.alt, "mode": "cash"}))["invoice"]
    other, third = await api.create_invoice(body), await api.create_invoice(body)
    void = await api.void_invoice(other["_id"], world.alt)
    await api.delete_invoice(third["_id"], **world.alt_args)
    quick = await api.text2pay_invoice({**body, "action": "send", "userId": send["userId"]})
    listed = await api.list_invoices(**world.alt_args, limit="10", offset="0", status="paid")
    settings = await api.get_invoice_settings(**world.alt_args)
    with pytest.raises(GHLError):
        await api.get_invoice(third["_id"], **world.alt_args)

    assert (number["invoiceNumber"], draft["status"], replaced["name"]) == (1, "draft", "Kitchen 2")
    assert [each["status"] for each in (sent, part, paid, void)] == ["sent", "partially_paid", "paid", "void"]
    assert quick["invoice"]["status"] == "sent"
    assert (await world.http.get(quick["invoiceUrl"])).status_code == 200
    assert [each["_id"] for each in listed["invoices"]] == [draft["_id"]]
    assert settings["title"] == "INVOICE"


async def test_payments(world):
    """Orders, transactions, subscriptions and coupons of a checkout that recurs."""
    monthly = {"name": "Members area", "price": 49, "recurring": {"interval": "month"}}
    sale = await world.act(
        "checkouts",
        {
            "source": "membership",
            "contact": {"email": "ada@example.com"},
            "items": [monthly],
            "coupon": {"code": "SPRING", "type": "amount", "value": 9},
        },
    )
    await world.act(f"subscriptions/{sale['subscription']['id']}/renew")
    await world.act(f"transactions/{sale['transactions'][0]['id']}/refund", {"amount": 15})
    api, alt = world.sdk().payments, world.alt_args
    orders = await api.list_orders(alt_id=alt["alt_id"], limit=10, offset=0)
    order = await api.get_order_by_id(sale["order"]["id"], alt_id=alt["alt_id"])
    rows = (await api.list_transactions(**alt, limit=10))["data"]
    one = await api.get_transaction_by_id(sale["transactions"][0]["id"], **alt)
    subscriptions = await api.list_subscriptions(**alt)
    subscription = await api.get_subscription_by_id(sale["subscription"]["id"], **alt)
    coupons = await api.list_coupons(**alt)

    assert orders["totalCount"] == 1 and order["source"]["type"] == "membership"
    assert sorted(each["amount"] for each in rows) == [40, 49]
    assert {each["subscriptionId"] for each in rows} == {subscription["subscriptionId"]}
    assert (one["amountRefunded"], one["status"]) == (15, "succeeded")
    assert subscriptions["totalCount"] == 1
    assert coupons["data"][0]["code"] == "SPRING"


async def test_products(world):
    """A product with two prices, changed and deleted. The client calls their list `list_invoices` (reference 6)."""
    api, place = world.sdk().products, world.place
    made = await api.create_product({**place, "name": "Course", "productType": "DIGITAL"})
    price = {**place, "name": "Once", "type": "one_time", "currency": "USD", "amount": 120}
    once = await api.create_price_for_product(made["_id"], price)
    await api.create_price_for_product(
        made["_id"],
        {**price, "type": "recurring", "amount": 9.5, "recurring": {"interval": "month", "intervalCount": 1}},
    )
    changed = await api.update_price_by_id_for_product(made["_id"], once["_id"], {**price, "amount": 99})
    prices = await api.list_prices_for_product(made["_id"], location_id=place["locationId"])
    renamed = await api.update_product_by_id(
        made["_id"], {**place, "name": "Course 2027", "productType": "DIGITAL"}
    )
    listed = await api.list_invoices(location_id=place["locationId"], limit=10, search="2027")
    gone = await api.delete_product_by_id(made["_id"], location_id=place["locationId"])

    assert changed["amount"] == 99 and sorted(each["amount"] for each in prices["prices"]) == [9.5, 99]
    assert renamed["name"] == "Course 2027" and len(listed["products"]) == 1
    assert gone["status"] is True


async def test_workflows(world):
    """A published workflow takes a contact, asks for a review, and lets the contact go."""
    sdk = world.sdk()
    contact = (await sdk.contacts.create_contact({**world.place, "email": "ada@example.com"}))["contact"][
        "id"
    ]
    listed = (await sdk.workflows.get_workflow(location_id=world.place["locationId"]))["workflows"]
    review = next(each for each in listed if each["status"] == "published")
    inside = await sdk.contacts.add_contact_to_workflow(contact, review["id"], {})
    outside = await sdk.contacts.delete_contact_from_workflow(contact, review["id"], {})
    outbox = (await world.http.get("/_sandbox/outbox")).json()

    assert inside["succeeded"] is True and outside["succeeded"] is True
    assert [each["to"] for each in outbox["messages"]] == ["ada@example.com"]


async def consented(world: World, level: str) -> str:
    """A person accepts on the consent page; the code that the browser brings back."""
    query = {
        "response_type": "code",
        "client_id": world.sandbox.credentials["client_id"],
        "redirect_uri": BACK,
        "scope": "contacts.readonly oauth.readonly oauth.write",
        "level": level,
    }
    answer = await world.http.post("/v2/oauth/chooselocation", data=query)
    return urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)["code"][0]


async def test_oauth_of_an_agency(world):
    """Code, company token, installed locations, location token, refresh; the old refresh token is dead."""
    known = world.sandbox.credentials
    client = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    sdk = world.sdk(**client)
    grant = {"clientId": client["client_id"], "clientSecret": client["client_secret"]}
    grant |= {"grantType": "authorization_code", "userType": "Company", "redirectUri": BACK}
    pair = await sdk.oauth.get_access_token({**grant, "code": await consented(world, "Company")})
    agency = world.sdk(**client, agency_access_token=pair["accessToken"])
    company = known["company_id"]
    rows = await agency.oauth.get_installed_location(
        company_id=company, app_id=client["client_id"].partition("-")[0], is_installed=True
    )
    (row,) = rows["items"]
    minted = await agency.oauth.get_location_access_token({"companyId": company, "locationId": row["_id"]})
    inside = world.sdk(**client, location_access_token=minted["accessToken"])
    found = await inside.contacts.search_contacts_advanced({**world.place, "pageLimit": 1})
    refresh = (pair["refreshToken"], client["client_id"], client["client_secret"], "refresh_token", "Company")
    fresh = await sdk.oauth.refresh_token(*refresh)
    with pytest.raises(GHLError):
        await sdk.oauth.refresh_token(*refresh)

    assert pair["userType"] == "Company" and pair["companyId"] == company
    assert row["_id"] == world.place["locationId"] and found["total"] == 0
    assert fresh["accessToken"] != pair["accessToken"]


async def test_oauth_of_a_location(world):
    """Code, tokens, a call with them; after the refresh the old access token opens nothing."""
    known = world.sandbox.credentials
    client = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    sdk = world.sdk(**client)
    grant = {"clientId": client["client_id"], "clientSecret": client["client_secret"]}
    grant |= {"grantType": "authorization_code", "userType": "Location", "redirectUri": BACK}
    pair = await sdk.oauth.get_access_token({**grant, "code": await consented(world, "Location")})
    inside = world.sdk(**client, location_access_token=pair["accessToken"])
    before = await inside.contacts.search_contacts_advanced({**world.place, "pageLimit": 1})
    refresh = (
        pair["refreshToken"],
        client["client_id"],
        client["client_secret"],
        "refresh_token",
        "Location",
    )
    fresh = await sdk.oauth.refresh_token(*refresh)
    renewed = world.sdk(**client, location_access_token=fresh["accessToken"])
    after = await renewed.contacts.search_contacts_advanced({**world.place, "pageLimit": 1})
    with pytest.raises(GHLError):
        await inside.contacts.search_contacts_advanced({**world.place, "pageLimit": 1})

    assert (pair["userType"], pair["locationId"]) == ("Location", known["location_id"])
    assert (before["total"], after["total"]) == (0, 0)


async def test_its_webhook_helper_accepts_our_signature(world):
    """Ed25519 over the raw body, with the key that the stand-in shows; a changed byte is refused."""
    raw = b'{"type":"InvoicePaid"}'
    signature = world.sandbox._service.webhooks.sign(raw)
    der = bytes.fromhex("302a300506032b6570032100") + base64.b64decode(
        world.sandbox.credentials["webhook_public_key"]
    )
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"
    helper = world.sdk().webhooks

    assert helper.verify_ed25519_signature(raw.decode(), signature, pem) is True
    assert helper.verify_ed25519_signature(raw.decode() + " ", signature, pem) is False
