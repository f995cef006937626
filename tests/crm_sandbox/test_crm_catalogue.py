"""Products and prices over their whole life (reference 6), and what changes under a buyer's feet."""

from __future__ import annotations

from decimal import Decimal

import pytest


async def product(crm, **members):
    body = {"locationId": crm.location, "name": "Course", "productType": "DIGITAL", **members}
    return await crm.ok("POST", "/products/", body)


def price_body(crm, **members):
    return {
        "locationId": crm.location,
        "name": "Standard",
        "type": "one_time",
        "currency": "USD",
        "amount": 120,
        **members,
    }


async def test_a_product_is_replaced_whole(crm):
    """What the body does not name falls back; the prices stay; ProductUpdate tells."""
    made = await product(crm, description="Six lessons", availableInStore=True)
    one = f"/products/{made['_id']}"
    price = await crm.ok("POST", f"{one}/price", price_body(crm))
    changed = await crm.ok(
        "PUT", one, {"locationId": crm.location, "name": "Course 2027", "productType": "SERVICE"}
    )
    prices = await crm.ok("GET", f"{one}/price", locationId=crm.location)

    assert (changed["name"], changed["productType"], changed["availableInStore"]) == (
        "Course 2027",
        "SERVICE",
        False,
    )
    assert "description" not in changed and changed["createdAt"] == made["createdAt"]
    assert [each["_id"] for each in prices["prices"]] == [price["_id"]]
    assert [each["name"] for each in crm.event("ProductUpdate")] == ["Course 2027"]


async def test_a_label_is_read_as_it_was_written(crm):
    """One of the members of reference 6; the webhook has none."""
    made = await product(crm, isLabelEnabled=True, label={"title": "Sale"})

    assert made["label"] == {"title": "Sale"}
    assert "label" not in crm.event("ProductCreate")[0]


async def test_a_price_is_replaced_whole(crm):
    """Amount and interval change, the id stays; PriceUpdate tells."""
    one = f"/products/{(await product(crm))['_id']}/price"
    price = await crm.ok("POST", one, price_body(crm, compareAtPrice=150))
    monthly = price_body(
        crm, type="recurring", amount=Decimal("9.5"), recurring={"interval": "month", "intervalCount": 3}
    )
    changed = await crm.ok("PUT", f"{one}/{price['_id']}", monthly)
    (event,) = crm.event("PriceUpdate")

    assert (changed["_id"], changed["amount"]) == (price["_id"], Decimal("9.5"))
    assert changed["recurring"] == {"interval": "month", "intervalCount": 3}
    assert "compareAtPrice" not in changed
    assert event["priceType"] == "recurring" and event["amount"] == Decimal("9.5")


async def test_a_deleted_product_takes_its_prices_along(crm):
    """status true, then 404; one event each."""
    made = await product(crm)
    one = f"/products/{made['_id']}"
    first = await crm.ok("POST", f"{one}/price", price_body(crm))
    await crm.ok("POST", f"{one}/price", price_body(crm, name="Plus"))
    alone = await crm.ok("DELETE", f"{one}/price/{first['_id']}", locationId=crm.location)
    whole = await crm.ok("DELETE", one, locationId=crm.location)
    gone = await crm.call("GET", one, locationId=crm.location)

    assert (alone["status"], whole["status"], gone.status_code) == (True, True, 404)
    assert len(crm.event("PriceDelete")) == 2 and len(crm.event("ProductDelete")) == 1


@pytest.mark.parametrize(
    "wrong", [{"taxes": ["none"], "isTaxesEnabled": True}, {"isTaxesEnabled": True}, {"foo": 1}]
)
async def test_a_bad_replacement_changes_nothing(crm, wrong):
    """400 or 422, and the product is as it was."""
    made = await product(crm)
    body = {"locationId": crm.location, "name": "Other", "productType": "DIGITAL", **wrong}
    answer = await crm.call("PUT", f"/products/{made['_id']}", body)

    assert answer.status_code in {400, 422}
    assert (await crm.ok("GET", f"/products/{made['_id']}", locationId=crm.location))["name"] == "Course"


async def test_a_price_can_change_in_mid_flight(crm):
    """An order made before keeps its amount; what its item shows is the price of today (reference 9.3, 19)."""
    sale = await crm.buy()
    order = await crm.ok("GET", f"/payments/orders/{sale['order']['id']}", **crm.alt)
    price = order["items"][0]["price"]["_id"]
    await crm.act(f"/prices/{price}/change", {"amount": 99})
    after = await crm.ok("GET", f"/payments/orders/{sale['order']['id']}", **crm.alt)

    assert after["amount"] == order["amount"] == 120
    assert after["items"][0]["price"]["amount"] == 99
    assert [each["amount"] for each in crm.event("PriceUpdate")] == [99]


async def test_an_order_outlives_its_product(crm):
    """What was sold still says what it cost."""
    sale = await crm.buy()
    path = f"/payments/orders/{sale['order']['id']}"
    (item,) = (await crm.ok("GET", path, **crm.alt))["items"]
    await crm.act(f"/products/{item['product']['_id']}/delete")
    (after,) = (await crm.ok("GET", path, **crm.alt))["items"]

    assert (after["name"], after["price"]["amount"]) == (item["name"], 120)
    assert after["product"]["_id"] == item["product"]["_id"]
