"""A person at a real browser runs the business: sells at every counter, invoices, voids, refunds, renews."""

from __future__ import annotations

import re

import pytest

from browsing.chromium import CHROMIUM, browsing
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
