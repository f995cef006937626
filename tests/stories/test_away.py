"""The service, or the webhooks, were away for a while: what happened meanwhile is found by asking (R70)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

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
