"""What people do in a story: buy, send an invoice, pay, void, renew, add a customer."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from world.world import QUICKBOOKS, World, _encoded, exact

WHERE = {"altType": "location"}


def number_of(invoice: dict[str, Any]) -> str:
    """The number that the customer reads."""
    return f"{invoice.get('invoiceNumberPrefix') or ''}{invoice['invoiceNumber']}"


async def contact(world: World, *, email: str, first: str = "Ada", last: str = "Byron") -> dict[str, Any]:
    """A contact typed in by a user of the CRM."""
    body = {
        "locationId": world.crm.credentials["location_id"],
        "firstName": first,
        "lastName": last,
        "email": email,
    }
    made = await world.crm_api("POST", "/contacts/", body)
    return dict(made["contact"])


async def contacts(world: World) -> list[dict[str, Any]]:
    """All contacts of the location, through the search that any integration uses."""
    body = {"locationId": world.crm.credentials["location_id"], "pageLimit": 500, "filters": []}
    found = await world.crm_api("POST", "/contacts/search", body)
    return list(found["contacts"])


async def order_form_sale(
    world: World,
    *,
    email: str = "maya.ortiz@example.com",
    first: str = "Maya",
    last: str = "Ortiz",
    card: str = "4242424242424242",
    test_mode: bool = False,
) -> dict[str, Any]:
    """Somebody buys two things on an order form, with a coupon."""
    sale = await world.act(
        "/checkouts",
        {
            "source": "order_form",
            "contact": {"email": email, "firstName": first, "lastName": last},
            "items": [
                {"name": "Starter course", "price": 120, "qty": 1},
                {"name": "Workbook", "price": 30, "qty": 2},
            ],
            "coupon": {"code": "SPRING15", "type": "amount", "value": 15},
            "card": card,
            "test_mode": test_mode,
        },
    )
    return {"total": Decimal(165), **_ids(sale)}


async def subscription_sale(world: World, *, email: str = "maya.ortiz@example.com") -> dict[str, Any]:
    """Somebody subscribes; the first charge is taken at once."""
    sale = await world.act(
        "/checkouts",
        {
            "source": "membership",
            "contact": {"email": email, "firstName": "Maya", "lastName": "Ortiz"},
            "items": [
                {
                    "name": "Members area",
                    "price": 49,
                    "qty": 1,
                    "recurring": {"interval": "month", "intervalCount": 1},
                }
            ],
            "card": "4242424242424242",
        },
    )
    return {"total": Decimal(49), **_ids(sale)}


async def renew(world: World, sale: dict[str, Any]) -> None:
    """The subscription's next charge; no webhook tells of it."""
    await world.act(f"/subscriptions/{sale['subscription_id']}/renew", {})


async def sent_invoice(
    world: World,
    *,
    email: str = "maya.ortiz@example.com",
    first: str = "Maya",
    last: str = "Ortiz",
    issued: str = "2026-03-02",
) -> dict[str, Any]:
    """A user writes an invoice of three lines with a discount and a tax, and marks it as sent."""
    location = world.crm.credentials["location_id"]
    found = [row for row in await contacts(world) if row.get("email") == email]
    person = found[0] if found else await contact(world, email=email, first=first, last=last)
    taxes = [{"_id": "6910aa55c3b2e41d85a90001", "name": "Sales tax", "rate": Decimal("8.25")}]
    taxes = [{**tax, "calculation": "exclusive"} for tax in taxes]
    item = {"currency": "USD", "type": "one_time"}
    body = {
        "altId": location,
        **WHERE,
        "name": "Kitchen fitting",
        "currency": "USD",
        "businessDetails": {"name": "Harbour Home Services"},
        "contactDetails": {
            "id": person["id"],
            "name": f"{first} {last}",
            "email": email,
            "phoneNo": "+12075550143",
        },
        "issueDate": issued,
        "dueDate": "2026-03-16",
        "items": [
            {**item, "name": "Fitting, per day", "amount": Decimal("149.99"), "qty": 3, "taxes": taxes},
            {**item, "name": "Materials", "amount": 100, "qty": Decimal("1.5"), "taxes": taxes},
            {**item, "name": "Advice", "amount": 35, "qty": 1, "taxes": []},
        ],
        "discount": {"type": "percentage", "value": 10},
        "sentTo": {"email": [email]},
        "liveMode": True,
    }
    draft = await world.crm_api("POST", "/invoices/", body)
    sent = await world.crm_api(
        "POST",
        f"/invoices/{draft['_id']}/send",
        {
            "altId": location,
            **WHERE,
            "userId": "Us4Bg7Dm1Qx9Le3Hn6Vk",
            "action": "send_manually",
            "liveMode": True,
        },
    )
    invoice: dict[str, Any] = sent["invoice"]
    return invoice


async def record_payment(world: World, invoice: dict[str, Any], amount: Decimal) -> None:
    """A user records that money came in for this invoice."""
    body = {
        "altId": world.crm.credentials["location_id"],
        **WHERE,
        "mode": "bank_transfer",
        "amount": amount,
        "notes": "",
    }
    await world.crm_api("POST", f"/invoices/{invoice['_id']}/record-payment", body)


async def void_invoice(world: World, invoice: dict[str, Any]) -> None:
    """A user voids the invoice."""
    body = {"altId": world.crm.credentials["location_id"], **WHERE}
    await world.crm_api("POST", f"/invoices/{invoice['_id']}/void", body)


async def new_quickbooks_customer(world: World, *, name: str, email: str) -> dict[str, Any]:
    """A bookkeeper adds a customer in QuickBooks."""
    body = {"DisplayName": name, "PrimaryEmailAddr": {"Address": email}}
    return await quickbooks_post(world, "customer", body)


async def quickbooks_invoice(world: World, customer: dict[str, Any], amount: int = 100) -> dict[str, Any]:
    """A bookkeeper writes an invoice in QuickBooks."""
    line = {
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
    }
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [line]}
    return await quickbooks_post(world, "invoice", body)


async def quickbooks_payment(
    world: World, bill: dict[str, Any], amount: Decimal | None = None
) -> dict[str, Any]:
    """A bookkeeper receives a payment for it, by default all of it."""
    total = bill["TotalAmt"] if amount is None else amount
    linked = [{"TxnId": bill["Id"], "TxnType": "Invoice"}]
    body = {
        "CustomerRef": bill["CustomerRef"],
        "TotalAmt": total,
        "Line": [{"Amount": total, "LinkedTxn": linked}],
    }
    return await quickbooks_post(world, "payment", body)


async def quickbooks_post(world: World, entity: str, body: dict[str, Any]) -> dict[str, Any]:
    """A bookkeeper, or another app, writes to QuickBooks."""
    answer = await world.postage.post(
        f"{QUICKBOOKS}/v3/company/{world.quickbooks.credentials['realm_id']}/{entity}",
        content=_encoded(body),
        headers={
            "Authorization": f"Bearer {world.token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        },
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = exact.decode(answer.content)
    return next(value for name, value in found.items() if name != "time")


async def wait_for_poll() -> None:
    """Five minutes pass."""
    await asyncio.sleep(300)


def _ids(sale: dict[str, Any]) -> dict[str, Any]:
    """The ids of a sale, whatever shape the control API gives them in."""
    return {
        "transaction_id": sale["transactions"][0]["id"],
        "subscription_id": (sale.get("subscription") or {}).get("id", ""),
        "order_id": sale["order"]["id"],
    }
