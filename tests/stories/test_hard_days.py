"""Days on which things change, come late, twice or not at all, and two people touch the same thing."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from counterfoil.engine.prune import prune
from counterfoil.store import arrivals, connections, progress
from counterfoil_demo import owner
from counterfoil_demo.browser import Browser
from sandbox_kit.faults import Fault, Refuse
from world import deeds
from world.stories import played
from world.world import PRODUCT, World


async def change_invoice(world: World, invoice: dict[str, Any], **change: Any) -> dict[str, Any]:
    """A user edits an invoice; HighLevel replaces the whole of it."""
    location = world.crm.credentials["location_id"]
    now = await world.crm_api("GET", f"/invoices/{invoice['_id']}", altId=location, altType="location")
    item = {"currency": "USD", "type": "one_time"}
    items = [
        {
            **item,
            "name": line["name"],
            "amount": line["amount"],
            "qty": line["qty"],
            "taxes": line.get("taxes", []),
        }
        for line in now["invoiceItems"]
    ]
    body = {
        "altId": location,
        **deeds.WHERE,
        "name": now["name"],
        "currency": "USD",
        "businessDetails": now["businessDetails"],
        "contactDetails": now["contactDetails"],
        "issueDate": now["issueDate"][:10],
        "dueDate": now["dueDate"][:10],
        "invoiceNumber": str(now["invoiceNumber"]),
        "discount": now["discount"],
        "invoiceItems": items,
        "liveMode": True,
        **change,
    }
    return await world.crm_api("PUT", f"/invoices/{invoice['_id']}", body)


@pytest.mark.parametrize("reorder", [False, True])
def test_R70_webhooks_that_come_twice_late_and_out_of_order_change_nothing(
    tmp_path: Path, reorder: bool
) -> None:
    """The same business with bad post ends in the same books."""

    async def story(world: World) -> None:
        for postman in (world.crm.postman, world.quickbooks.postman):
            postman.settings.duplicates = 2
            postman.settings.reorder = reorder
            postman.settings.delay_seconds = 90
        for number in range(4):
            await deeds.order_form_sale(world, email=f"buyer{number % 2}@example.com")
        invoice = await deeds.sent_invoice(world)
        await deeds.record_payment(world, invoice, Decimal(50))
        await deeds.record_payment(world, invoice, Decimal(70))
        await deeds.new_quickbooks_customer(world, name="Wren Okoye", email="wren@example.com")
        await asyncio.sleep(600)
        await world.settle()

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 4
        assert len(await world.query("SELECT * FROM Customer")) == 4
        assert sorted(row["TotalAmt"] for row in await world.query("SELECT * FROM Payment")) == [50, 70]
        (posted,) = await world.query("SELECT * FROM Invoice")
        assert posted["Balance"] == Decimal(invoice["total"]) - 120
        emails = [row["email"] for row in await deeds.contacts(world)]
        assert len(emails) == len(set(emails)) == 4
        assert await world.attention() == []

    played(tmp_path, story)


def test_R51_R70_without_any_webhook_everything_is_found_by_asking(tmp_path: Path) -> None:
    """Not one webhook arrives on either side; five minutes later all of it stands on the other side."""

    async def story(world: World) -> None:
        for postman in (world.crm.postman, world.quickbooks.postman):
            postman.settings.loss_rate = 1.0
        await deeds.order_form_sale(world)
        invoice = await deeds.sent_invoice(world, email="ida@example.com", first="Ida")
        await deeds.record_payment(world, invoice, Decimal(50))
        await deeds.new_quickbooks_customer(world, name="Wren Okoye", email="wren@example.com")
        await asyncio.sleep(300)

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        (posted,) = await world.query("SELECT * FROM Invoice")
        assert posted["Balance"] == Decimal(invoice["total"]) - 50
        assert "wren@example.com" in [row["email"] for row in await deeds.contacts(world)]

    played(tmp_path, story)


def test_R31_an_invoice_that_changes_after_a_part_payment_stays_in_step(tmp_path: Path) -> None:
    """Another line, another due date; the payment stays where it is."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await deeds.record_payment(world, invoice, Decimal(50))
        await world.settle()
        extra = {"name": "Extra", "amount": 20, "qty": 2, "currency": "USD", "type": "one_time", "taxes": []}
        lines = [
            {**extra, "name": "Fitting, per day", "amount": Decimal("149.99"), "qty": 3},
            extra,
        ]
        changed = await change_invoice(world, invoice, invoiceItems=lines, dueDate="2026-04-01")
        await world.settle()

        (posted,) = await world.query("SELECT * FROM Invoice")
        assert posted["TotalAmt"] == Decimal(str(changed["total"]))
        assert posted["Balance"] == Decimal(str(changed["total"])) - 50
        assert posted["DueDate"] == "2026-04-01"
        names = [
            line["SalesItemLineDetail"]["ItemRef"]["name"]
            for line in posted["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        ]
        assert names == ["Fitting, per day", "Extra"]
        assert len(await world.query("SELECT * FROM Payment")) == 1
        assert await world.attention() == []

    played(tmp_path, story)


def test_R40_a_bookkeepers_memo_survives_a_change_in_the_crm(tmp_path: Path) -> None:
    """An update sends only what changed in the CRM."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await world.settle()
        (posted,) = await world.query("SELECT * FROM Invoice")
        await deeds.quickbooks_post(
            world,
            "invoice",
            {
                "Id": posted["Id"],
                "SyncToken": posted["SyncToken"],
                "sparse": True,
                "CustomerMemo": {"value": "Thank you, Ada"},
            },
        )
        await change_invoice(world, invoice, dueDate="2026-04-01")
        await world.settle()

        (now,) = await world.query("SELECT * FROM Invoice")
        assert now["CustomerMemo"] == {"value": "Thank you, Ada"}
        assert now["DueDate"] == "2026-04-01"
        assert now["TotalAmt"] == posted["TotalAmt"]
        assert await world.attention() == []

    played(tmp_path, story)


def test_R34_a_deleted_invoice_is_voided(tmp_path: Path) -> None:
    """Nothing is ever deleted in the books."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await world.settle()
        location = world.crm.credentials["location_id"]
        await world.crm_api("DELETE", f"/invoices/{invoice['_id']}", altId=location, altType="location")
        await asyncio.sleep(600)
        await world.settle()

        (posted,) = await world.query("SELECT * FROM Invoice")
        assert (posted["TotalAmt"], posted["Balance"]) == (0, 0)
        assert posted["DocNumber"] == deeds.number_of(invoice)

    played(tmp_path, story)


def test_R34_a_paid_invoice_that_is_voided_asks_about_its_payments(tmp_path: Path) -> None:
    """Money that came in does not vanish from the books by a click in the CRM."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await deeds.record_payment(world, invoice, Decimal(50))
        await world.settle()
        await deeds.void_invoice(world, invoice)
        await world.settle()

        (posted,) = await world.query("SELECT * FROM Invoice")
        assert posted["TotalAmt"] == Decimal(invoice["total"])
        assert await world.attention() == ["VOID_HAS_PAYMENTS"]

    played(tmp_path, story)


def test_R32_a_number_that_is_taken_gets_a_suffix(tmp_path: Path) -> None:
    """The bookkeeper has used the number already; nothing of hers is overwritten."""

    async def story(world: World) -> None:
        preferences = {"SalesFormsPrefs": {"CustomTxnNumbers": True}}
        (now,) = await world.query("SELECT * FROM Preferences")
        await deeds.quickbooks_post(
            world,
            "preferences",
            {"Id": now["Id"], "SyncToken": now["SyncToken"], "sparse": True, **preferences},
        )
        mine = await deeds.new_quickbooks_customer(world, name="Wren Okoye", email="wren@example.com")
        items = await world.query("SELECT * FROM Item")
        if not items:
            (account, *_) = await world.query("SELECT * FROM Account WHERE AccountType = 'Income'")
            item = {"Name": "Anything", "Type": "Service", "IncomeAccountRef": {"value": account["Id"]}}
            items = [await deeds.quickbooks_post(world, "item", item)]
        line = {
            "Amount": 9,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": items[0]["Id"]}},
        }
        hers = await deeds.quickbooks_post(
            world,
            "invoice",
            {"DocNumber": "INV-000001", "CustomerRef": {"value": mine["Id"]}, "Line": [line]},
        )
        invoice = await deeds.sent_invoice(world)
        assert deeds.number_of(invoice) == "INV-000001"
        await world.settle()

        numbers = {row["Id"]: row["DocNumber"] for row in await world.query("SELECT * FROM Invoice")}
        assert numbers.pop(hers["Id"]) == "INV-000001"
        (ours,) = numbers.values()
        assert ours.startswith("INV-000001")
        assert ours != "INV-000001"
        assert await world.attention() == []

    played(tmp_path, story)


def test_R12_R52_two_people_change_different_things_and_both_stay(tmp_path: Path) -> None:
    """A phone number in QuickBooks, a family name in the CRM."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world)
        await world.settle()
        (customer,) = await world.query("SELECT * FROM Customer")
        (person,) = await deeds.contacts(world)
        await deeds.quickbooks_post(
            world,
            "customer",
            {
                "Id": customer["Id"],
                "SyncToken": customer["SyncToken"],
                "sparse": True,
                "PrimaryPhone": {"FreeFormNumber": "(207) 555-0188"},
            },
        )
        await world.settle()
        await world.crm_api("PUT", f"/contacts/{person['id']}", {"lastName": "Ortiz-Lund"})
        await asyncio.sleep(600)
        await world.settle()

        (customer,) = await world.query("SELECT * FROM Customer")
        (person,) = await deeds.contacts(world)
        assert customer["PrimaryPhone"] == {"FreeFormNumber": "(207) 555-0188"}
        assert customer["FamilyName"] == "Ortiz-Lund"
        assert person["phone"].endswith("2075550188")
        assert person["lastName"] == "Ortiz-Lund"

    played(tmp_path, story)


def test_R6_after_a_disconnect_and_a_new_connection_nothing_is_doubled(tmp_path: Path) -> None:
    """The access is revoked at Intuit, work stops, and the memory of what belongs to what stays."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world)
        invoice = await deeds.sent_invoice(world)
        await world.settle()
        browser = Browser(world.net)
        await browser.open(f"{PRODUCT}/connect/highlevel")
        await owner.consent(browser, PRODUCT)
        await browser.press("Disconnect")
        await browser.press("Yes, disconnect")
        assert world.product is not None
        known = await world.product.database.read(lambda tx: connections.get(tx, world.connection))
        assert known.state is connections.State.DISCONNECTED
        calls = world.quickbooks.journal.total("write")
        await deeds.record_payment(world, invoice, Decimal(50))
        await asyncio.sleep(900)
        assert world.quickbooks.journal.total("write") == calls

        await world.new_token()
        await browser.press("Connect")
        await owner.consent(browser, PRODUCT)
        await browser.close()
        await asyncio.sleep(600)
        await world.settle()

        assert len(await world.query("SELECT * FROM Customer")) == 1
        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        (posted,) = await world.query("SELECT * FROM Invoice")
        assert posted["Balance"] == Decimal(invoice["total"]) - 50
        assert len(await deeds.contacts(world)) == 1

    played(tmp_path, story)


def test_R14_two_people_of_one_name_are_two_customers(tmp_path: Path) -> None:
    """A name alone never matches, and QuickBooks wants names to differ."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world, email="maya.one@example.com")
        await deeds.order_form_sale(world, email="maya.two@example.com")
        await world.settle()

        names = sorted(row["DisplayName"] for row in await world.query("SELECT * FROM Customer"))
        assert names == ["Maya Ortiz", "Maya Ortiz (maya.two@example.com)"]
        receipts = await world.query("SELECT * FROM SalesReceipt")
        assert len({row["CustomerRef"]["value"] for row in receipts}) == 2

    played(tmp_path, story)


def test_R50_customers_can_be_imported_again_without_a_second_contact(tmp_path: Path) -> None:
    """The owner presses the button again; whoever is there is found."""

    async def story(world: World) -> None:
        for number in range(3):
            await deeds.new_quickbooks_customer(
                world, name=f"Wren {number}", email=f"wren{number}@example.com"
            )
        await world.settle()
        browser = Browser(world.net)
        await browser.open(f"{PRODUCT}/connect/highlevel")
        await owner.consent(browser, PRODUCT)
        await browser.press("Import customers again")
        await browser.close()
        await asyncio.sleep(60)
        await world.settle()

        assert world.product is not None
        job = await world.product.database.read(lambda tx: progress.get(tx, world.connection, "contacts"))
        assert job is not None
        assert (job.done, job.finished_at is not None) == (3, True)
        assert len(await deeds.contacts(world)) == 3

    played(tmp_path, story)


@pytest.mark.parametrize("status", [400, 503])
def test_R72_a_listing_that_fails_does_not_hold_up_what_is_known(tmp_path: Path, status: int) -> None:
    """The CRM's list of invoices is broken; webhooks still bring sales, and the books get them."""

    async def story(world: World) -> None:
        world.crm.faults.add(Fault(on="GET /invoices", act=Refuse(status)))
        await asyncio.sleep(300)
        await deeds.order_form_sale(world)
        await asyncio.sleep(300)

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        assert world.product is not None
        assert (await world.product.schedule.stats()).parked == 0

    played(tmp_path, story)


def test_R70_deliveries_are_forgotten_after_two_months_and_not_before(tmp_path: Path) -> None:
    """They hold people's data; a late duplicate must still be known."""

    async def story(world: World) -> None:
        assert world.product is not None
        database = world.product.database
        await deeds.order_form_sale(world)
        await world.settle()
        now = world.crm.clock.now()

        async def kept(*, at: datetime) -> int:
            await database.transact(lambda tx: prune(tx, at=at))
            found = await database.read(
                lambda tx: arrivals.recent(tx, connection=world.connection, limit=1000)
            )
            return len(found)

        assert await kept(at=now + timedelta(days=59)) > 0
        assert await kept(at=now + timedelta(days=61)) == 0

    played(tmp_path, story)
