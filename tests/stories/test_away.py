"""The service, or the webhooks, were away for a while: what happened meanwhile is found by asking (R70)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

from sandbox_kit.faults import Fault, Refuse
from world import deeds
from world.stories import played
from world.world import World

DAY = 24 * 3600.0


def test_R70_sales_of_a_long_absence_are_found(tmp_path: Path) -> None:
    """Counterfoil was down for five days, longer than any webhook is repeated."""

    async def story(world: World) -> None:
        await world.stop_product()
        world.crm.postman.settings.loss_rate = 1.0
        for number in range(5):
            await deeds.order_form_sale(world, email=f"buyer{number}@example.com")
            await asyncio.sleep(DAY)
        await world.start_product()
        await asyncio.sleep(600)
        await world.settle()

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 5

    played(tmp_path, story)


def test_R70_an_old_invoice_that_was_paid_while_webhooks_were_lost_is_found(tmp_path: Path) -> None:
    """Issued seven weeks ago, paid in full today, and nobody told: it is open no more, so it is looked at."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world, issued="2026-01-10")
        await asyncio.sleep(600)
        world.crm.postman.settings.loss_rate = 1.0
        await deeds.record_payment(world, invoice, Decimal(invoice["total"]))
        await asyncio.sleep(600)
        await world.settle()

        (posted,) = await world.query("SELECT * FROM Invoice")
        assert posted["Balance"] == 0

    played(tmp_path, story)


def test_R51_R72_a_poll_that_failed_is_not_left_until_the_next_one(tmp_path: Path) -> None:
    """Webhooks are lost, and QuickBooks is away just when it is asked: the new customer still comes within five minutes."""

    async def story(world: World) -> None:
        world.quickbooks.postman.settings.loss_rate = 1.0
        await _just_after_a_poll(world)
        world.quickbooks.faults.add(Fault(on="GET /cdc", act=Refuse(503), nth=1))
        await deeds.new_quickbooks_customer(world, name="Wren Okoye", email="wren@example.com")
        await asyncio.sleep(300)
        assert [row["email"] for row in await deeds.contacts(world)] == ["wren@example.com"]

    played(tmp_path, story)


async def _just_after_a_poll(world: World) -> None:
    for _ in range(600):
        asked = len(world.quickbooks.journal.exchanges(operation="GET /cdc"))
        await asyncio.sleep(1)
        if len(world.quickbooks.journal.exchanges(operation="GET /cdc")) > asked:
            return
    raise AssertionError("nobody polls")
