"""Each place where money can come from, through the whole product: one receipt, or none (R20 to R23).

Every story plays late in the evening of the company's day, when the location and UTC already write the next one: a
date taken in any other zone than the company's is wrong in all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox_kit import virtual_time
from world import deeds
from world.stories import played
from world.world import World

EVENING = datetime(2026, 3, 3, 5, 30, tzinfo=UTC)
"""21:30 on 2 March in Los Angeles (the company), 0:30 on 3 March in New York (the location)."""
DAY = "2026-03-02"
"""The day of every charge, as the company writes it."""

BUYER = {"email": "maya.ortiz@example.com", "firstName": "Maya", "lastName": "Ortiz"}
COURSE = {"name": "Starter course", "price": 120, "qty": 1}
WORKBOOK = {"name": "Workbook", "price": 30, "qty": 2}
MEMBERS = {"name": "Members area", "price": 49, "qty": 1, "recurring": {"interval": "month"}}
BOUGHT = [("Starter course", 1), ("Workbook", 2)]


@pytest.fixture(autouse=True)
def _late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, "START", EVENING)


@dataclass(frozen=True)
class Books:
    """The documents of the company, as QuickBooks answers them."""

    receipts: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    invoices: list[dict[str, Any]]
    customers: list[dict[str, Any]]
    accounts: Mapping[str, str]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Sales receipts, payments, invoices."""
        return len(self.receipts), len(self.payments), len(self.invoices)


async def books(world: World) -> Books:
    """What stands in QuickBooks."""
    rows = [
        await world.query(f"SELECT * FROM {each}")
        for each in ("SalesReceipt", "Payment", "Invoice", "Customer", "Account")
    ]
    return Books(*rows[:4], accounts={row["Name"]: row["Id"] for row in rows[4]})


async def bought(world: World, source: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Maya buys at this place."""
    body = {"source": source, "contact": BUYER, "items": list(items), "card": "success", **more}
    return await world.act("/checkouts", body)


async def transactions(world: World) -> list[dict[str, Any]]:
    """The payments of the location, as HighLevel lists them, oldest first."""
    query = {"altId": world.crm.credentials["location_id"], "altType": "location", "limit": "100"}
    found = await world.crm_api("GET", "/payments/transactions", **query)
    return sorted(found["data"], key=lambda row: str(row["createdAt"]))


async def orders(world: World) -> list[dict[str, Any]]:
    """The orders of the location."""
    query = {"altId": world.crm.credentials["location_id"], "altType": "location"}
    found: list[dict[str, Any]] = (await world.crm_api("GET", "/payments/orders", **query))["data"]
    return found


def check_receipt(
    receipt: dict[str, Any],
    known: Books,
    transaction: dict[str, Any],
    *,
    total: Decimal | int,
    lines: list[tuple[str, int]],
) -> None:
    """A sales receipt says all that R20 promises about its transaction."""
    assert receipt["TotalAmt"] == total == transaction["amount"]
    assert sold(receipt) == lines
    assert receipt["PaymentRefNum"] == transaction["id"][-21:]
    assert receipt["TxnDate"] == DAY
    assert receipt["DepositToAccountRef"]["value"] == known.accounts["Undeposited Funds"]
    assert receipt["CustomerRef"]["value"] == maya(known)["Id"]
    assert receipt["PaymentMethodRef"]["name"] == "Visa"
    assert receipt["CurrencyRef"]["value"] == "USD"


def check_payment(
    payment: dict[str, Any], known: Books, transaction: dict[str, Any], *, total: Decimal
) -> None:
    """A payment says all that R33 promises, and brings its whole amount to the one invoice."""
    assert payment["TotalAmt"] == total == transaction["amount"]
    assert payment["PaymentRefNum"] == transaction["_id"][-21:]
    assert payment["TxnDate"] == DAY
    assert payment["DepositToAccountRef"]["value"] == known.accounts["Undeposited Funds"]
    assert payment["CustomerRef"]["value"] == maya(known)["Id"]
    (line,) = payment["Line"]
    (linked,) = line["LinkedTxn"]
    assert (line["Amount"], linked["TxnType"]) == (total, "Invoice")
    assert linked["TxnId"] == known.invoices[0]["Id"]
    assert payment["UnappliedAmt"] == 0


def sold(document: dict[str, Any]) -> list[tuple[str, int]]:
    """Item name and quantity of each line, without QuickBooks' own subtotal."""
    details = (line.get("SalesItemLineDetail") for line in document["Line"])
    return [(each["ItemRef"]["name"], each["Qty"]) for each in details if each]


def maya(known: Books) -> dict[str, Any]:
    """The one customer of a story."""
    (customer,) = known.customers
    assert customer["PrimaryEmailAddr"]["Address"] == BUYER["email"]
    assert customer["DisplayName"] == "Maya Ortiz"
    return customer


PLACES = (
    ("order_form", "funnel", "one_step_order_form"),
    ("two_step", "funnel", "two_step_order_form"),
    ("website_order_form", "website", "one_step_order_form"),
    ("store", "website", "store"),
    ("store_upsell", "website", "store_upsell"),
    ("membership", "membership", ""),
    ("communities", "communities", ""),
    ("calendar", "calendar", "meeting"),
    ("calendar_service", "calendar", "service"),
    ("payment_link", "payment_link", ""),
)


@pytest.mark.parametrize(("source", "kind", "part"), PLACES)
def test_R20_a_payment_at_each_place_of_sale_becomes_one_receipt(
    tmp_path: Path, source: str, kind: str, part: str
) -> None:
    """Order form of one step and of two, store, members' area, paid booking, payment link: items, date, account."""

    async def story(world: World) -> None:
        sale = await bought(world, source, COURSE, WORKBOOK)
        await world.settle()

        (row,) = await transactions(world)
        assert (row["entitySourceType"], row["entitySourceSubType"]) == (kind, part)
        known = await books(world)
        assert known.counts == (1, 0, 0)
        check_receipt(known.receipts[0], known, sale["transactions"][0], total=180, lines=BOUGHT)
        assert await world.attention() == []

    played(tmp_path, story)


def test_R20_what_a_store_charges_for_shipping_is_a_line_of_its_own(tmp_path: Path) -> None:
    """The receipt is over all that was paid."""

    async def story(world: World) -> None:
        sale = await bought(world, "store", COURSE, WORKBOOK, shipping=7)
        await world.settle()

        known = await books(world)
        lines = [*BOUGHT, ("Shipping", 1)]
        check_receipt(known.receipts[0], known, sale["transactions"][0], total=187, lines=lines)

    played(tmp_path, story)


def test_R20_an_upsell_becomes_a_receipt_of_its_own(tmp_path: Path) -> None:
    """Order form, then "add this": two orders, two charges, two receipts, one customer."""

    async def story(world: World) -> None:
        first = await bought(world, "order_form", COURSE)
        more = await bought(world, "upsell", WORKBOOK)
        await world.settle()

        rows = {row["_id"]: row for row in await transactions(world)}
        upsell = rows[more["transactions"][0]["id"]]
        assert (upsell["entitySourceType"], upsell["entitySourceSubType"]) == ("funnel", "upsell")
        known = await books(world)
        assert known.counts == (2, 0, 0)
        by_total = {receipt["TotalAmt"]: receipt for receipt in known.receipts}
        check_receipt(by_total[120], known, first["transactions"][0], total=120, lines=BOUGHT[:1])
        check_receipt(by_total[60], known, more["transactions"][0], total=60, lines=BOUGHT[1:])

    played(tmp_path, story)


def test_R20_a_subscriptions_first_charge_and_each_renewal_become_one_receipt_each(tmp_path: Path) -> None:
    """No webhook announces the renewal: nothing before the poll, exactly one receipt more after it."""

    async def story(world: World) -> None:
        sale = await bought(world, "membership", MEMBERS)
        await world.settle()
        (row,) = await transactions(world)
        assert row["subscriptionId"] == sale["subscription"]["subscriptionId"]
        known = await books(world)
        assert known.counts == (1, 0, 0)
        check_receipt(
            known.receipts[0], known, sale["transactions"][0], total=49, lines=[("Members area", 1)]
        )

        told = len(world.crm.postman.deliveries())
        renewal = (await world.act(f"/subscriptions/{sale['subscription']['id']}/renew", {}))["transaction"]
        assert len(world.crm.postman.deliveries()) == told
        assert (await books(world)).counts == (1, 0, 0)
        await deeds.wait_for_poll()
        await world.settle()

        known = await books(world)
        assert known.counts == (2, 0, 0)
        (fresh,) = (each for each in known.receipts if each["PaymentRefNum"] == renewal["id"][-21:])
        check_receipt(fresh, known, renewal, total=49, lines=[("Members area", 1)])
        assert await world.attention() == []

    played(tmp_path, story)


def test_R20_a_renewal_that_the_order_tells_of_becomes_one_receipt_too(tmp_path: Path) -> None:
    """Whether HighLevel does so is not known (reference 21.5): found at once then, and not again by the poll."""

    async def story(world: World) -> None:
        await world.act("/switches", {"renewals_are_told": True})
        sale = await bought(world, "membership", MEMBERS)
        await world.settle()
        await world.act(f"/subscriptions/{sale['subscription']['id']}/renew", {})
        await world.settle()
        assert (await books(world)).counts == (2, 0, 0)
        await deeds.wait_for_poll()
        await world.settle()
        assert (await books(world)).counts == (2, 0, 0)

    played(tmp_path, story)


def test_R22_a_free_trial_posts_nothing_until_its_first_renewal(tmp_path: Path) -> None:
    """The set-up fee is what was paid: one line of it. The renewal is the price."""

    async def story(world: World) -> None:
        sale = await bought(world, "membership", {**MEMBERS, "trial_days": 14, "setup_fee": 20})
        free = await bought(world, "membership", {**MEMBERS, "name": "Club", "trial_days": 14})
        assert free["transactions"] == []
        await world.settle()
        known = await books(world)
        assert known.counts == (1, 0, 0)
        check_receipt(
            known.receipts[0], known, sale["transactions"][0], total=20, lines=[("Members area", 1)]
        )

        renewal = (await world.act(f"/subscriptions/{free['subscription']['id']}/renew", {}))["transaction"]
        await deeds.wait_for_poll()
        await world.settle()

        known = await books(world)
        assert known.counts == (2, 0, 0)
        (fresh,) = (each for each in known.receipts if each["TotalAmt"] == 49)
        check_receipt(fresh, known, renewal, total=49, lines=[("Club", 1)])

    played(tmp_path, story)


beside = pytest.mark.parametrize("beside", [False, True], ids=["alone", "with an order beside"])
"""Whether an order stands beside an invoice with payments is not known (reference 9.1, 21.4): it must not matter."""


@beside
def test_R21_R33_an_invoice_paid_by_card_is_a_payment_and_no_receipt(tmp_path: Path, beside: bool) -> None:
    """The money stands once in the books: on the invoice."""

    async def story(world: World) -> None:
        await world.act("/switches", {"invoice_payments_make_orders": beside})
        invoice = await deeds.sent_invoice(world)
        await world.settle()
        await world.act(f"/invoices/{invoice['_id']}/pay", {"card": "success"})
        await world.settle()

        (row,) = await transactions(world)
        assert (row["entitySourceType"], row["entityType"]) == ("invoice", "invoice")
        assert [each["sourceType"] for each in await orders(world)] == ["invoice"] * beside
        known = await books(world)
        assert known.counts == (0, 1, 1)
        check_payment(known.payments[0], known, row, total=invoice["total"])
        assert known.payments[0]["PaymentMethodRef"]["value"] == (await methods(world))["Visa"]
        assert known.invoices[0]["Balance"] == 0

    played(tmp_path, story)


@beside
def test_R21_text2pay_is_an_invoice_and_a_payment_and_no_receipt(tmp_path: Path, beside: bool) -> None:
    """Its payments carry another source than those of other invoices (reference 8)."""

    async def story(world: World) -> None:
        await world.act("/switches", {"invoice_payments_make_orders": beside})
        invoice = await text2pay(world)
        await world.settle()
        await world.act(f"/invoices/{invoice['_id']}/pay", {"card": "success"})
        await world.settle()

        (row,) = await transactions(world)
        assert (row["entitySourceType"], row["entityType"]) == ("text2Pay", "invoice")
        assert [each["sourceType"] for each in await orders(world)] == ["text2Pay"] * beside
        known = await books(world)
        assert known.counts == (0, 1, 1)
        check_payment(known.payments[0], known, row, total=Decimal(300))
        assert sold(known.invoices[0]) == [("Fitting", 2)]
        assert (known.invoices[0]["TotalAmt"], known.invoices[0]["Balance"]) == (300, 0)

    played(tmp_path, story)


def test_R21_R33_a_payment_recorded_by_hand_is_a_payment_and_no_receipt(tmp_path: Path) -> None:
    """A cheque for a part of the invoice; the rest stays open."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await world.settle()
        body = {
            "altId": world.crm.credentials["location_id"],
            "altType": "location",
            "mode": "cheque",
            "cheque": {"number": "1042"},
            "amount": 50,
            "notes": "",
        }
        await world.crm_api("POST", f"/invoices/{invoice['_id']}/record-payment", body)
        await world.settle()

        (row,) = await transactions(world)
        known = await books(world)
        assert known.counts == (0, 1, 1)
        check_payment(known.payments[0], known, row, total=Decimal(50))
        assert known.payments[0]["PaymentMethodRef"]["value"] == (await methods(world))["Check"]
        assert known.invoices[0]["Balance"] == invoice["total"] - 50

    played(tmp_path, story)


@pytest.mark.parametrize(
    "paid",
    [
        {"card": "fail"},
        {"card": "pending"},
        {"test_mode": True},
        {"coupon": {"code": "ALL", "type": "percentage", "value": 100}},
        {"items": [{"name": "Taster", "price": 0, "qty": 1}]},
    ],
    ids=["failed", "pending", "test-mode", "whole-coupon", "free"],
)
def test_R23_what_brought_no_money_posts_nothing(tmp_path: Path, paid: dict[str, Any]) -> None:
    """Failed, pending, test mode, a coupon for everything, a thing for nothing: not even a customer."""

    async def story(world: World) -> None:
        world.quickbooks.journal.clear()
        await bought(world, "order_form", COURSE, WORKBOOK, **paid)
        await world.settle()
        await deeds.wait_for_poll()
        await world.settle()

        known = await books(world)
        assert known.counts == (0, 0, 0)
        assert known.customers == []
        assert world.quickbooks.journal.total("write") == 0
        assert await world.attention() == []

    played(tmp_path, story)


def test_R23_a_renewal_that_fails_posts_nothing(tmp_path: Path) -> None:
    """The subscription's first receipt stays the only one."""

    async def story(world: World) -> None:
        sale = await bought(world, "membership", MEMBERS)
        await world.settle()
        await world.act(f"/subscriptions/{sale['subscription']['id']}/renew", {"card": "fail"})
        await deeds.wait_for_poll()
        await world.settle()

        assert [row["status"] for row in await transactions(world)] == ["succeeded", "failed"]
        assert (await books(world)).counts == (1, 0, 0)

    played(tmp_path, story)


@pytest.mark.parametrize(("outcome", "receipts"), [("succeeded", 1), ("failed", 0)])
def test_R23_a_pending_payment_posts_when_it_succeeds_and_then_once(
    tmp_path: Path, outcome: str, receipts: int
) -> None:
    """Webhook and poll both find it; one receipt comes of it. One that fails in the end posts nothing."""

    async def story(world: World) -> None:
        sale = await bought(world, "order_form", COURSE, WORKBOOK, card="pending")
        await world.settle()
        assert (await books(world)).counts == (0, 0, 0)

        (charge,) = sale["transactions"]
        await world.act(f"/transactions/{charge['id']}/settle", {"outcome": outcome})
        await world.settle()
        await deeds.wait_for_poll()
        world.crm.postman.resend_all()
        await world.settle()

        known = await books(world)
        assert known.counts == (receipts, 0, 0)
        for receipt in known.receipts:
            check_receipt(receipt, known, charge, total=180, lines=BOUGHT)

    played(tmp_path, story)


def test_R23_R33_a_pending_payment_of_an_invoice_posts_when_it_succeeds(tmp_path: Path) -> None:
    """Until then the invoice is open in QuickBooks."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await world.settle()
        paid = await world.act(f"/invoices/{invoice['_id']}/pay", {"card": "pending"})
        await world.settle()
        known = await books(world)
        assert known.counts == (0, 0, 1)
        assert known.invoices[0]["Balance"] == invoice["total"]

        await world.act(f"/transactions/{paid['transaction']['id']}/settle", {"outcome": "succeeded"})
        await world.settle()
        await deeds.wait_for_poll()
        await world.settle()

        (row,) = await transactions(world)
        known = await books(world)
        assert known.counts == (0, 1, 1)
        check_payment(known.payments[0], known, row, total=invoice["total"])

    played(tmp_path, story)


def test_R23_a_pending_renewal_that_nothing_tells_of_is_found_when_it_succeeds(tmp_path: Path) -> None:
    """Neither the renewal nor its success has a webhook of its own."""

    async def story(world: World) -> None:
        sale = await bought(world, "membership", MEMBERS)
        await world.settle()
        address = f"/subscriptions/{sale['subscription']['id']}/renew"
        renewal = (await world.act(address, {"card": "pending"}))["transaction"]
        await deeds.wait_for_poll()
        await world.settle()
        assert (await books(world)).counts == (1, 0, 0)

        await world.act(f"/transactions/{renewal['id']}/settle", {"outcome": "succeeded"})
        await asyncio.sleep(3600)
        await world.settle()

        known = await books(world)
        assert known.counts == (2, 0, 0)

    played(tmp_path, story)


async def methods(world: World) -> dict[str, str]:
    """The company's payment methods: name to id."""
    return {row["Name"]: row["Id"] for row in await world.query("SELECT * FROM PaymentMethod")}


async def text2pay(world: World) -> dict[str, Any]:
    """A user writes an invoice and sends it in one call."""
    person = await deeds.contact(world, email=BUYER["email"], first="Maya", last="Ortiz")
    item = {"name": "Fitting", "currency": "USD", "amount": 150, "qty": 2, "type": "one_time", "taxes": []}
    body = {
        "altId": world.crm.credentials["location_id"],
        "altType": "location",
        "name": "Kitchen fitting",
        "currency": "USD",
        "businessDetails": {"name": "Harbour Home Services"},
        "contactDetails": {"id": person["id"], "name": "Maya Ortiz", "email": BUYER["email"]},
        "issueDate": DAY,
        "dueDate": "2026-03-16",
        "items": [item],
        "discount": {"type": "percentage", "value": 0},
        "sentTo": {"email": [BUYER["email"]]},
        "liveMode": True,
        "userId": world.crm.location.state.user_id,
        "action": "send",
    }
    done = await world.crm_api("POST", "/invoices/text2pay", body)
    invoice: dict[str, Any] = done["invoice"]
    return invoice
