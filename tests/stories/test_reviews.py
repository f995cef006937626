"""Review requests from the paid invoice to the outbox (R62): once for each customer, whatever happens on the way."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from counterfoil.crm import records as crm
from counterfoil.store import connections, reviews
from counterfoil.sync.facts import Kind, RecordRef, Verdict
from counterfoil.web import again
from sandbox_kit.faults import Fault, Lose, Refuse
from world import deeds
from world.stories import played
from world.world import World

ENROL = "POST /contacts/*/workflow/*"


async def by_workflow(world: World) -> crm.Workflow:
    """The owner chooses a published workflow."""
    built = world.crm.location.workflows.build("Ask for a review", None)
    world.crm.location.workflows.publish(built.id, published=True)
    await choose(world, workflow=crm.Workflow(id=built.id, name=built.name))
    return crm.Workflow(id=built.id, name=built.name)


async def choose(world: World, *, workflow: crm.Workflow | None = None, tag: str = "") -> None:
    assert world.product is not None
    await world.product.pairing.ask_for_reviews(world.connection, workflow=workflow, tag=tag)


def asked(world: World) -> list[str]:
    """Who was asked for a review, as the CRM's outbox shows it."""
    messages = world.crm.location.state.messages
    return [each.to for each in messages if each.subject == "How did we do?"]


async def wren(world: World) -> dict[str, Any]:
    """A customer of QuickBooks, and by now a contact."""
    made = await deeds.new_quickbooks_customer(world, name="Wren Okoye", email="wren@example.com")
    await world.settle()
    return made


async def later(world: World) -> None:
    """The next poll has looked."""
    await deeds.wait_for_poll()
    await world.settle()


async def verdict(world: World, customer: dict[str, Any]) -> Verdict | None:
    assert world.product is not None
    return await world.product.database.read(
        lambda tx: reviews.verdict(tx, world.connection, customer_id=customer["Id"])
    )


def test_R62_paid_in_quickbooks_by_hand_is_asked_once_for_ever(tmp_path: Path) -> None:
    """Part paid: not yet. Paid: asked. Another invoice paid, and switched off and on again: not again."""

    async def story(world: World) -> None:
        workflow = await by_workflow(world)
        customer = await wren(world)
        bill = await deeds.quickbooks_invoice(world, customer)
        await deeds.quickbooks_payment(world, bill, Decimal(40))
        await later(world)
        assert asked(world) == []
        await deeds.quickbooks_payment(world, bill, Decimal(60))
        await later(world)
        assert asked(world) == ["wren@example.com"]
        assert await verdict(world, customer) is Verdict.ASKED

        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer, 70))
        await later(world)
        await choose(world)
        await choose(world, workflow=workflow)
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer, 80))
        await later(world)

        assert asked(world) == ["wren@example.com"]
        assert await world.attention() == []

    played(tmp_path, story)


def test_R62_paid_in_the_crm_is_asked_when_our_own_payment_stands_in_the_books(tmp_path: Path) -> None:
    """An invoice born in the CRM counts like any other."""

    async def story(world: World) -> None:
        await by_workflow(world)
        bill = await deeds.sent_invoice(world)
        await world.settle()
        await deeds.record_payment(world, bill, Decimal(50))
        await world.settle()
        assert asked(world) == []
        await deeds.record_payment(world, bill, Decimal(str(bill["total"])) - 50)
        await world.settle()

        assert asked(world) == ["maya.ortiz@example.com"]

    played(tmp_path, story)


def test_R62_paid_in_both_places_within_a_minute_is_asked(tmp_path: Path) -> None:
    """A bookkeeper enters a part, the customer pays the rest in the CRM before anybody has told of the first."""

    async def story(world: World) -> None:
        await by_workflow(world)
        bill = await deeds.sent_invoice(world)
        await world.settle()
        (document,) = await world.query("SELECT * FROM Invoice")
        await deeds.quickbooks_payment(world, document, Decimal(50))
        await deeds.record_payment(world, bill, Decimal(str(bill["total"])) - 50)
        await world.settle()

        assert asked(world) == ["maya.ortiz@example.com"]

    played(tmp_path, story)


def test_R62_R75_a_customer_who_paid_before_is_not_asked_and_costs_one_read(tmp_path: Path) -> None:
    """Paid before reviews were switched on; after the verdict nothing more is read for it."""

    async def story(world: World) -> None:
        customer = await wren(world)
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        await later(world)
        await by_workflow(world)
        for amount in (10, 20, 30):
            await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer, amount))
            await later(world)

        assert asked(world) == []
        assert await verdict(world, customer) is Verdict.PAID_BEFORE
        queries = [
            each.query
            for each in world.quickbooks.journal.exchanges(operation="GET /query")
            if "Balance" in str(each.query)
        ]
        assert len(queries) == 1

    played(tmp_path, story)


def test_R62_who_paid_while_it_was_switched_off_is_not_asked(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        workflow = await by_workflow(world)
        customer = await wren(world)
        await choose(world)
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        await later(world)
        await choose(world, workflow=workflow)
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer, 20))
        await later(world)

        assert asked(world) == []

    played(tmp_path, story)


def test_R62_by_tag_the_contact_gets_it_and_the_crm_does_the_rest(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        built = world.crm.location.workflows.build("By tag", "review-request")
        world.crm.location.workflows.publish(built.id, published=True)
        await choose(world, tag="Review-Request")
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, await wren(world)))
        await later(world)

        assert asked(world) == ["wren@example.com"]
        (contact,) = await deeds.contacts(world)
        assert "review-request" in contact["tags"]

    played(tmp_path, story)


def test_R62_do_not_disturb_is_respected_for_ever(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await by_workflow(world)
        customer = await wren(world)
        (contact,) = await deeds.contacts(world)
        await world.crm_api("PUT", f"/contacts/{contact['id']}", {"dnd": True})
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        await later(world)
        assert await verdict(world, customer) is Verdict.DO_NOT_DISTURB
        assert world.crm.location.state.enrolments == []
        await world.crm_api("PUT", f"/contacts/{contact['id']}", {"dnd": False})
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer, 20))
        await later(world)

        assert asked(world) == []

    played(tmp_path, story)


@pytest.mark.parametrize("by", ["workflow", "tag"])
@pytest.mark.parametrize("meanwhile", ["switched off", "do not disturb", "another way"])
def test_R62_a_request_that_has_not_gone_out_yet_is_decided_again(
    tmp_path: Path, by: str, meanwhile: str
) -> None:
    """The CRM is busy for an hour; what the owner or the customer says meanwhile counts."""

    async def story(world: World) -> None:
        workflow = await by_workflow(world)
        if by == "tag":
            await choose(world, tag="review-request")
        customer = await wren(world)
        (contact,) = await deeds.contacts(world)
        for on in (ENROL, "POST /contacts/*/tags"):
            world.crm.faults.add(Fault(on=on, act=Refuse(429, times=1), nth=1))
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        for _ in range(400):
            await asyncio.sleep(1)
            if any(each.status == 429 for each in world.crm.journal.exchanges()):
                break
        if meanwhile == "switched off":
            await choose(world)
        elif meanwhile == "another way":
            await choose(world, **({"tag": "other"} if by == "workflow" else {"workflow": workflow}))
        else:
            await world.crm_api("PUT", f"/contacts/{contact['id']}", {"dnd": True})
        await later(world)

        (now,) = await deeds.contacts(world)
        assert "review-request" not in now["tags"]
        other_way = meanwhile == "another way"
        assert len(asked(world)) == (1 if other_way and by == "tag" else 0)
        assert ("other" in now["tags"]) is (other_way and by == "workflow")
        assert await world.attention() == []

    played(tmp_path, story)


def test_R62_a_voided_invoice_is_not_a_paid_one(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await by_workflow(world)
        customer = await wren(world)
        bill = await deeds.quickbooks_invoice(world, customer)
        await deeds.quickbooks_post(
            world, "invoice?operation=void", {"Id": bill["Id"], "SyncToken": bill["SyncToken"]}
        )
        await later(world)

        assert asked(world) == []
        assert await verdict(world, customer) is None

    played(tmp_path, story)


def test_R62_R72_a_workflow_that_was_unpublished_is_asked_about_and_nothing_is_lost(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        workflow = await by_workflow(world)
        world.crm.location.workflows.publish(workflow.id, published=False)
        customer = await wren(world)
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        await later(world)
        assert await world.attention() == ["REVIEW_WORKFLOW_GONE"]
        assert world.crm.location.state.enrolments == []

        world.crm.location.workflows.publish(workflow.id, published=True)
        await try_again(world, customer)

        assert asked(world) == ["wren@example.com"]
        assert await world.attention() == []

    played(tmp_path, story)


def test_R62_a_lost_answer_is_not_repeated_but_asked_about(tmp_path: Path) -> None:
    """The workflow was started, nobody heard of it: a person looks, and nothing goes out twice by itself."""

    async def story(world: World) -> None:
        await by_workflow(world)
        customer = await wren(world)
        world.crm.faults.add(Fault(on=ENROL, act=Lose.ANSWER, nth=1))
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        await later(world)
        await later(world)

        assert asked(world) == ["wren@example.com"]
        assert await world.attention() == ["REVIEW_IN_DOUBT"]
        assert await verdict(world, customer) is Verdict.IN_DOUBT

    played(tmp_path, story)


def test_R62_a_lost_request_is_sent_once_a_person_has_looked(tmp_path: Path) -> None:
    """It never arrived: *Try again* sends it."""

    async def story(world: World) -> None:
        await by_workflow(world)
        customer = await wren(world)
        world.crm.faults.add(Fault(on=ENROL, act=Lose.REQUEST, nth=1))
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        await later(world)
        assert (asked(world), await world.attention()) == ([], ["REVIEW_IN_DOUBT"])
        await try_again(world, customer)

        assert asked(world) == ["wren@example.com"]
        assert await world.attention() == []

    played(tmp_path, story)


def test_R62_R72_a_busy_crm_is_asked_later(tmp_path: Path) -> None:
    """A refusal for the rate is certain: the same request goes out later, once."""

    async def story(world: World) -> None:
        await by_workflow(world)
        customer = await wren(world)
        world.crm.faults.add(Fault(on=ENROL, act=Refuse(429, times=2), nth=1))
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        await later(world)

        assert asked(world) == ["wren@example.com"]
        assert await world.attention() == []
        tries = [each for each in world.crm.journal.exchanges() if "/workflow/" in each.path]
        assert len(tries) == 3

    played(tmp_path, story)


@pytest.mark.parametrize("copies", [10])
def test_R62_R70_ten_deliveries_of_the_same_event_are_one_request(tmp_path: Path, copies: int) -> None:
    async def story(world: World) -> None:
        await by_workflow(world)
        customer = await wren(world)
        await deeds.quickbooks_payment(world, await deeds.quickbooks_invoice(world, customer))
        await asyncio.sleep(5)
        for delivery in list(world.quickbooks.postman.deliveries()):
            for _ in range(copies):
                world.quickbooks.postman.resend(delivery.id)
        await later(world)
        await later(world)

        assert asked(world) == ["wren@example.com"]

    played(tmp_path, story)


async def try_again(world: World, customer: dict[str, Any]) -> None:
    """The owner presses *Try again*."""
    assert world.product is not None
    await again.one(
        world.product.database,
        world.product.schedule,
        world.connection,
        RecordRef(Kind.REVIEW, customer["Id"]),
        at=world.quickbooks.clock.now(),
    )
    await world.settle()


def test_R2_R62_switched_on_anew_begins_anew(tmp_path: Path) -> None:
    """`since` stays when only the way changes."""

    async def story(world: World) -> None:
        assert world.product is not None

        async def since() -> object:
            assert world.product is not None
            known = await world.product.database.read(lambda tx: connections.get(tx, world.connection))
            return known.choices.reviews.since

        await choose(world, tag="a")
        first = await since()
        await asyncio.sleep(60)
        await choose(world, tag="b")
        assert await since() == first is not None
        await choose(world)
        assert await since() is None
        await choose(world, tag="b")
        assert await since() not in (None, first)

    played(tmp_path, story)
