"""A person at a real browser runs the business: sells at every counter, invoices, voids, refunds, renews."""

from __future__ import annotations

import re

import pytest

from browsing.chromium import CHROMIUM, browsing
from browsing.judge import complaints
from browsing.keyboard import Keyboard
from crm_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.server import Running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to use"),
]


@pytest.fixture
async def desk(tmp_path):
    """The sample business over a real port, and a browser at its dashboard."""
    sandbox = Sandbox(seed="sample", clock=Clock())
    async with Running(sandbox.app, background=sandbox.background) as server, browsing(tmp_path) as page:
        sandbox.base_url = server.url
        await page.go(server.url)
        yield sandbox, page


async def who(page, first, email):
    await page.type("First name", first)
    await page.type("E-mail", email)


async def checkouts(page, title):
    await page.go("/".join((await page.evaluate("location.origin"), "crm", "sites")))
    await page.press(title)


async def test_a_person_sells_renews_and_refunds(desk):
    """Order form with its upsell, membership, calendar; next renewal; a refund in part and in full."""
    sandbox, page = desk
    state = sandbox.location.state
    await page.press("Checkouts")
    await page.press("Order form")
    await page.pick("Starter course")
    await who(page, "Ada", "ada@example.com")
    await page.unfold("Test cards")
    await page.type("Card number", "4000 0000 0000 0002")
    await page.press("Pay now")
    declined = await page.text()
    await page.type("Card number", "4242 4242 4242 4242")
    await page.press("Pay now")
    thanks = await page.text()
    await page.press("Yes, add it")
    await checkouts(page, "Members area")
    await page.pick("Members area, Monthly")
    await who(page, "Kofi", "kofi@example.com")
    await page.press("Join now")
    await checkouts(page, "Book a meeting")
    await who(page, "Lena", "lena@example.com")
    await page.press("Book and pay")
    booked = await page.text()
    await page.press("See the order in the CRM")
    await page.press("Subscriptions")
    await page.press("Next renewal")
    renewed = await page.text()
    await page.press("Transactions")
    await page.press("Failed")
    failed = await page.text()
    await page.press("All")
    newest = re.search(r"\w{3} \d+, \d{4}, \d+:\d\d [AP]M", await page.text())
    await page.press(newest[0])
    await page.type("Amount, at most", "9.50")
    await page.press("Refund this amount")
    partly = await page.text()
    await page.press("Refund $39.50")

    assert "Your card was declined" in declined and "Thank you, Ada!" in thanks
    assert "We expect you on" in booked and "The subscription was charged." in renewed
    assert "Failed" in failed and "$9.50 refunded" in partly
    assert "Refunded" in await page.text()
    sold = [each for each in state.transactions.values() if each.status != "failed"]
    assert [each.source.sub_type or each.source.type for each in sold] == [
        "one_step_order_form",
        "upsell",
        "membership",
        "meeting",
        "membership",
    ]
    assert sold[-1].status == "refunded" and sold[-1].subscription_id is not None


async def test_a_person_invoices_takes_money_and_voids(desk):
    """A draft from the catalogue, sent; part paid by the customer; another one sent and voided."""
    sandbox, page = desk
    await page.press("Invoices")
    await page.press("New invoice")
    await page.choose("Contact", "Maya Ortiz")
    await page.type("Name of the invoice", "Garden gate")
    await page.choose("Product of line 1", "Fitting, Per day")
    await page.type("Text of line 2", "Hinges")
    await page.type("Unit price of line 2", "12.50")
    await page.press("Save")
    drafted = await page.text()
    await page.press("Send by e-mail")
    await page.press("Customer's page")
    await page.type("Only a part", "100")
    await page.press("Pay now")
    await page.press("See the invoice in the CRM")
    part = await page.text()
    await page.press("Record payment")
    paid = await page.text()
    await page.press("Invoices")
    await page.press("INV-000001")
    await page.press("Mark as sent")
    await page.press("Void invoice")
    void = await page.text()
    await page.press("Outbox")

    # 150 with 8.25 % on it, and 12.50 without: 174.875, half up
    assert "$174.88" in drafted and "Partially paid" in part and "Payment received: $74.88" in paid
    assert "The invoice is void." in void and "Marked as sent" in void
    assert "Invoice INV-000003" in await page.text()
    assert [each.status for each in sandbox.location.state.invoices.values()] == ["void", "sent", "paid"]


async def test_a_person_without_a_mouse_sells_invoices_voids_and_refunds(desk):
    """Tab, Enter and the arrows reach everything, and the focus can always be seen."""
    sandbox, page = desk
    state, keys = sandbox.location.state, Keyboard(page)
    await keys.press("Checkouts")
    await keys.press("Order form")
    await keys.pick("Fitting, Per day", "Starter course")
    await keys.fill("First name", "Ada")
    await keys.fill("E-mail", "ada@example.com")
    await keys.enter()
    thanks = await page.text()
    await keys.press("See the order in the CRM")
    await keys.press("Transactions")
    (paid,) = state.transactions.values()
    await page.go(f"{sandbox.base_url}/crm/transactions/{paid.id}")
    await keys.fill("Amount, at most", "9.50")
    await keys.enter()
    await keys.press("Refund $")
    refunded = await page.text()
    await keys.press("Invoices")
    await keys.press("New invoice")
    await keys.choose("Contact", "Maya Ortiz")
    await keys.choose("Product of line 1", "Fitting, Per day")
    await keys.press("Save")
    await keys.press("Send by e-mail")
    await keys.press("Record payment")
    received = await page.text()
    await keys.press("Invoices")
    await keys.press("INV-000001")
    await keys.press("Mark as sent")
    await keys.press("Void invoice")

    assert "Thank you, Ada!" in thanks and paid.status == "refunded" and "Refunded" in refunded
    assert "Payment received" in received and "The invoice is void." in await page.text()
    assert [each.status for each in state.invoices.values()] == ["void", "sent", "paid"]


async def test_a_person_sells_a_subscription_and_renews_it_three_ways(desk):
    """A renewal that succeeds, one that is declined, one that stays pending and is settled; then it is canceled."""
    sandbox, page = desk
    await checkouts(page, "Members area")
    await page.pick("Members area, Monthly")
    await who(page, "Kofi", "kofi@example.com")
    await page.press("Join now")
    joined = await page.text()
    (subscription,) = sandbox.location.state.subscriptions
    told = []
    for outcome in ("succeeds", "is declined", "stays pending"):
        await page.go(f"{sandbox.base_url}/crm/subscriptions/{subscription}")
        await page.choose("The card", outcome)
        await page.press("Next renewal")
        told.append(await page.text())
    pending = next(each for each in sandbox.location.state.transactions.values() if each.status == "pending")
    await page.go(f"{sandbox.base_url}/crm/transactions/{pending.id}")
    await page.press("Let it succeed")
    await page.go(f"{sandbox.base_url}/crm/subscriptions/{subscription}")
    await page.press("Cancel subscription")

    assert "$49.00 a month" in joined
    assert "The subscription was charged." in told[0] and "The card was declined" in told[1]
    assert "The charge is pending" in told[2]
    assert sorted(each.status for each in sandbox.location.state.transactions.values()) == [
        "failed",
        "succeeded",
        "succeeded",
        "succeeded",
    ]
    assert "Canceled" in await page.text() and "Next renewal" not in await page.text()


async def test_the_pages_are_easy_on_eyes_thumbs_and_screen_readers(desk):
    """On a desk and on a phone, light and dark, with names that are longer than any column."""
    sandbox, page = desk
    location = sandbox.location
    long = {"firstName": "Wilhelmina-Theodora" * 4, "email": f"{'long.' * 20}name@example.com"}
    contact = location.contacts.create({"locationId": location.id, **long}, location.desk.user())
    location.checkouts.buy(
        {
            "source": "membership",
            "contact": {"email": contact.email},
            "items": [{"name": "Members" * 20, "price": 49, "recurring": {"interval": "month"}}],
            "card": "4242424242424242",
        }
    )
    state = location.state
    ids = (
        ("contacts", contact.id),
        ("products", next(iter(state.products))),
        ("invoices", next(iter(state.invoices))),
        *((name, next(iter(getattr(state, name)))) for name in ("orders", "transactions", "subscriptions")),
    )
    lists = ("contacts", "contacts/new", "products", "products/new", "invoices", "invoices/new", "orders")
    more = ("transactions", "subscriptions", "workflows", "outbox", "sites", "settings", "invoices/none")
    settings = ("settings/integrations", "settings/integrations/webhooks")
    public = ("order-form", "two-step", "store", "calendar", f"invoice/{list(state.invoices)[-1]}")
    crm = [*lists, *more, *settings, *(f"{name}/{each}" for name, each in ids)]
    paths = ["", *(f"crm/{each}" for each in crm), *(f"pay/{each}" for each in public)]

    assert await complaints(page, (f"{sandbox.base_url}/{each}" for each in paths)) == []
    await page.resize(390)
    await page.go(f"{sandbox.base_url}/crm/contacts")
    assert "Transactions" not in await page.text()
    await page.unfold("Menu")
    await page.press("Transactions")
    assert "Succeeded" in await page.text()
