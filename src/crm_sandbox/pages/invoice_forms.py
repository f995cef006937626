"""The form of an invoice: what it shows, and the body of the API that comes of what a person typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from crm_sandbox.location import catalogue
from crm_sandbox.location.invoice_settings import DUE_AFTER_DAYS
from crm_sandbox.location.location import Location
from crm_sandbox.location.records import Contact, Invoice, Item, Price
from crm_sandbox.pages.product_pages import price_text
from crm_sandbox.pages.rendering import figure, notation_of
from crm_sandbox.pages.site import Visit, number

LINES = 5
CONTACTS_MAX = 500
AS_PRODUCT = "product"


@dataclass(frozen=True)
class Line:
    """A line as its fields hold it; `price` is the id of a price, `tax` that of a tax, or of the line that keeps its own."""

    price: str = ""
    name: str = ""
    qty: str = ""
    amount: str = ""
    tax: str = AS_PRODUCT
    kept: str = ""


def blank(location: Location, contact_id: str) -> dict[str, Any]:
    """The form of a new invoice, for this contact when it is one."""
    today = location.desk.today()
    return {
        **_choices(location),
        "contact": contact_id,
        "name": "",
        "issue_date": today.isoformat(),
        "due_date": (today + timedelta(days=DUE_AFTER_DAYS)).isoformat(),
        "discount_type": "percentage",
        "discount": "0",
        "terms": "",
        "lines": [Line() for _ in range(LINES)],
    }


def filled(location: Location, invoice: Invoice) -> dict[str, Any]:
    """The form of an invoice as it stands."""
    lines = [
        Line(
            each.price_id or "",
            each.name,
            figure(each.qty),
            figure(each.amount),
            each.id if each.taxes else "",
            each.id if each.taxes else "",
        )
        for each in invoice.items
    ]
    return {
        **_choices(location),
        "contact": invoice.contact_details["id"],
        "name": invoice.name,
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "discount_type": invoice.discount.type,
        "discount": figure(invoice.discount.value),
        "terms": invoice.terms_notes or "",
        "lines": [*lines, *(Line() for _ in range(max(1, LINES - len(lines))))],
    }


def creating(visit: Visit) -> dict[str, Any]:
    """The body of a new invoice. Raises ValueError with a sentence."""
    person = _contact(visit)
    return {
        **_shared(visit, person),
        "items": _items(visit, {}),
        "businessDetails": {"name": visit.location.kind.company, "phoneNo": visit.location.kind.phone},
        "sentTo": {
            "email": [person.email] if person.email else [],
            "phoneNo": [person.phone] if person.phone else [],
        },
        "liveMode": True,
    }


def replacing(visit: Visit, invoice: Invoice) -> dict[str, Any]:
    """The body that replaces the invoice; what the form does not show stays. Raises ValueError with a sentence."""
    described = {each.name: each.description for each in invoice.items}
    kept = {
        "title": invoice.title,
        "invoiceNumber": invoice.number,
        "invoiceNumberPrefix": invoice.number_prefix,
        "attachments": invoice.attachments,
        "paymentSchedule": invoice.payment_schedule,
        "tipsConfiguration": invoice.tips_configuration,
        "paymentMethods": invoice.payment_methods,
    }
    return {
        **{name: value for name, value in kept.items() if value},
        **_shared(visit, _contact(visit)),
        "invoiceItems": [
            {**each, "description": described[each["name"]]} if described.get(each["name"]) else each
            for each in _items(visit, {each.id: each for each in invoice.items})
        ],
    }


def _choices(location: Location) -> dict[str, Any]:
    state = location.state
    people = list(state.contacts.values())[-CONTACTS_MAX:]
    notation = notation_of(location.kind)
    prices = [
        (each.id, f"{state.products[each.product_id].name}, {each.name} ({price_text(each, notation)})")
        for each in state.prices.values()
        if each.product_id in state.products
    ]
    taxes = [(each.id, f"{each.name} {figure(each.rate)} %") for each in state.taxes.values()]
    return {
        "people": [(each.id, _label(each)) for each in people],
        "prices": [("", "–"), *prices],
        "taxes": [(AS_PRODUCT, "As product"), ("", "None"), *taxes],
    }


def _label(person: Contact) -> str:
    return " · ".join(
        each for each in (person.full_name or person.company_name, person.email or person.phone) if each
    )


def _contact(visit: Visit) -> Contact:
    contact_id = visit.form.text("contact")
    if not contact_id:
        raise ValueError("Choose a contact")
    return visit.location.contacts.get(contact_id)


def _shared(visit: Visit, person: Contact) -> dict[str, Any]:
    form, name = visit.form, person.full_name or person.company_name or person.email or person.phone or ""
    details: dict[str, Any] = {"id": person.id, "name": name}
    plain = {"email": person.email, "phoneNo": person.phone, "companyName": person.company_name}
    return {
        **visit.alt,
        "name": form.text("name") or f"Invoice for {name}",
        "currency": visit.location.kind.currency,
        "contactDetails": details | {key: value for key, value in plain.items() if value},
        "issueDate": form.text("issueDate"),
        "dueDate": form.text("dueDate"),
        "discount": {"type": form.text("discountType", "percentage"), "value": form.number("discount") or 0},
        "termsNotes": form.text("terms") or None,
    }


def _items(visit: Visit, own: Mapping[str, Item]) -> list[dict[str, Any]]:
    """The lines that were filled in; `own` are those of the invoice before, which may keep their taxes.

    Raises ValueError when there is none, or one lacks its amount.
    """
    form = visit.form
    columns: Sequence[list[str]] = [
        form.texts(f"line_{each}") for each in ("price", "name", "qty", "amount", "tax")
    ]
    typed = [Line(*values) for values in zip(*columns, strict=False)]
    items = [_item(visit.location, each, own.get(each.tax)) for each in typed if each.price or each.name]
    if not items:
        raise ValueError("An invoice needs a line: choose a product, or type what it is for")
    return items


def _item(location: Location, line: Line, own: Item | None) -> dict[str, Any]:
    state = location.state
    price: Price | None = state.prices.get(line.price)
    product = state.products.get(price.product_id) if price else None
    amount = number(line.amount) if line.amount else price.amount if price else None
    if amount is None:
        raise ValueError(f"The line “{line.name}” needs an amount")
    taxes = location.catalogue.taxes_of(product) if product and line.tax == AS_PRODUCT else ()
    if line.tax in state.taxes:
        taxes = (state.taxes[line.tax],)
    inclusive = product.tax_inclusive if product else location.kind.tax_inclusive
    if own is not None:
        taxes, inclusive = tuple(own.taxes), own.tax_inclusive
    item: dict[str, Any] = {
        "name": line.name or (f"{product.name} - {price.name}" if product and price else ""),
        "currency": location.kind.currency,
        "amount": amount,
        "qty": number(line.qty) or Decimal(1),
        "type": "one_time",
        "taxes": [catalogue.tax_view(each) for each in taxes] if amount else [],
        "taxInclusive": inclusive,
    }
    return item | ({"productId": price.product_id, "priceId": price.id} if price else {})
