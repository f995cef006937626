"""What people do in the story: type in a contact, write an invoice, pay, buy, void, add a customer."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from counterfoil_demo.neighbours import Crm, QuickBooks, Row

SALES_TAX = {
    "_id": "6910aa55c3b2e41d85a90001",
    "name": "Sales tax",
    "rate": Decimal("8.25"),
    "calculation": "exclusive",
}
USER = "Us4Bg7Dm1Qx9Le3Hn6Vk"
CARD = "4242424242424242"
TERMS = timedelta(days=14)
KITCHEN: tuple[Row, ...] = (
    {"name": "Fitting, per day", "amount": Decimal("149.99"), "qty": 3, "taxes": [SALES_TAX]},
    {
        "name": "Materials, per metre",
        "amount": Decimal("38.40"),
        "qty": Decimal("2.75"),
        "taxes": [SALES_TAX],
    },
    {"name": "Advice", "amount": 35, "qty": 1, "taxes": []},
)
"""Three lines, one of them with a fractional quantity, two of them taxed."""
SHOP: tuple[tuple[Row, str, Decimal], ...] = (
    ({"name": "Consultation", "productType": "SERVICE"}, "One hour", Decimal(95)),
    ({"name": "Tool kit", "productType": "PHYSICAL", "availableInStore": True}, "Standard", Decimal("64.50")),
)
"""Product, name of its price, amount: so that the calendar and the online store have something to sell."""
GARDEN: tuple[Row, ...] = ({"name": "Hedge trimming", "amount": 80, "qty": 2, "taxes": []},)


async def lay_out_the_shop(crm: Crm) -> None:
    """A user adds what whoever looks around later can book and buy."""
    for product, price, amount in SHOP:
        made = await crm.call("POST", "/products/", {"locationId": crm.location_id, **product})
        body = {
            "locationId": crm.location_id,
            "name": price,
            "type": "one_time",
            "currency": "USD",
            "amount": amount,
        }
        await crm.call("POST", f"/products/{made['_id']}/price", body)


async def type_in_contact(crm: Crm, customer: Row) -> Row:
    """A user types in somebody whom the bookkeeper has in QuickBooks already. Returns the contact."""
    body = {
        "locationId": crm.location_id,
        "firstName": customer["GivenName"],
        "lastName": customer["FamilyName"],
        "email": customer["PrimaryEmailAddr"]["Address"],
    }
    return dict((await crm.call("POST", "/contacts/", body))["contact"])


async def send_invoice(
    crm: Crm,
    contact: Row,
    *,
    name: str,
    items: tuple[Row, ...],
    discount_percent: int,
    issued: date,
) -> Row:
    """A user writes an invoice and marks it as sent; no message goes out. Returns the invoice."""
    body = {
        **crm.where,
        "name": name,
        "currency": "USD",
        "businessDetails": {"name": "Harbour Home Services"},
        "contactDetails": {
            "id": contact["id"],
            "name": f"{contact['firstName']} {contact['lastName']}",
            "email": contact["email"],
            "phoneNo": contact.get("phone") or "+12075550143",
        },
        "issueDate": issued.isoformat(),
        "dueDate": (issued + TERMS).isoformat(),
        "items": [{"currency": "USD", "type": "one_time", **item} for item in items],
        "discount": {"type": "percentage", "value": discount_percent},
        "sentTo": {"email": [contact["email"]]},
        "liveMode": True,
    }
    draft = await crm.call("POST", "/invoices/", body)
    sending = {**crm.where, "userId": USER, "action": "send_manually", "liveMode": True}
    return dict((await crm.call("POST", f"/invoices/{draft['_id']}/send", sending))["invoice"])


async def record_payment(crm: Crm, invoice: Row, amount: Decimal) -> None:
    """A user notes that money for an invoice came in."""
    body = {**crm.where, "mode": "bank_transfer", "amount": amount, "notes": "", "meta": {}}
    await crm.call("POST", f"/invoices/{invoice['_id']}/record-payment", body)


async def void_invoice(crm: Crm, invoice: Row) -> None:
    """A user voids an invoice."""
    await crm.call("POST", f"/invoices/{invoice['_id']}/void", dict(crm.where))


async def buy_on_order_form(crm: Crm) -> Row:
    """A stranger buys two things on an order form, with a coupon. Returns order and transactions."""
    return await crm.control.post(
        "checkouts",
        {
            "source": "order_form",
            "contact": {"email": "maya.ortiz@example.com", "firstName": "Maya", "lastName": "Ortiz"},
            "items": [
                {"name": "Starter course", "price": 120, "qty": 1},
                {"name": "Workbook", "price": 30, "qty": 2},
            ],
            "coupon": {"code": "SPRING15", "type": "amount", "value": 15},
            "card": CARD,
        },
    )


async def subscribe(crm: Crm) -> Row:
    """She becomes a member; the first month is charged. Returns order, transactions and subscription."""
    monthly = {"interval": "month", "intervalCount": 1}
    return await crm.control.post(
        "checkouts",
        {
            "source": "membership",
            "contact": {"email": "maya.ortiz@example.com", "firstName": "Maya", "lastName": "Ortiz"},
            "items": [{"name": "Members area", "price": 49, "qty": 1, "recurring": monthly}],
            "card": CARD,
        },
    )


async def renew(crm: Crm, subscription_id: str) -> None:
    """The next month is charged; no webhook tells of it."""
    await crm.control.post(f"subscriptions/{subscription_id}/renew")


async def add_customer(quickbooks: QuickBooks) -> Row:
    """A bookkeeper adds a customer. Returns it."""
    return await quickbooks.create(
        "Customer",
        {
            "DisplayName": "Wren Okoye",
            "GivenName": "Wren",
            "FamilyName": "Okoye",
            "PrimaryEmailAddr": {"Address": "wren.okoye@example.com"},
        },
    )
