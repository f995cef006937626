"""The main job, end to end, over HTTP with both stand-ins, on virtual time."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from sandbox_kit import virtual_time
from world import deeds
from world.stories import played
from world.world import World


def test_R20_a_payment_of_an_order_form_becomes_one_sales_receipt(tmp_path: Path) -> None:
    """A coupon sale arrives with its items, its date and exactly what was paid."""

    async def story(world: World) -> None:
        sale = await deeds.order_form_sale(world)
        await world.settle()

        receipts = await world.query("SELECT * FROM SalesReceipt")

        assert [receipt["TotalAmt"] for receipt in receipts] == [sale["total"]]
        assert receipts[0]["PaymentRefNum"] == sale["transaction_id"][-21:]
        assert await world.attention() == []

    played(tmp_path, story)


def test_R71_R75_a_known_customer_costs_one_write_and_no_metered_read(tmp_path: Path) -> None:
    """The second sale of a customer is one POST to QuickBooks and nothing else."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world)
        await world.settle()
        world.quickbooks.journal.clear()

        await deeds.order_form_sale(world)
        await world.settle()

        assert world.quickbooks.journal.total("write") == 1
        assert world.quickbooks.journal.total("metered") == 0

    played(tmp_path, story)


def test_R75_a_new_customer_costs_two_writes_and_one_change_query(tmp_path: Path) -> None:
    """Customer and receipt are written; one change query guards against a twin."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world)
        await world.settle()
        world.quickbooks.journal.clear()

        await deeds.order_form_sale(world, email="new.person@example.com", first="Nell", last="Person")
        await world.settle()

        assert world.quickbooks.journal.total("write") == 2
        assert world.quickbooks.journal.total("metered") <= 1

    played(tmp_path, story)


def test_R75_many_new_customers_cost_one_change_query_for_all(tmp_path: Path) -> None:
    """The guard against twins is asked once a run, not once a customer."""

    async def story(world: World) -> None:
        await world.settle()
        world.quickbooks.journal.clear()

        for number in range(10):
            await deeds.order_form_sale(world, email=f"buyer{number}@example.com", first=f"Buyer {number}")
        await world.settle()

        assert len(await world.query("SELECT * FROM SalesReceipt")) == 10
        # Two items are new as well.
        assert world.quickbooks.journal.total("write") == 10 + 10 + 2
        mine = world.quickbooks.journal.exchanges(operation="GET /cdc*")
        assert 1 <= len(mine) <= 2

    played(tmp_path, story)


def test_R30_R31_R33_R35_a_sent_invoice_and_its_payments_stand_in_quickbooks(tmp_path: Path) -> None:
    """Same number, dates, address and total; two payments bring the balance to zero."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await world.settle()
        (posted,) = await world.query("SELECT * FROM Invoice")
        assert posted["DocNumber"] == deeds.number_of(invoice)
        assert posted["TotalAmt"] == invoice["total"]
        assert posted["BillEmail"]["Address"] == invoice["contactDetails"]["email"]
        assert (posted["TxnDate"], posted["DueDate"]) == ("2026-03-02", "2026-03-16")

        await deeds.record_payment(world, invoice, Decimal("50"))
        await world.settle()
        (posted,) = await world.query("SELECT * FROM Invoice")
        assert posted["Balance"] == invoice["total"] - 50

        await deeds.record_payment(world, invoice, invoice["total"] - 50)
        await world.settle()
        (posted,) = await world.query("SELECT * FROM Invoice")
        payments = await world.query("SELECT * FROM Payment")
        assert posted["Balance"] == 0
        assert sorted(payment["TotalAmt"] for payment in payments) == sorted([50, invoice["total"] - 50])
        assert await world.attention() == []

    played(tmp_path, story)


def test_R34_a_voided_invoice_is_voided(tmp_path: Path) -> None:
    """Void in the CRM, void in QuickBooks: amounts zero, the document stays."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await world.settle()

        await deeds.void_invoice(world, invoice)
        await world.settle()

        (posted,) = await world.query("SELECT * FROM Invoice")
        assert (posted["TotalAmt"], posted["Balance"]) == (0, 0)
        assert posted["PrivateNote"].startswith("Voided")

    played(tmp_path, story)


def test_R20_a_subscription_renewal_is_found_by_polling(tmp_path: Path) -> None:
    """No webhook tells of a renewal; the poll finds it and it becomes a receipt of its own."""

    async def story(world: World) -> None:
        sale = await deeds.subscription_sale(world)
        await world.settle()

        await deeds.renew(world, sale)
        await deeds.wait_for_poll()
        await world.settle()

        receipts = await world.query("SELECT * FROM SalesReceipt")
        assert len(receipts) == 2
        assert {receipt["TotalAmt"] for receipt in receipts} == {sale["total"]}

    played(tmp_path, story)


def test_R50_quickbooks_customers_become_contacts_without_duplicates(tmp_path: Path) -> None:
    """All active customers arrive; those that share an e-mail address with a contact are matched."""

    async def main() -> None:
        world = World(tmp_path, books="customers:40")
        await world.open()
        try:
            customers = await world.query("SELECT * FROM Customer")
            shared = [row["PrimaryEmailAddr"]["Address"] for row in customers[:7]]
            for email in shared:
                await deeds.contact(world, email=email)
            await world.connect()
            await world.settle()

            contacts = await deeds.contacts(world)
            emails = sorted(contact["email"] for contact in contacts)
            assert emails == sorted(row["PrimaryEmailAddr"]["Address"].lower() for row in customers)
            assert len(set(emails)) == len(emails) == 40
        finally:
            await world.close()

    virtual_time.run(main())


def test_R51_a_new_quickbooks_customer_becomes_a_contact(tmp_path: Path) -> None:
    """With webhooks it takes seconds."""

    async def story(world: World) -> None:
        before = await deeds.contacts(world)
        await deeds.new_quickbooks_customer(world, name="Wren Okoye", email="wren@example.com")
        await world.settle(seconds_max=60)

        after = await deeds.contacts(world)
        assert len(after) == len(before) + 1
        assert "wren@example.com" in {contact["email"] for contact in after}

    played(tmp_path, story)


def test_R54_a_customer_that_we_created_never_comes_back_as_a_second_contact(tmp_path: Path) -> None:
    """The echo of our own write in webhook and change feed is recognised."""

    async def story(world: World) -> None:
        await deeds.order_form_sale(world)
        await world.settle()
        await deeds.wait_for_poll()
        await world.settle()

        assert len(await deeds.contacts(world)) == 1
        assert len(await world.query("SELECT * FROM Customer")) == 1

    played(tmp_path, story)


def test_R70_every_webhook_delivered_again_changes_nothing(tmp_path: Path) -> None:
    """Both sides send everything a second time; the books stay as they are."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await deeds.order_form_sale(world)
        await deeds.record_payment(world, invoice, Decimal("25"))
        await world.settle()
        world.quickbooks.journal.clear()

        world.crm.postman.resend_all()
        world.quickbooks.postman.resend_all()
        await world.settle()

        assert world.quickbooks.journal.total("write") == 0
        assert len(await world.query("SELECT * FROM Invoice")) == 1
        assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        assert len(await world.query("SELECT * FROM Payment")) == 1

    played(tmp_path, story)
