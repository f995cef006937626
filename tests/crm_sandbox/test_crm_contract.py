"""The stand-in against HighLevel's own OpenAPI files: every answer, and every body and query it takes (reference 18)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crm_sandbox.api import account, agency, invoices, payments, products
from crm_sandbox.api import contacts as contact_operations
from crm_sandbox.location import catalogue_bodies, contact_bodies, custom_fields, invoice_bodies
from crm_sandbox.location.shapes import ListOf, Object
from highlevel_files.judge import DATED, V3, judge

pytestmark = pytest.mark.skipif(
    judge() is None, reason="HighLevel's OpenAPI files are not beside the repository (../shared)"
)

NO_SCHEMA = {
    "GET /locations/{locationId}/timezones": "nor has the reference; test_crm_versions.py",
}


LATE_FEES = {
    "enable": True,
    "value": 10,
    "type": "fixed",
    "frequency": {"intervalCount": 10, "interval": "day"},
}


def found(name):
    """The operation of the files and its document; the dated generation first, what only v3 has from there."""
    method, _, path = name.partition(" ")
    for version in (DATED, V3):
        operation = judge().find(method, path.format_map(Blank()), version)
        if operation is not None and operation.name == name:
            return operation
    raise AssertionError(f"{name} is in none of HighLevel's files")


class Blank(dict):
    """A word for every member of a path."""

    def __missing__(self, name):
        return "x"


def test_every_operation_that_is_served_is_in_the_official_files(crm):
    """Nothing invented, spelt as they spell it."""
    listed = [each for each in crm.sandbox.operations if "workflows-marketplace" not in each]

    assert [found(name).name for name in listed] == listed


@pytest.mark.parametrize("version", [DATED, V3])
def test_no_operation_of_the_files_is_taken_for_another(crm, version):
    """What is not imitated must not look like a record of what is: `schedule` is no invoice's id."""
    for each in judge().operations(version):
        method, _, path = each.name.partition(" ")
        found = crm.sandbox._table.find(method, path.format_map(Blank()))

        assert found is None or version not in found[0].versions or found[0].name == each.name


async def tour(crm):
    """Calls every operation once with success; yields operation and answer."""
    contact = await crm.contact(
        email="ada@example.com", phone="+12075550123", tags=["customer"], companyName="Byron"
    )
    one = f"/contacts/{contact['id']}"
    workflow = next(iter(crm.sandbox.location.state.workflows))
    place = {"locationId": crm.location}
    sale = await crm.buy(
        items=[
            {"name": "Members area", "price": 49, "qty": 1, "recurring": {"interval": "month"}},
            {"name": "Workbook", "price": Decimal("30.5"), "taxes": [{"name": "Sales tax", "rate": 10}]},
        ],
        coupon={"code": "SPRING15", "type": "amount", "value": 15},
    )
    product = await crm.ok("POST", "/products/", {**place, "name": "Course", "productType": "DIGITAL"})
    goods = f"/products/{product['_id']}"
    price_body = {
        **place,
        "name": "Monthly",
        "type": "recurring",
        "currency": "USD",
        "amount": Decimal("9.5"),
    }
    price_body["recurring"] = {"interval": "month", "intervalCount": 1}
    price = await crm.ok("POST", f"{goods}/price", price_body)
    draft, sent = await crm.draft(), await crm.sent()
    await crm.pay(sent, amount=Decimal("100.5"))
    paths = {
        "contactId": contact["id"],
        "workflowId": workflow,
        "productId": product["_id"],
        "priceId": price["_id"],
        "invoiceId": draft["_id"],
        "orderId": sale["order"]["id"],
        "transactionId": sale["transactions"][0]["id"],
        "subscriptionId": sale["subscription"]["id"],
        "locationId": crm.location,
        "userId": crm.sandbox.location.state.user_id,
    }
    bodies = {
        "POST /contacts/": {**place, "email": "new@example.com"},
        "POST /contacts/upsert": {**place, "email": "ada@example.com", "firstName": "Ada"},
        "POST /contacts/search": {**place, "pageLimit": 5},
        "PUT /contacts/{contactId}": {"lastName": "Byron"},
        "POST /contacts/{contactId}/tags": {"tags": ["a"]},
        "DELETE /contacts/{contactId}/tags": {"tags": ["a"]},
        "POST /products/": {**place, "name": "Book", "productType": "PHYSICAL"},
        "PUT /products/{productId}": {**place, "name": "Book", "productType": "PHYSICAL"},
        "PUT /products/{productId}/price/{priceId}": price_body,
        "POST /invoices/text2pay": text2pay(crm, await crm.invoice_body()),
        "POST /products/{productId}/price": price_body,
        "POST /invoices/": await crm.invoice_body(),
        "PUT /invoices/{invoiceId}": replacing(await crm.invoice_body()),
        "POST /invoices/{invoiceId}/send": {**crm.alt, "action": "send_manually", "liveMode": True},
        "POST /invoices/{invoiceId}/record-payment": {**crm.alt, "mode": "cash", "amount": 1},
        "POST /invoices/{invoiceId}/void": crm.alt,
        "POST /locations/{locationId}/customFields": {"name": "QuickBooks id", "dataType": "TEXT"},
        "PATCH /invoices/{invoiceId}/late-fees-configuration": {
            **crm.alt,
            "lateFeesConfiguration": LATE_FEES,
        },
    }
    queries = {"alt": crm.alt, "place": place}
    for name in crm.sandbox.operations:
        if not name.startswith("DELETE ") and "/oauth/" not in name and "marketplace/" not in name:
            open_one = name.endswith(("record-payment", "late-fees-configuration"))
            open_invoice = {"invoiceId": sent["_id"]} if open_one else {}
            yield name, await visit(crm, name, {**paths, **open_invoice}, bodies, queries)
    yield (
        "DELETE /invoices/{invoiceId}",
        await crm.call("DELETE", f"/invoices/{(await crm.draft())['_id']}", **crm.alt),
    )
    for tail in ("/price/{priceId}", ""):
        name = "DELETE /products/{productId}" + tail
        yield name, await crm.call("DELETE", name.removeprefix("DELETE ").format(**paths), **place)
    for tail in ("/tags", f"/workflow/{workflow}", ""):
        name = "DELETE /contacts/{contactId}" + tail.replace(workflow, "{workflowId}")
        yield name, await crm.call("DELETE", one + tail, bodies.get(name, {}))


def text2pay(crm, body):
    """A create body as text2pay wants it (reference 8)."""
    return {**body, "action": "send", "userId": crm.sandbox.location.state.user_id}


def replacing(body):
    """A create body as PUT wants it (reference 7.8)."""
    body = {**body, "invoiceItems": body["items"]}
    for name in ("items", "sentTo"):
        del body[name]
    return body


async def visit(crm, name, paths, bodies, queries):
    method, _, path = name.partition(" ")
    query = {}
    if method in {"GET"}:
        alt = path.startswith(("/invoices", "/payments"))
        query = dict(queries["alt"] if alt else queries["place"])
        if path == "/invoices/":
            query |= {"limit": "10", "offset": "0"}
        if path == "/users/search":
            query = {"companyId": crm.sandbox.location.state.company_id}
        if path.startswith(("/contacts/{contactId}", "/locations/", "/users/{userId}")):
            query = {}
    return await crm.call(
        method, path.format(**paths), bodies.get(name, {} if method == "POST" else None), **query
    )


async def test_every_answer_fits_the_official_files(crm):
    """Each operation once with success; `Crm.call` holds every answer of the suite against the files."""
    crm.sandbox.switches.burst_limit = 1000
    seen, without = set(), set()
    async for name, answer in tour(crm):
        seen.add(name)
        assert answer.status_code < 300, (name, answer.text)
        method, _, path = name.partition(" ")
        verdict = judge().answer(method, path.format_map(Blank()), answer.status_code, answer.json())
        if verdict is None:
            without.add(name)
        else:
            assert verdict == [], name

    elsewhere = {each for each in crm.sandbox.operations if "oauth/" in each or "marketplace/" in each}
    assert seen == {*crm.sandbox.operations} - elsewhere
    assert without == NO_SCHEMA.keys()


def spec_shape(uri, schema):
    """Members and required members of an object schema, references followed."""
    schema = judge().shape(uri, schema)
    return set(schema.get("properties", {})), set(schema.get("required", []))


def differences(uri, schema, shape, where):
    """How a shape of ours and a schema of the file differ, nested objects and lists of objects included."""
    follow = judge().shape
    members, required = spec_shape(uri, schema)
    own_required = {name for name, each in shape.members.items() if each.required}
    wrong = [f"{where}: only in the file: {name}" for name in sorted(members - shape.members.keys())]
    wrong += [f"{where}: only here: {name}" for name in sorted(shape.members.keys() - members)]
    wrong += [f"{where}: required in the file: {name}" for name in sorted(required - own_required)]
    wrong += [f"{where}: required here: {name}" for name in sorted(own_required - required)]
    for name, each in shape.members.items():
        inner = follow(uri, follow(uri, schema).get("properties", {}).get(name, {}))
        own = each.shape
        if isinstance(own, ListOf):
            inner, own = follow(uri, inner.get("items", {})), own.element
        if isinstance(own, Object) and inner.get("properties"):
            wrong += differences(uri, inner, own, f"{where}.{name}")
    return wrong


BODIES = {
    "POST /contacts/": contact_bodies.CREATE,
    "POST /contacts/upsert": contact_bodies.UPSERT,
    "PUT /contacts/{contactId}": contact_bodies.UPDATE,
    "POST /contacts/{contactId}/tags": contact_bodies.TAGS,
    "POST /contacts/{contactId}/workflow/{workflowId}": contact_bodies.ENROL,
    "POST /invoices/": invoice_bodies.CREATE,
    "PUT /invoices/{invoiceId}": invoice_bodies.REPLACE,
    "POST /invoices/{invoiceId}/send": invoice_bodies.SEND,
    "POST /invoices/{invoiceId}/void": invoice_bodies.VOID,
    "POST /invoices/{invoiceId}/record-payment": invoice_bodies.RECORD_PAYMENT,
    "POST /invoices/text2pay": invoice_bodies.TEXT2PAY,
    "PATCH /invoices/{invoiceId}/late-fees-configuration": invoice_bodies.LATE_FEES,
    "POST /products/": catalogue_bodies.PRODUCT,
    "PUT /products/{productId}": catalogue_bodies.REPLACE_PRODUCT,
    "PUT /products/{productId}/price/{priceId}": catalogue_bodies.PRICE,
    "DELETE /marketplace/app/{appId}/installations": agency._UNINSTALL,
    "POST /products/{productId}/price": catalogue_bodies.PRICE,
    "POST /locations/{locationId}/customFields": custom_fields.CREATE,
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_are_taken_as_the_official_files_say(name):
    """The same members, the same ones required, at every depth."""
    operation = found(name)
    schema = operation.spec["requestBody"]["content"]["application/json"]["schema"]

    assert differences(operation.uri, schema, BODIES[name], "body") == []


QUERIES = {
    "GET /contacts/": contact_operations._LIST,
    "GET /locations/{locationId}/customFields": account._CUSTOM_FIELDS,
    "GET /contacts/search/duplicate": contact_operations._DUPLICATE,
    "GET /invoices/": invoices._LIST,
    "GET /invoices/{invoiceId}": invoices._ONE,
    "GET /payments/orders": payments._ORDERS,
    "GET /payments/orders/{orderId}": payments._ORDER,
    "GET /payments/transactions": payments._TRANSACTIONS,
    "GET /payments/transactions/{transactionId}": payments._TRANSACTION,
    "GET /payments/subscriptions": payments._SUBSCRIPTIONS,
    "GET /payments/coupon/list": payments._COUPONS,
    "GET /products/": products._LIST,
    "GET /products/{productId}": products._ONE,
    "GET /products/{productId}/price": products._PRICES,
    "GET /users/": account._OF_LOCATION,
    "GET /workflows/": account._OF_LOCATION,
    "GET /oauth/installedLocations": agency._INSTALLED,
    "GET /oauth/installed-locations": agency._INSTALLED_V3,
    "GET /locations/search": account._LOCATIONS,
    "GET /users/search": account._USERS,
    "DELETE /products/{productId}": products._ONE,
    "DELETE /products/{productId}/price/{priceId}": products._PRICE,
}


@pytest.mark.parametrize("name", QUERIES)
def test_queries_are_taken_as_the_official_files_say(name):
    """The same members, the same ones required."""
    query = {
        each["name"]: each.get("required", False)
        for each in found(name).spec["parameters"]
        if each.get("in") == "query"
    }
    query |= EXTRA_QUERY.get(name, {})

    assert {member: each.required for member, each in QUERIES[name].members.items()} == query


EXTRA_QUERY = {
    # section 9.3 and 18: the file has no altType for orders, the API takes it
    "GET /payments/orders": {"altType": False},
    "GET /payments/orders/{orderId}": {"altType": False},
}
