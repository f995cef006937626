"""The pages where customers buy, each with a test card, and what the API shows of it (reference 9.2)."""

from __future__ import annotations

import html
import re

import pytest

GOOD, BAD, SLOW = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000-0025-0000-3155"
WHO = {"firstName": "Ada", "lastName": "Byron", "email": "ada.byron@example.com"}


@pytest.fixture
def shop(make_crm):
    """The sample business in the US."""
    return make_crm(seed="sample")


def price(crm, name, price_name):
    state = crm.sandbox.location.state
    return next(
        each.id
        for each in state.prices.values()
        if (state.products[each.product_id].name, each.name) == (name, price_name)
    )


def alert(answer):
    found = re.search(r'role="alert">(.*?)</p>', answer.text)
    return html.unescape(found[1]) if found else None


async def buy(crm, stand, card=GOOD, **fields):
    return await crm.http.post(f"/pay/{stand}", data={**WHO, "card": card, **fields})


@pytest.mark.parametrize(
    ("stand", "source", "product", "price_name"),
    [
        ("order-form", ("funnel", "one_step_order_form"), "Fitting", "Per day"),
        ("membership", ("membership", ""), "Starter course", "Standard"),
        ("payment-link", ("payment_link", ""), "Workbook", "Spiral"),
    ],
)
async def test_each_stand_sells_under_its_own_source(shop, stand, source, product, price_name):
    """OrderCreate, OrderStatusUpdate, one transaction that succeeded, with the source of the reference."""
    answer = await buy(shop, stand, price=price(shop, product, price_name))
    (row,) = await shop.transactions()

    assert "Thank you, Ada!" in answer.text
    assert (row["entitySourceType"], row["entitySourceSubType"], row["status"]) == (*source, "succeeded")
    assert row["contactEmail"] == WHO["email"]
    assert shop.events() == ["ContactCreate", "OrderCreate", "OrderStatusUpdate"]


async def test_the_two_step_form_knows_the_customer_after_the_first_step(shop):
    """Who left after step one is a contact without an order."""
    first = await shop.http.post("/pay/two-step", data={**WHO, "step": "1"})
    after_one = shop.events()
    second = await buy(shop, "two-step", step="2", price=price(shop, "Materials", "Box"))
    (row,) = await shop.transactions()

    assert "Step 2 of 2" in first.text and 'type="hidden" name="email"' in first.text
    assert after_one == ["ContactCreate"]
    assert "Thank you" in second.text and row["entitySourceSubType"] == "two_step_order_form"


async def test_the_upsell_is_one_click_with_the_same_card(shop):
    """Its own order and transaction, for the same contact."""
    thanks = await buy(shop, "order-form", price=price(shop, "Fitting", "Per day"))
    fields = dict(re.findall(r'name="(price|email|card)" value="([^"]*)"', thanks.text))
    more = await shop.http.post("/pay/upsell", data=fields)
    first, second = sorted(await shop.transactions(), key=lambda each: each["entitySourceSubType"])

    assert "Thank you" in more.text and "One more thing" not in more.text
    assert (second["entitySourceSubType"], second["contactId"]) == ("upsell", first["contactId"])
    assert second["entityId"] != first["entityId"]


async def test_the_store_sells_a_basket(shop):
    """Quantities and taxes add up; an empty basket is refused."""
    box, book = price(shop, "Materials", "Box"), price(shop, "Workbook", "Hardcover")
    empty = await buy(shop, "store")
    full = await buy(shop, "store", **{f"qty_{box}": "2", f"qty_{book}": "1"})
    (row,) = await shop.transactions()
    order = await shop.ok("GET", f"/payments/orders/{row['entityId']}", **shop.alt)

    assert alert(empty) == "The basket is empty."
    # 244.50 and 8.25 % on it: 20.17125, half up
    assert "$264.67" in full.text and float(row["amount"]) == 264.67
    assert (order["source"]["type"], order["source"]["subType"]) == ("website", "store")
    assert [int(each["qty"]) for each in order["items"]] == [2, 1]


async def test_the_calendar_books_a_slot_in_the_locations_time(shop):
    """Working days to come; the item names the time; another time is refused."""
    text = (await shop.http.get("/pay/calendar")).text
    slots = re.findall(r'name="slot" value="([^"]*)"', text)
    offered = re.findall(r'name="price" value="([^"]*)"', text)
    wrong = await buy(shop, "calendar", price=offered[0], slot="yesterday")
    booked = await buy(shop, "calendar", price=offered[0], slot=slots[0])
    (row,) = await shop.transactions()
    order = await shop.ok("GET", f"/payments/orders/{row['entityId']}", **shop.alt)

    assert slots[0] == "Mar 3, 2026, 9:00 AM" and len(slots) == 12
    assert alert(wrong) == "Choose a time." and "We expect you on Mar 3, 2026, 9:00 AM" in booked.text
    assert order["items"][0]["name"] == "Fitting, Mar 3, 2026, 9:00 AM"
    assert order["source"]["type"] == "calendar"


async def test_a_recurring_price_starts_a_subscription(shop):
    """The first charge at once, the page says what comes then."""
    answer = await buy(shop, "membership", price=price(shop, "Members area", "Monthly"))
    (row,) = await shop.transactions()
    found = await shop.ok("GET", "/payments/subscriptions", **shop.alt)

    assert "$49.00 a month" in answer.text
    assert [each["subscriptionId"] for each in found["data"]] == [row["subscriptionId"]]


async def test_a_declined_card_leaves_a_failed_transaction_and_an_open_order(shop):
    """The form comes again with what was typed; the second try is a new order."""
    wanted = price(shop, "Fitting", "Per day")
    declined = await buy(shop, "order-form", BAD, price=wanted)
    after = shop.events()
    paid = await buy(shop, "order-form", price=wanted)
    rows = await shop.transactions()

    assert (declined.status_code, alert(declined)) == (400, "Your card was declined. Try another one.")
    assert WHO["email"] in declined.text
    assert after == ["ContactCreate", "OrderCreate"] and paid.status_code == 200
    assert sorted(each["status"] for each in rows) == ["failed", "succeeded"]
    assert len({each["entityId"] for each in rows}) == 2


async def test_a_slow_card_stays_pending_until_it_is_settled(shop):
    """The order completes when the bank says yes."""
    answer = await buy(shop, "order-form", SLOW, price=price(shop, "Fitting", "Per day"))
    (row,) = await shop.transactions()
    before = shop.events()
    await shop.http.post(f"/crm/transactions/{row['_id']}/settle", data={"outcome": "succeeded"})

    assert "being processed" in answer.text and row["status"] == "pending"
    assert "OrderStatusUpdate" not in before and shop.events()[-1] == "OrderStatusUpdate"


async def test_a_coupon_is_one_of_the_locations_own(shop):
    """A code that exists takes off what it says; upper and lower case are alike."""
    await shop.buy(coupon={"code": "SPRING", "type": "percentage", "value": 50})
    wanted = price(shop, "Starter course", "Standard")
    unknown = await buy(shop, "order-form", price=wanted, coupon="WINTER")
    await buy(shop, "order-form", price=wanted, coupon="spring")
    rows = await shop.transactions(contactId=(await shop.transactions())[0]["contactId"])

    assert alert(unknown) == "This coupon is not known."
    assert 60 in [each["amount"] for each in rows]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"card": "1234"}, "This is not a test card"),
        ({"email": ""}, "Type your e-mail address."),
        ({"price": "none"}, "This is not sold any more."),
        ({"price": ""}, "Choose what you would like."),
        ({"email": "nobody"}, "Contact.email must be an email."),
    ],
)
async def test_an_unfinished_checkout_is_told_what_is_missing(shop, fields, says):
    """And sells nothing."""
    answer = await buy(shop, "order-form", **{"price": price(shop, "Fitting", "Per day"), **fields})

    assert alert(answer).startswith(says)
    assert not shop.sandbox.location.state.orders and shop.events() == []


async def test_the_hosted_invoice_takes_a_part_and_a_tip(shop):
    """Nothing but the amounts changes; the wrong ones are refused."""
    invoice = await shop.sent()
    one = f"/pay/invoice/{invoice['_id']}"
    await shop.http.post(one, data={"card": GOOD, "amount": "100", "tip": "5"})
    much = await shop.http.post(one, data={"card": GOOD, "amount": "1000"})
    await shop.http.post(one, data={"card": SLOW})
    waiting = await shop.http.get(one)
    after = await shop.invoice(invoice)

    assert alert(much).startswith("Amount must be greater than 0")
    assert (after["status"], after["amountPaid"], after["total"]) == ("payment_processing", 105, 405)
    assert "being processed" in waiting.text
    assert (await shop.http.get("/pay/invoice/none")).status_code == 404
