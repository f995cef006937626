"""What a new location starts with; workflows are always there.

`sample` is a small business, `empty` is nothing, `contacts:N` so many contacts, `large:N,M` so many contacts and invoices.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crm_sandbox.location import crowd
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Product
from crm_sandbox.location.workflow_records import Workflow

if TYPE_CHECKING:
    from crm_sandbox.location.location import Location

_PEOPLE: tuple[tuple[str, str, str | None, bool, str | None], ...] = (
    ("Maya", "Ortiz", "maya.ortiz@example.com", True, "Northgate Joinery"),
    ("Søren", "Kjær", "soren.kjaer@example.com", True, None),
    ("Zoë", "Brandão", "zoe.brandao@example.com", True, "Café Miró"),
    ("Nuala", "O'Brien", "nuala.obrien@example.com", True, None),
    ("Ivo", "Marić", "ivo.maric@example.com", False, None),
    ("Grace", "Okafor", "grace.okafor@example.com", True, "Okafor & Daughters"),
    ("Tomás", "Núñez", None, True, None),
    ("Hannah", "Weiß", "hannah.weiss@example.com", True, "Weiß Gartenbau"),
    ("", "", "info@pinecrest-dental.example.com", True, "Pinecrest Dental"),
    ("Lindiwe", "Dube", "lindiwe.dube@example.com", True, None),
    ("Arun", "Iyer", "arun.iyer@example.com", False, "Iyer Interiors"),
    ("Benoît", "Lefèvre", None, False, "Atelier Lefèvre"),
)
"""First name, last name, e-mail, whether there is a phone, company."""

_GOODS: tuple[tuple[str, str, bool, tuple[tuple[str, str, str | None], ...]], ...] = (
    ("Fitting", "SERVICE", True, (("Per day", "150", None), ("Half a day", "80", None))),
    ("Materials", "PHYSICAL", True, (("Box", "100", None),)),
    ("Starter course", "DIGITAL", False, (("Standard", "120", None),)),
    ("Workbook", "PHYSICAL", True, (("Spiral", "30", None), ("Hardcover", "44.5", None))),
    ("Members area", "DIGITAL", False, (("Monthly", "49", "month"), ("Yearly", "490", "year"))),
)
"""Name, product type, whether it is taxed, prices (name, amount, interval)."""

_FIELDS: tuple[dict[str, Any], ...] = (
    {"name": "QuickBooks id", "dataType": "TEXT"},
    {"name": "Service plan", "dataType": "SINGLE_OPTIONS", "textBoxListOptions": ["Basic", "Plus"]},
)
"""The location's custom fields."""

_BATCH = ("Ada", "Noor", "Ines", "Kofi", "Lena", "Omar", "Rosa", "Yuki")


def plant(seed: str, location: Location, desk: Desk) -> None:
    """Fills a new location. Raises ValueError for an unknown seed."""
    name, _, count = seed.partition(":")
    _workflows(desk)
    if seed == "sample":
        _sample(location, desk)
    elif name == "contacts" and count.isascii() and count.isdigit():
        for number in range(int(count)):
            first, last = _BATCH[number % len(_BATCH)], f"Number{number}"
            _contact(location, desk, first, last, f"{first.lower()}.{number}@example.com", None, None)
    elif name == "large" and re.fullmatch(r"\d+,\d+", count, re.ASCII):
        contacts, invoices = map(int, count.split(","))
        crowd.gather(desk, location.contacts.index, contacts, invoices)
    elif seed != "empty":
        raise ValueError(f"there is no seed {seed}; known are sample, empty, contacts:N and large:N,M")


def _workflows(desk: Desk) -> None:
    made = desk.now() - timedelta(days=50)
    for name, status in (("Ask for a review", "published"), ("Win back old customers", "draft")):
        workflow = Workflow(
            id=desk.ids.uuid(),
            name=name,
            status="published" if status == "published" else "draft",
            version=3,
            asks_for_review=status == "published",
            created_at=made,
            updated_at=made,
        )
        desk.state.workflows[workflow.id] = workflow


def _sample(location: Location, desk: Desk) -> None:
    for number, (first, last, email, has_phone, company) in enumerate(_PEOPLE):
        phone = f"{desk.kind.dialling}{_subscriber(desk, number)}" if has_phone else None
        _contact(location, desk, first, last, email, phone, company)
    for body in _FIELDS:
        location.add_custom_field(body)
    goods = [_product(location, desk, *each) for each in _GOODS]
    contacts = list(desk.state.contacts.values())
    day = desk.today()
    for contact, product, name in (
        (contacts[0], goods[0], "Kitchen fitting, phase 1"),
        (contacts[2], goods[1], "Shelves"),
    ):
        price = location.catalogue.prices(product.id)[0]
        taxes = [{"_id": t.id, "name": t.name, "rate": t.rate} for t in location.catalogue.taxes_of(product)]
        location.invoices.create(
            {
                "altId": location.id,
                "altType": "location",
                "name": name,
                "currency": desk.kind.currency,
                "businessDetails": {"name": desk.kind.company, "phoneNo": desk.kind.phone},
                "contactDetails": {"id": contact.id, "name": contact.full_name, "email": contact.email},
                "issueDate": day.isoformat(),
                "dueDate": (day + timedelta(days=14)).isoformat(),
                "items": [
                    {
                        "name": product.name,
                        "currency": desk.kind.currency,
                        "amount": price.amount,
                        "qty": 2,
                        "productId": product.id,
                        "priceId": price.id,
                        "taxes": taxes,
                        "taxInclusive": desk.kind.tax_inclusive,
                    }
                ],
                "discount": {"type": "percentage", "value": 10},
                "sentTo": {"email": [contact.email]},
                "liveMode": True,
            }
        )
    sent = list(desk.state.invoices)[-1]
    action = {"altId": location.id, "altType": "location", "action": "send_manually", "liveMode": True}
    location.invoices.send(sent, action)


def _subscriber(desk: Desk, number: int) -> str:
    """The last digits of an invented phone number, as long as the kind's dialling prefix needs."""
    missing = len(desk.kind.phone) - len(desk.kind.dialling)
    return f"{number + 40:0{missing}d}"


def _contact(
    location: Location,
    desk: Desk,
    first: str,
    last: str,
    email: str | None,
    phone: str | None,
    company: str | None,
) -> None:
    body: dict[str, Any] = {
        "locationId": location.id,
        "firstName": first or None,
        "lastName": last or None,
        "email": email,
        "phone": phone,
        "companyName": company,
        "country": desk.kind.country,
        "city": desk.kind.city,
    }
    location.contacts.create(body, desk.user())


def _product(
    location: Location,
    desk: Desk,
    name: str,
    product_type: str,
    taxed: bool,
    prices: tuple[tuple[str, str, str | None], ...],
) -> Product:
    first_tax = next(iter(desk.state.taxes))
    product = location.catalogue.create_product(
        {
            "name": name,
            "locationId": location.id,
            "productType": product_type,
            "availableInStore": product_type == "PHYSICAL",
            "isTaxesEnabled": taxed,
            "taxes": [first_tax] if taxed else [],
            "taxInclusive": desk.kind.tax_inclusive and taxed,
        }
    )
    for price_name, amount, interval in prices:
        body: dict[str, Any] = {
            "name": price_name,
            "locationId": location.id,
            "type": "recurring" if interval else "one_time",
            "currency": desk.kind.currency,
            "amount": Decimal(amount),
        }
        if interval:
            body["recurring"] = {"interval": interval, "intervalCount": 1}
        location.catalogue.create_price(product.id, body)
    return product
