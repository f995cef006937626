"""What goes wrong out there, and what stands in the books afterwards."""

from __future__ import annotations

import asyncio
import itertools
from decimal import Decimal
from pathlib import Path

import pytest

from counterfoil.store import arrivals, connections
from counterfoil_demo import owner
from counterfoil_demo.browser import Browser
from sandbox_kit.faults import Fault, Lose, Refuse
from world import deeds
from world.stories import played
from world.world import PRODUCT, World


@pytest.mark.parametrize(
    "path", ["POST /customer", "POST /item", "POST /salesreceipt", "POST /invoice", "POST /payment"]
)
def test_R71_a_lost_answer_leaves_one_document(tmp_path: Path, path: str) -> None:
    """QuickBooks did it, nobody heard of it: the repeat with the same request id finds the first answer."""

    async def story(world: World) -> None:
        world.quickbooks.faults.add(Fault(on=path, act=Lose.ANSWER, nth=1))
        await deeds.order_form_sale(world)
        invoice = await deeds.sent_invoice(world)
        await deeds.record_payment(world, invoice, Decimal(40))
        await world.settle()

        assert len(await world.query("SELECT * FROM Customer")) == 1
        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        assert len(await world.query("SELECT * FROM Invoice")) == 1
        assert len(await world.query("SELECT * FROM Payment")) == 1
        assert await world.attention() == []

    played(tmp_path, story)


def test_R71_a_lost_answer_of_the_crm_leaves_one_contact(tmp_path: Path) -> None:
    """HighLevel knows no request ids: before the repeat the contact is searched for."""

    async def story(world: World) -> None:
        world.crm.faults.add(Fault(on="POST /contacts/", act=Lose.ANSWER, nth=1))
        await deeds.new_quickbooks_customer(world, name="Wren Okoye", email="wren@example.com")
        await world.settle()

        assert len(await deeds.contacts(world)) == 1

    played(tmp_path, story)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_R72_temporary_trouble_is_retried_with_growing_pauses(tmp_path: Path, status: int) -> None:
    """QuickBooks refuses for a while; nothing is lost and nothing is doubled."""

    async def story(world: World) -> None:
        world.quickbooks.faults.add(Fault(on="POST /salesreceipt", act=Refuse(status, times=4), nth=1))
        await deeds.order_form_sale(world)
        await world.settle()

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        tries = world.quickbooks.journal.exchanges(operation="POST /salesreceipt*")
        pauses = [(after.at - before.at).total_seconds() for before, after in itertools.pairwise(tries)]
        assert len(tries) == 5
        assert all(later >= earlier for earlier, later in itertools.pairwise(pauses))

    played(tmp_path, story)


def test_R5_lost_access_drops_nothing_and_reconnecting_works_off_the_backlog(tmp_path: Path) -> None:
    """The bookkeeper disconnects at Intuit; sales collect; after the log-in they stand in the books."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world)
        await world.settle()
        await world.postage.post("http://quickbooks.test/_sandbox/revoke")
        await deeds.order_form_sale(world)
        await world.settle_attempt()
        assert world.product is not None
        known = await world.product.database.read(lambda tx: connections.get(tx, world.connection))
        assert known.state is connections.State.RECONNECT_NEEDED
        await deeds.order_form_sale(world)
        await asyncio.sleep(60)

        await world.new_token()
        browser = Browser(world.net)
        await browser.open(f"{PRODUCT}/connect/highlevel")
        await owner.consent(browser, PRODUCT)
        await browser.press("Connect")
        await owner.consent(browser, PRODUCT)
        await browser.close()
        await world.settle()

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 3

    played(tmp_path, story)


def test_R70_a_forged_delivery_is_refused_and_leaves_nothing_but_a_count(tmp_path: Path) -> None:
    """401, no arrival, no record; one more in the counter."""

    async def story(world: World) -> None:
        assert world.product is not None
        before = await world.counts()
        for path, header in (
            ("quickbooks", "intuit-signature"),
            ("highlevel/InvoiceSent", "x-ghl-signature"),
        ):
            answer = await world.postage.post(
                f"{PRODUCT}/webhooks/{path}", content=b'{"_id": "1"}', headers={header: "AAAA"}
            )
            assert answer.status_code == 401

        assert await world.counts() == before
        for source in ("quickbooks", "highlevel"):
            assert await world.product.database.read(lambda tx, s=source: arrivals.refused(tx, source=s)) == 1

    played(tmp_path, story)


def test_R21_R33_a_paid_invoice_is_income_once(tmp_path: Path) -> None:
    """The payment of an invoice becomes a payment, never a sales receipt."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await world.act(f"/invoices/{invoice['_id']}/pay", {"card": "4242424242424242"})
        await world.settle()
        await deeds.wait_for_poll()
        await world.settle()

        assert await world.query("SELECT * FROM SalesReceipt") == []
        (payment,) = await world.query("SELECT * FROM Payment")
        assert payment["TotalAmt"] == invoice["total"]

    played(tmp_path, story)


def test_R23_test_mode_failed_and_free_sales_post_nothing(tmp_path: Path) -> None:
    """Only money that came in is income."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world, test_mode=True)
        await deeds.order_form_sale(world, card="4000000000000002")
        await world.settle()
        await deeds.wait_for_poll()
        await world.settle()

        assert await world.query("SELECT * FROM SalesReceipt") == []
        assert await world.query("SELECT * FROM Customer") == []

    played(tmp_path, story)


def test_R14_a_name_that_a_vendor_has_gets_the_address_in_brackets(tmp_path: Path) -> None:
    """Names are unique over customers, vendors and employees; ours gives way."""

    async def story(world: World) -> None:
        await deeds.quickbooks_post(world, "vendor", {"DisplayName": "Maya Ortiz"})
        await deeds.order_form_sale(world)
        await world.settle()

        (customer,) = await world.query("SELECT * FROM Customer")
        assert customer["DisplayName"] == "Maya Ortiz (maya.ortiz@example.com)"
        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1

    played(tmp_path, story)


def test_R11_a_customer_with_this_address_is_used_whatever_its_name(tmp_path: Path) -> None:
    """Case and further addresses in the field do not matter; no second customer is made."""

    async def story(world: World) -> None:
        await deeds.new_quickbooks_customer(
            world, name="Ortiz Household", email="Maya.Ortiz@Example.com, home@example.com"
        )
        await world.settle()
        await deeds.order_form_sale(world)
        await world.settle()

        (customer,) = await world.query("SELECT * FROM Customer")
        assert customer["DisplayName"] == "Ortiz Household"
        (receipt,) = await world.query("SELECT * FROM SalesReceipt")
        assert receipt["CustomerRef"]["value"] == customer["Id"]

    played(tmp_path, story)


def test_R30_what_was_sent_before_the_start_is_not_posted(tmp_path: Path) -> None:
    """An invoice from before the connection stays out, also when it is paid later."""

    async def before(world: World) -> None:
        world.kept["invoice"] = await deeds.sent_invoice(world)
        await asyncio.sleep(60)

    async def story(world: World) -> None:
        await deeds.record_payment(world, world.kept["invoice"], Decimal(10))
        await world.settle()
        await deeds.wait_for_poll()
        await world.settle()

        assert await world.query("SELECT * FROM Invoice") == []
        assert await world.query("SELECT * FROM SalesReceipt") == []

    played(tmp_path, story, before=before)


def test_R23_R72_a_pending_payment_is_posted_once_it_has_come_in(tmp_path: Path) -> None:
    """A bank debit takes days and nobody tells when it arrives; it is asked for until it has."""

    async def story(world: World) -> None:
        sale = await deeds.order_form_sale(world, card="4000002500003155")
        await world.settle()
        assert await world.query("SELECT * FROM SalesReceipt") == []
        world.crm.postman.settings.loss_rate = 1.0

        await world.act(f"/transactions/{sale['transaction_id']}/settle", {"outcome": "succeeded"})
        await asyncio.sleep(2 * 3600)
        await world.settle()

        (receipt,) = await world.query("SELECT * FROM SalesReceipt")
        assert receipt["TotalAmt"] == sale["total"]

    played(tmp_path, story)
