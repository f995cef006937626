"""The same stories, dead at every point: after every durable write and after every HTTP exchange of the service.

A story is played once to count its points. Then it is played once for each point: there the service dies, is started
again on the database it left, and must end in the same books.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from counterfoil.crm import records as crm
from sandbox_kit import virtual_time
from world import deeds
from world.fate import Fate
from world.world import World, opened

Story = Callable[[World], Awaitable[None]]
Books = dict[str, Any]

SHARES = 6
"""The points of a story are dealt out to so many tests, which may run side by side."""


async def paid_order(world: World) -> None:
    """A new customer buys on an order form."""
    await deeds.order_form_sale(world)


async def sent_invoice(world: World) -> None:
    """An invoice is sent to a new customer and partly paid."""
    invoice = await deeds.sent_invoice(world)
    await deeds.record_payment(world, invoice, Decimal(50))


async def new_customer(world: World) -> None:
    """A bookkeeper adds a customer in QuickBooks."""
    await deeds.new_quickbooks_customer(world, name="Wren Okoye", email="wren@example.com")


def play(folder: Path, story: Story, *, die_after: int | None) -> tuple[Books, list[str]]:
    """The books after the story, and the points it passed before its (first) death."""
    folder.mkdir()

    async def main() -> tuple[Books, list[str]]:
        async with opened(folder) as world:
            fate: Fate = world.fate
            fate.die_after = die_after
            fate.counting = True
            await story(world)
            await world.settle()
            fate.counting = False
            assert (die_after is not None) == (world.fate is not fate)
            return await books(world), fate.points

    return virtual_time.run(main())


async def books(world: World) -> Books:
    """What stands on both sides, without what may differ from run to run (ids, times)."""
    customers = await world.query("SELECT * FROM Customer")
    return {
        "customers": sorted(row["DisplayName"] for row in customers),
        "items": sorted(row["Name"] for row in await world.query("SELECT * FROM Item")),
        "receipts": [
            (row["TotalAmt"], row["TxnDate"], len(row["Line"]))
            for row in await world.query("SELECT * FROM SalesReceipt")
        ],
        "invoices": [
            (row["DocNumber"], row["TotalAmt"], row["Balance"], len(row["Line"]))
            for row in await world.query("SELECT * FROM Invoice")
        ],
        "payments": [
            (row["TotalAmt"], row["UnappliedAmt"]) for row in await world.query("SELECT * FROM Payment")
        ],
        "contacts": sorted((row["email"], tuple(row["tags"])) for row in await deeds.contacts(world)),
        "attention": await world.attention(),
        "links": sorted((link.crm_kind, link.entity) for link in await world.links()),
    }


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("story", [paid_order, sent_invoice, new_customer], ids=lambda story: story.__name__)
def test_R71_the_books_are_the_same_wherever_the_service_dies(
    tmp_path: Path, story: Story, share: int
) -> None:
    """Exactly one document for each cause, whichever line the process died behind."""
    expected, points = play(tmp_path / "alive", story, die_after=None)
    assert len(points) > SHARES
    assert expected["attention"] == []

    for point in range(share + 1, len(points) + 1, SHARES):
        found, passed = play(tmp_path / f"dead-{point}", story, die_after=point)

        assert found == expected, f"died after point {point}, {passed[-1]}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "first", "step"), [("workflow", 1, 3), ("workflow", 2, 3), ("workflow", 3, 3), ("tag", 1, 4)]
)
def test_R62_nobody_is_asked_twice_wherever_the_service_dies(
    tmp_path: Path, way: str, first: int, step: int
) -> None:
    """A tag is safe to repeat. A started workflow cannot be taken back: one request, or a person is told why not."""

    def outcome(folder: Path, die_after: int | None) -> tuple[int, list[str], list[str]]:
        folder.mkdir()

        async def main() -> tuple[int, list[str], list[str]]:
            async with opened(folder) as world:
                built = world.crm.location.workflows.build("Ask", "review-request" if way == "tag" else None)
                world.crm.location.workflows.publish(built.id, published=True)
                assert world.product is not None
                chosen = crm.Workflow(id=built.id, name=built.name) if way == "workflow" else None
                await world.product.pairing.ask_for_reviews(
                    world.connection, workflow=chosen, tag="review-request"
                )
                customer = await deeds.new_quickbooks_customer(world, name="Wren", email="wren@example.com")
                bill = await deeds.quickbooks_invoice(world, customer)
                await deeds.wait_for_poll()
                await world.settle()
                fate = world.fate
                fate.die_after, fate.counting = die_after, True
                await deeds.quickbooks_payment(world, bill)
                await deeds.wait_for_poll()
                await world.settle()
                fate.counting = False
                return len(world.crm.location.state.messages), await world.attention(), fate.points

        return virtual_time.run(main())

    alive = outcome(tmp_path / "alive", None)
    assert alive[:2] == (1, [])
    doubts = 0
    for point in range(first, len(alive[2]) + 1, step):
        asked, attention, passed = outcome(tmp_path / f"dead-{point}", point)
        in_doubt = way == "workflow" and attention == ["REVIEW_IN_DOUBT"]
        doubts += in_doubt

        assert asked <= 1 if in_doubt else (asked, attention) == (1, []), f"{point}: {passed[-1]}"
    assert doubts <= 1
