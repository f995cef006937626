"""How many API calls each thing costs, as the service itself counts them; metered reads are money (R75).

    .venv/bin/python benchmarks/api_calls.py

The whole service runs in this process on virtual time against both stand-ins. Nothing is timed but the processor.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from world import deeds
from world.stories import played
from world.world import World

Deed = Callable[[World], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened `times` times, and what it cost altogether."""

    what: str
    times: int
    quickbooks_writes: int
    quickbooks_metered: int
    crm_calls: int
    seconds: float


async def known_customers_pay(world: World) -> None:
    """Thirty sales to one known customer."""
    for _ in range(30):
        await deeds.order_form_sale(world)


async def new_customers_pay(world: World) -> None:
    """Thirty sales to thirty new customers, one after the other without a pause."""
    for number in range(30):
        await deeds.order_form_sale(world, email=f"buyer{number}@example.com", first=f"Buyer {number}")


async def invoices_are_sent(world: World) -> None:
    """Ten invoices to one known customer."""
    for _ in range(10):
        await deeds.sent_invoice(world)


async def invoices_are_paid(world: World) -> None:
    """Ten part payments, each on its own invoice."""
    for invoice in world.kept["invoices"]:
        await deeds.record_payment(world, invoice, Decimal(10))


async def invoices_are_voided(world: World) -> None:
    """Five of the unpaid invoices are voided."""
    for invoice in world.kept["unpaid"]:
        await deeds.void_invoice(world, invoice)


async def renewals(world: World) -> None:
    """One renewal, found by asking."""
    await deeds.renew(world, world.kept["subscription"])
    await asyncio.sleep(300)


async def customers_are_added(world: World) -> None:
    """Ten new QuickBooks customers, told by webhook."""
    for number in range(10):
        await deeds.new_quickbooks_customer(world, name=f"Wren {number}", email=f"wren{number}@example.com")


async def a_quiet_day(world: World) -> None:
    """Nothing happens for 24 hours; both sides are asked now and then."""
    await asyncio.sleep(24 * 3600)


async def measure(world: World, what: str, times: int, deed: Deed) -> Row:
    """Do it, wait until everything is in step, and count."""
    before = await world.usage()
    begun = time.process_time()
    await deed(world)
    await world.settle()
    seconds = time.process_time() - begun
    after = await world.usage()
    spent = {key: calls - before.get(key, 0) for key, calls in after.items()}
    return Row(
        what,
        times,
        spent.get(("quickbooks", "write"), 0),
        spent.get(("quickbooks", "metered"), 0),
        sum(calls for (bank, _), calls in spent.items() if bank != "quickbooks"),
        seconds,
    )


async def story(world: World) -> None:
    """Everything once, on one connection."""
    rows: list[Row] = []
    await deeds.order_form_sale(world)
    world.kept["subscription"] = await deeds.subscription_sale(world)
    await deeds.sent_invoice(world)
    await world.settle()
    rows.append(await measure(world, "sale to a known customer", 30, known_customers_pay))
    rows.append(await measure(world, "sale to a new customer", 30, new_customers_pay))
    rows.append(await measure(world, "invoice sent", 10, invoices_are_sent))
    world.kept["invoices"] = [await deeds.sent_invoice(world) for _ in range(10)]
    world.kept["unpaid"] = [await deeds.sent_invoice(world) for _ in range(5)]
    await world.settle()
    rows.append(await measure(world, "part payment of an invoice", 10, invoices_are_paid))
    rows.append(await measure(world, "invoice voided", 5, invoices_are_voided))
    rows.append(await measure(world, "subscription renewal", 1, renewals))
    rows.append(await measure(world, "customer added in QuickBooks", 10, customers_are_added))
    rows.append(await measure(world, "quiet day", 1, a_quiet_day))
    show(rows)


def show(rows: list[Row]) -> None:
    """The table: calls for one of each, and the processor's milliseconds for all three programs together."""
    print(f"{'':30} {'QB writes':>10} {'QB metered':>11} {'CRM calls':>10} {'CPU ms':>8}")
    for row in rows:
        print(
            f"{row.what:30} {row.quickbooks_writes / row.times:10.2f} {row.quickbooks_metered / row.times:11.2f}"
            f" {row.crm_calls / row.times:10.2f} {1000 * row.seconds / row.times:8.1f}"
        )


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        played(Path(folder), story)
