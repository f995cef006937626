"""What HighLevel tells of late, in part or not at all is found by asking (R70): removals, refunds, zones, odd records."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from counterfoil.engine import refunds
from counterfoil.store import connections
from highlevel_files.everywhere import Ear
from sandbox_kit.faults import Fault, Lose, Refuse
from world import deeds
from world.stories import played
from world.world import World

DAY = 24 * 3600.0


async def state(world: World) -> connections.Connection:
    assert world.product is not None
    return await world.product.database.read(lambda tx: connections.get(tx, world.connection))


def test_R5_R70_a_removal_that_is_told_late_stops_nothing_and_a_true_one_does(tmp_path: Path) -> None:
    """UNINSTALL arrives hours later, after the app was installed again: the access still works, and sales go on. When
    the app is gone, the next look finds it (reference 2.9, 11.4)."""

    async def story(world: World) -> None:
        location = world.crm.credentials["location_id"]
        world.crm._service.webhooks.lifecycle("UNINSTALL", {"locationId": location})
        await world.settle()
        await deeds.order_form_sale(world)
        await world.settle()
        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        assert (await state(world)).state is connections.State.RUNNING

        await world.act("/uninstall", {})
        await asyncio.sleep(60)
        known = await state(world)
        assert known.state is connections.State.RECONNECT_NEEDED
        assert "not installed" in known.state_reason

    played(tmp_path, story)


def test_R24_R70_a_refund_is_noticed_whenever_it_is_given_and_once_for_each(tmp_path: Path) -> None:
    """No webhook tells of a refund (reference 9.5): the payments of four months are listed every six hours. What has
    been looked at is not looked at again until the figure grows."""

    async def story(world: World) -> None:
        sale = await deeds.order_form_sale(world)
        await world.settle()

        async def refund(amount: int) -> None:
            await world.act(f"/transactions/{sale['transaction_id']}/refund", {"amount": amount})

        async def looks() -> int:
            operation = "GET /payments/transactions/{transactionId}"
            return len(world.crm.journal.exchanges(operation=operation))

        async def away(days: int) -> None:
            await world.stop_product()
            await asyncio.sleep(days * DAY)
            await refund(20)
            await world.start_product()
            await asyncio.sleep(600)

        await away(3)
        assert await world.attention() == ["REFUND_BY_HAND"]
        once = await looks()
        await asyncio.sleep(1200)
        assert await looks() == once

        await away(30)
        assert await looks() == once + 1

    played(tmp_path, story)


def test_R70_R72_old_payments_that_cannot_be_listed_hold_up_no_new_sale(tmp_path: Path) -> None:
    """The slow look for refunds fails; the poll before it has found what is new."""

    async def story(world: World) -> None:
        world.crm.postman.settings.loss_rate = 1.0
        assert world.product is not None
        await world.product.database.transact(
            lambda tx: connections.set_cursor(tx, world.connection, refunds.ASKED, "")
        )
        listing = "GET /payments/transactions"
        world.crm.faults.add(Fault(on=listing, act=Refuse(500), nth=2))
        await deeds.order_form_sale(world)
        await asyncio.sleep(300)

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        answers = [each.status for each in world.crm.journal.exchanges(operation=listing)]
        assert 500 in answers
        await asyncio.sleep(300)
        asked = await world.product.database.read(
            lambda tx: connections.cursor(tx, world.connection, refunds.ASKED)
        )
        assert asked != ""

    played(tmp_path, story)


def test_R31_a_location_that_moves_to_another_zone_gives_its_invoices_other_days(tmp_path: Path) -> None:
    """Dates come as instants and are days of the location's zone (reference 7.3), which its owner may change."""

    async def story(world: World) -> None:
        here = world.crm.location
        here.kind = dataclasses.replace(here.kind, timezone="Pacific/Auckland")
        location = world.crm.credentials["location_id"]
        world.crm._service.webhooks.lifecycle("LocationUpdate", {"id": location})
        await world.settle()
        assert (await state(world)).account_zone == "Pacific/Auckland"

    played(tmp_path, story)


def test_R72_an_invoice_that_cannot_be_understood_is_shown_to_a_person(tmp_path: Path, ear: Ear) -> None:
    """HighLevel invents a status, and no webhook tells: the listing names the invoice, and others are not held up."""

    async def story(world: World) -> None:
        world.crm.postman.settings.loss_rate = 1.0
        odd = await deeds.sent_invoice(world)
        world.crm.location.state.invoices[odd["_id"]].status = "escalated"
        await deeds.sent_invoice(world)
        await asyncio.sleep(700)

        assert len(await world.query("SELECT * FROM Invoice")) == 1
        assert await world.attention() == ["NEEDS_PERSON"]
        ear.found.clear()  # that no file knows this status is meant here

    played(tmp_path, story)


def test_R50_two_customers_at_one_phone_number_stay_two_contacts(tmp_path: Path) -> None:
    """Neither has an e-mail address; the number, however it is written, is in the CRM once (reference 5.4)."""

    async def story(world: World) -> None:
        for name, number in (("Ada Byron", "(207) 555-0143"), ("Ida Byron", "207-555-0143")):
            body = {"DisplayName": name, "PrimaryPhone": {"FreeFormNumber": number}}
            await deeds.quickbooks_post(world, "customer", body)
            await world.settle()

        found = {row["firstName"]: row.get("phone") for row in await deeds.contacts(world)}
        assert found == {"Ada": "+12075550143", "Ida": None}
        assert len({link.crm_id for link in await world.links()}) == 2
        assert await world.attention() == []

    played(tmp_path, story)


@pytest.mark.parametrize("lost", [Lose.REQUEST, Lose.ANSWER])
@pytest.mark.parametrize("skew", [0, -120, 90])
def test_R71_namesakes_without_an_address_stay_two_contacts_when_an_answer_is_lost(
    tmp_path: Path, lost: Lose, skew: int
) -> None:
    """Only the name can be searched for (reference 3.2), HighLevel's clock may be wrong, and the first one was just made:
    neither is it taken for the second, nor is the second made twice."""

    async def story(world: World) -> None:
        await world.act("/switches", {"clock_skew_seconds": skew})
        world.crm.faults.add(Fault(on="POST /contacts/", act=lost, nth=2))
        for name in ("Ada Byron", "Ada Byron (Portland)"):
            body = {"DisplayName": name, "GivenName": "Ada", "FamilyName": "Byron"}
            await deeds.quickbooks_post(world, "customer", body)
        await asyncio.sleep(600)
        await world.settle()

        found = await deeds.contacts(world)
        assert [row["firstName"] for row in found] == ["Ada", "Ada"]
        assert len({link.crm_id for link in await world.links()}) == 2

    played(tmp_path, story)


def test_R16_a_contact_that_was_deleted_and_came_back_keeps_its_customer(tmp_path: Path) -> None:
    """The same address, another id: merged in the CRM, or deleted and bought again (reference 5.6). The links follow."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world)
        await world.settle()
        (first,) = await deeds.contacts(world)
        await world.crm_api("DELETE", f"/contacts/{first['id']}")
        await asyncio.sleep(30)
        await deeds.order_form_sale(world)
        await world.settle()

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 2
        assert len(await world.query("SELECT * FROM Customer")) == 1
        (second,) = await deeds.contacts(world)
        known = {link.crm_id for link in await world.links() if link.crm_kind == "contact"}
        assert known == {second["id"]} != {first["id"]}
        assert await world.attention() == []

    played(tmp_path, story)


def test_R11_two_contacts_with_one_address_share_its_customer(tmp_path: Path) -> None:
    """A location may allow duplicates (reference 5.4); sales of both are posted, for one customer."""

    async def story(world: World) -> None:
        await world.act("/switches", {"allow_duplicate_contact": True})
        location = world.crm.credentials["location_id"]
        first, second = [
            await deeds.contact(world, email="maya.ortiz@example.com", first=name) for name in ("Maya", "May")
        ]
        for person in (first, second, first):
            item = {"currency": "USD", "type": "one_time", "name": "Work", "amount": 10, "qty": 1}
            draft = await world.crm_api(
                "POST",
                "/invoices/",
                {
                    "altId": location,
                    **deeds.WHERE,
                    "name": "Work",
                    "currency": "USD",
                    "businessDetails": {"name": "Shop"},
                    "contactDetails": {"id": person["id"], "name": "Maya", "email": person["email"]},
                    "issueDate": "2026-03-02",
                    "dueDate": "2026-03-16",
                    "items": [item],
                    "discount": {"type": "percentage", "value": 0},
                    "sentTo": {"email": []},
                    "liveMode": True,
                },
            )
            send = {"altId": location, **deeds.WHERE, "action": "send_manually", "liveMode": True}
            await world.crm_api("POST", f"/invoices/{draft['_id']}/send", send)
        await world.settle()

        assert first["id"] != second["id"]
        assert len(await world.query("SELECT * FROM Invoice")) == 3
        assert len(await world.query("SELECT * FROM Customer")) == 1
        assert await world.attention() == []

    played(tmp_path, story)
