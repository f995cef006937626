"""Nonsense over HTTP, to every operation, page and control: refused or taken, never a 500, and what is answered still fits."""

from __future__ import annotations

import random
import urllib.parse
from decimal import Decimal

import msgspec
import pytest

ROUNDS = 12
WORDS = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e9",
        "1e999999",
        "NaN",
        "Infinity",
        "null",
        "true",
        "[]",
        "{}",
        "9" * 400,
        "½",
        "٣",
    ),
    *(
        "2026-02-30",
        "2026-03-02",
        "0000-00-00",
        "a@b.co",
        "4242424242424242",
        "../..",
        "%",
        "\x00",
        "💸" * 50,
    ),
)
VALUES = (
    None,
    True,
    False,
    0,
    -1,
    10**30,
    Decimal("0.1"),
    Decimal("1E+40"),
    [],
    {},
    [[]],
    [{}],
    {"a": [None]},
    *WORDS,
)
RAW = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"a":' * 200,
    b"0" * 5000,
    b"1E400",
    b'{"amount":1E999999}',
)


async def known(crm):
    """A location in which there is one of everything; the ids by the name of their path member, and good bodies."""
    contact = await crm.contact(email="ada@example.com", phone="+12075550123", tags=["customer"])
    monthly = {"name": "Members area", "price": 49, "recurring": {"interval": "month"}}
    sale = await crm.buy(items=[monthly], coupon={"code": "SPRING", "type": "amount", "value": 9})
    invoice = await crm.sent()
    state = crm.sandbox.location.state
    price = next(iter(state.prices.values()))
    trigger = await crm.act("/triggers", {"key": "paid", "workflow": next(iter(state.workflows))})
    ids = {
        "contactId": contact["id"],
        "workflowId": next(iter(state.workflows)),
        "productId": price.product_id,
        "priceId": price.id,
        "invoiceId": invoice["_id"],
        "orderId": sale["order"]["id"],
        "transactionId": sale["transactions"][0]["id"],
        "subscriptionId": sale["subscription"]["id"],
        "locationId": crm.location,
        "userId": state.user_id,
        "triggerId": trigger["triggerData"]["id"],
        "appId": crm.sandbox.credentials["client_id"].partition("-")[0],
    }
    draft = await crm.invoice_body()
    whole = {name: each for name, each in draft.items() if name not in {"items", "sentTo"}}
    place, company = {"locationId": crm.location}, {"companyId": state.company_id}
    bodies = {
        "/contacts/": {**place, "email": "new@example.com", "tags": ["a"]},
        "/contacts/upsert": {**place, "email": "ada@example.com", "firstName": "Ada"},
        "/contacts/search": {
            **place,
            "pageLimit": 5,
            "filters": [{"field": "tags", "operator": "eq", "value": "a"}],
        },
        "/contacts/{contactId}": {"lastName": "Byron", "phone": "+12075550155"},
        "/contacts/{contactId}/tags": {"tags": ["a", "b"]},
        "/contacts/{contactId}/workflow/{workflowId}": {},
        "/invoices/": draft,
        "/invoices/text2pay": {**draft, "userId": state.user_id, "action": "send"},
        "/invoices/{invoiceId}": {**whole, "invoiceItems": draft["items"]},
        "/invoices/{invoiceId}/send": {**crm.alt, "action": "email", "liveMode": True},
        "/invoices/{invoiceId}/void": crm.alt,
        "/invoices/{invoiceId}/record-payment": {**crm.alt, "mode": "cash", "amount": 1},
        "/products/": {**place, "name": "Book", "productType": "DIGITAL"},
        "/products/{productId}": {**place, "name": "Book", "productType": "DIGITAL"},
    }
    price_body = {**place, "name": "Once", "type": "one_time", "currency": "USD", "amount": 5}
    bodies |= dict.fromkeys(
        ("/products/{productId}/price", "/products/{productId}/price/{priceId}"), price_body
    )
    bodies |= {f"/oauth/{each}": {**place, **company} for each in ("locationToken", "location-token")}
    bodies["/marketplace/app/{appId}/installations"] = place
    return ids, bodies


def spoilt(value, chance):
    """The value with one thing in it, at any depth, replaced, left out or added."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        kept = {name: each for name, each in value.items() if name != key}
        if chance.random() < 0.15:
            return kept
        return {**kept, key: spoilt(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        return [spoilt(value[0], chance), *value[1:]]
    return chance.choice(VALUES)


def query_of(crm, chance):
    """Members that some operation knows, some of them nonsense."""
    good = {**crm.alt, "locationId": crm.location, "limit": "10", "offset": "0"}
    names = (
        "startAt",
        "endAt",
        "search",
        "status",
        "contactId",
        "sortOrder",
        "paymentMode",
        "expand",
        "ids",
        "page",
    )
    query = dict(good) if chance.random() < 0.8 else {}
    for name in chance.sample([*good, *names], chance.randint(0, 3)):
        query[name] = chance.choice(WORDS)
    if chance.random() < 0.5:
        query = {name: query[name] for name in query if name in chance.sample([*good], 3)}
    return query


@pytest.mark.parametrize("version", ["2021-07-28", "v3"])
async def test_no_operation_breaks(make_crm, version):
    """`Crm.call` also holds each answer against HighLevel's files."""
    crm = make_crm(seed="sample", webhooks_url=None)
    crm.sandbox.switches.burst_limit = 10**6
    ids, bodies = await known(crm)
    chance = random.Random(f"operations {version}")
    seen = set()
    for name in crm.sandbox.operations * ROUNDS * 3:
        method, _, path = name.partition(" ")
        if method == "DELETE" and chance.random() < 0.97:
            continue
        used = {
            key: each if chance.random() < 0.85 else chance.choice(("none", "%20", "%00", "0" * 300))
            for key, each in ids.items()
        }
        body = None
        if method in {"POST", "PUT", "DELETE"}:
            body = (
                bodies[path]
                if path in bodies and chance.random() < 0.9
                else chance.choice([*bodies.values()])
            )
            body = spoilt(body, chance) if chance.random() < 0.7 else body
        answer = await crm.call(
            method, path.format(**used), body, headers={"Version": version}, **query_of(crm, chance)
        )
        seen.add(answer.status_code)
        assert answer.status_code < 500, (name, body, answer.text)
    assert {200, 201, 400, 401, 404, 422} <= seen


async def test_bodies_that_are_no_json_are_refused(crm):
    """Whatever bytes come, whatever they claim to be."""
    crm.sandbox.switches.burst_limit = 10**6
    token = crm.sandbox.credentials["private_token"]
    for name in crm.sandbox.operations:
        method, _, path = name.partition(" ")
        if method == "GET":
            continue
        for raw in RAW:
            for kind in ("application/json", "application/x-www-form-urlencoded", ""):
                headers = {"Authorization": f"Bearer {token}", "Version": "v3", "Content-Type": kind}
                answer = await crm.http.request(method, path, content=raw, headers=headers)
                assert answer.status_code < 500, (name, raw, kind, answer.text)


async def test_no_oauth_call_breaks(crm):
    """Forms and JSON, of either generation, with parts missing or wrong."""
    known = crm.sandbox.credentials
    chance = random.Random("oauth")
    good = {
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
        "user_type": "Location",
        "clientKey": known["client_id"],
        "clientSecret": known["client_secret"],
        "locationId": crm.location,
        "grant_type": "refresh_token",
        "refresh_token": "x",
        "code": "y",
        "redirect_uri": "https://x.example/",
        "response_type": "code",
        "scope": "contacts.readonly",
        "state": "s",
        "level": "Location",
    }
    for path in ("/oauth/token", "/oauth/reconnect", "/v2/oauth/chooselocation") * 60:
        body = spoilt(good, chance)
        headers = {"Version": chance.choice(("v3", "2021-07-28", "x"))}
        as_form = {name: str(each) for name, each in body.items()} if isinstance(body, dict) else {}
        form = await crm.http.post(path, data=as_form, headers=headers)
        raw = msgspec.json.encode(body, enc_hook=str)
        json = await crm.http.post(path, content=raw, headers={**headers, "Content-Type": "application/json"})
        shown = await crm.http.get("/v2/oauth/chooselocation", params=as_form)
        assert max(form.status_code, json.status_code, shown.status_code) < 500, (path, body)


async def test_no_page_breaks(make_crm):
    """Every form with every field wrong somewhere, every page with a strange query."""
    crm = make_crm(seed="sample", webhooks_url=None)
    ids, _ = await known(crm)
    chance = random.Random("pages")
    state = crm.sandbox.location.state
    records = [
        *ids.values(),
        *state.taxes,
        *state.contacts,
        "order-form",
        "store",
        "two-step",
        "calendar",
        "none",
    ]
    typed = (*WORDS, *records, "email", "success", "one_time", "SERVICE", "month", "1", "9.5", "2026-03-05")
    fields = (
        *(
            "firstName",
            "lastName",
            "email",
            "phone",
            "tags",
            "country",
            "loser",
            "workflow",
            "name",
            "productType",
        ),
        *(
            "tax",
            "amount",
            "interval",
            "setupFee",
            "trialPeriod",
            "contact",
            "issueDate",
            "dueDate",
            "discount",
        ),
        *(
            "discountType",
            "line_price",
            "line_name",
            "line_qty",
            "line_amount",
            "line_tax",
            "action",
            "mode",
            "date",
        ),
        *("notes", "fee", "full", "outcome", "card", "to", "tag", "page_url", "redirect_uri", "webhooks_url"),
        *("price", "slot", "step", "coupon", "tip"),
    )
    routes = [
        (method, each.path)
        for each in crm.sandbox.app._app.routes
        for method in sorted(each.methods or ())
        if each.path.startswith(("/crm/", "/pay/")) and method in {"GET", "POST"}
    ]
    for method, template in routes * ROUNDS:
        path = template
        for member in ("{id}", "{price}", "{stand}"):
            path = path.replace(member, urllib.parse.quote(chance.choice(records), safe=""))
        query = {
            name: chance.choice(WORDS)
            for name in chance.sample(("page", "search", "status", "as", "done"), 2)
        }
        form = {name: [chance.choice(typed) for _ in range(3)] for name in chance.sample(fields, 14)}
        answer = await crm.http.request(method, path, params=query, data=form if method == "POST" else None)
        assert answer.status_code < 500, (method, path, form)
    assert (await crm.http.get("/")).status_code == 200


async def test_no_control_breaks(crm):
    """The control API answers 4xx with a sentence."""
    ids, _ = await known(crm)
    chance = random.Random("control")
    good = {
        "amount": "1",
        "card": "success",
        "tip": "1",
        "outcome": "succeeded",
        "survivor": ids["contactId"],
        "loser": ids["contactId"],
        "url": None,
        "kind": "private",
        "token": "x",
        "page_url": "http://x.example/",
        "source": "store",
        "contact": {"email": "a@b.co"},
        "items": [{"name": "x", "price": 1}],
        "shipping": 1,
        "locations": ["Second shop"],
        "whitelabel_domain": "crm.harbour.example",
        "key": "k",
        "workflow": ids["workflowId"],
        "filters": [{"field": "currency", "operator": "==", "value": "USD"}],
    }
    paths = [
        each.path
        for each in crm.sandbox.app._app.routes
        if each.path.startswith("/_sandbox/") and "POST" in (each.methods or ())
    ]
    mine = [each for each in paths if not each.endswith(("/reset", "/settle", "/clock"))]
    for path in mine * ROUNDS:
        body = spoilt(good, chance)
        full = path.replace("{id}", chance.choice([*ids.values()]))
        raw = chance.choice(RAW) if chance.random() < 0.2 else msgspec.json.encode(body, enc_hook=str)
        answer = await crm.http.post(full, content=raw)
        assert answer.status_code < 500, (full, raw)
