"""HighLevel's JSON as our records. Pure and total: a record, or `members.Unreadable` that names what is wrong.

Amounts are taken as HighLevel states them, never recomputed; what it leaves out is derived (reference 10). Dates are
days of the location's zone, which is passed in.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from counterfoil import money
from counterfoil.crm import records as crm
from counterfoil.crm.highlevel import members, sources
from counterfoil.crm.highlevel.members import Members

MANUAL_MODES = ("cash", "card", "cheque", "bank_transfer", "other")
"""How a payment that somebody typed in was made (reference 7.7)."""

_STATUS = {status.value: status for status in crm.InvoiceStatus}
_PAYMENT_STATUS = {status.value: status for status in crm.TransactionStatus}
_DISCOUNT = {
    "percentage": crm.DiscountKind.PERCENTAGE,
    "fixed": crm.DiscountKind.FIXED,
    "amount": crm.DiscountKind.FIXED,
}


def account(raw: Any) -> crm.Account:
    """A location (reference 4.1)."""
    location = members.record("location", raw)
    business = location.inside("business")
    return crm.Account(
        id=crm.AccountId(location.needed_text("id", "_id")),
        name=location.text("name") or business.text("name"),
        country=(location.text("country") or business.text("country")).upper(),
        time_zone=location.text("timezone") or business.text("timezone") or "UTC",
    )


def published_workflow(raw: Any) -> crm.Workflow | None:
    """A workflow, None for a draft (reference 12.1)."""
    found = members.record("workflow", raw)
    workflow = crm.Workflow(id=found.needed_text("id", "_id"), name=found.text("name"))
    return workflow if found.text("status") == "published" else None


def contact(raw: Any) -> crm.Contact:
    """A contact, as one is read or as a search lists it (reference 5.3)."""
    found = members.record("contact", raw)
    return crm.Contact(
        id=crm.ContactId(found.needed_text("id", "_id")),
        given_name=found.text("firstName", "firstNameLowerCase"),
        family_name=found.text("lastName", "lastNameLowerCase"),
        name=_full_name(found),
        company=found.text("companyName", "businessName"),
        email=found.text("email", "emailLowerCase"),
        phone=found.text("phone"),
        address=crm.Address(
            line1=found.text("address1"),
            city=found.text("city"),
            region=found.text("state"),
            postal_code=found.text("postalCode"),
            country=found.text("country").upper(),
        ),
        tags=found.texts("tags"),
        source=found.text("source"),
        do_not_disturb=_do_not_disturb(found),
        created_at=found.instant("dateAdded", "createdAt"),
        updated_at=found.instant("dateUpdated", "updatedAt", "dateAdded"),
    )


def invoice(raw: Any, *, zone: str) -> crm.Invoice:
    """An invoice, as one is read or listed (reference 7.5)."""
    found = members.record("invoice", raw)
    currency = _currency(found)
    status = _STATUS.get(found.needed_text("status"))
    if status is None:
        raise members.Unreadable(found.record, "status")
    lines = tuple(_invoice_line(line) for line in found.each("invoiceItems", "items"))
    discount = _discount(found.inside("discount"))
    total = found.number("total", "invoiceTotal")
    due, paid = found.number("amountDue"), found.number("amountPaid")
    if total is None:
        total = found.needed_number("total") if due is None or paid is None else due + paid
    summary = found.inside("totalSummary")
    sub_total = summary.number("subTotal", "subtotal")
    sub_total = _sum(lines) if sub_total is None else sub_total
    off = summary.number("discount")
    off = _off(discount, lines, sub_total, currency) if off is None else off
    tax = summary.number("tax")
    if tax is None:
        late = found.inside("lateFeesConfiguration").number("totalLateFees") or money.ZERO
        tax = _tax(found, lines, rest=total - (sub_total - off) - late)
    customer = found.inside("contactDetails")
    recipients = found.inside("sentTo").texts("email")
    return crm.Invoice(
        id=crm.InvoiceId(found.needed_text("_id", "id")),
        number=found.text("invoiceNumberPrefix") + found.text("invoiceNumber"),
        status=status,
        live=_live(found),
        currency=currency,
        contact_id=crm.ContactId(customer.text("id", "_id")),
        contact_name=customer.text("name"),
        billing_email=customer.text("email") or next(iter(recipients), ""),
        issue_date=found.needed_day("issueDate", zone),
        due_date=found.day("dueDate", zone),
        lines=lines,
        discount=discount,
        sub_total=sub_total,
        discount_total=off,
        tax_total=tax,
        total=total,
        amount_paid=paid if paid is not None else money.ZERO if due is None else total - due,
        name=found.text("name"),
        created_at=found.needed_instant("createdAt"),
        updated_at=found.needed_instant("updatedAt", "createdAt"),
        posted_by_other_connector=_names_quickbooks(found.raw.get("syncDetails")),
    )


def order(raw: Any) -> crm.Order:
    """An order: with its items as one is read, without them as it is listed (reference 9.3)."""
    found = members.record("order", raw)
    listed = found.each("items")
    known = {tax.id: tax for tax in map(_tax_of, found.each("taxSummary"))}
    lines = tuple(_order_line(item, known) for item in listed)
    summary = found.inside("amountSummary")
    total = found.needed_number("amount")
    sub_total = _either(summary, found, "subtotal", "subTotal")
    sub_total = _sum(lines) if sub_total is None else sub_total
    off = _either(summary, found, "discount") or money.ZERO
    shipping = _either(summary, found, "shipping") or money.ZERO
    tax = _either(summary, found, "tax")
    if tax is None:
        tax = _tax(found, lines, rest=total - (sub_total - off) - shipping)
    renews = any(item.inside("price").text("type") == "recurring" for item in listed)
    renews = renews or (found.number("recurringProducts") or 0) > 0
    return crm.Order(
        id=crm.OrderId(found.needed_text("_id", "id")),
        status=found.text("status"),
        live=_live(found),
        currency=_currency(found),
        contact_id=crm.ContactId(found.text("contactId")),
        source=sources.of_order(found, renews=renews),
        source_name=found.text("sourceName") or found.inside("source").text("name"),
        lines=lines,
        sub_total=sub_total,
        discount_total=off,
        tax_total=tax,
        shipping_total=shipping,
        total=total,
        coupon_code=found.text("couponCode") or found.inside("coupon").text("code"),
        created_at=found.needed_instant("createdAt"),
    )


def transaction(raw: Any) -> crm.Transaction:
    """A transaction, as one is read or listed (reference 9.4); only the former tells what a listing leaves out."""
    found = members.record("transaction", raw)
    entity, entity_id = found.text("entityType"), found.text("entityId")
    person = found.inside("contactSnapshot")
    charge = found.inside("chargeSnapshot")
    method, reference, note = _payment(found, charge)
    return crm.Transaction(
        id=crm.TransactionId(found.needed_text("_id", "id")),
        status=_PAYMENT_STATUS.get(found.text("status"), crm.TransactionStatus.OTHER),
        live=_live(found),
        currency=_currency(found),
        amount=found.needed_number("amount"),
        amount_refunded=found.number("amountRefunded") or money.ZERO,
        contact_id=crm.ContactId(found.text("contactId") or person.text("id", "_id")),
        contact_name=found.text("contactName") or _full_name(person),
        contact_email=found.text("contactEmail") or person.text("email"),
        source=sources.of_transaction(found),
        source_name=found.text("entitySourceName") or found.inside("entitySource").text("name"),
        invoice_id=crm.InvoiceId(entity_id) if entity == "invoice" and entity_id else None,
        order_id=crm.OrderId(entity_id) if entity == "order" and entity_id else None,
        subscription_id=found.text("subscriptionId"),
        method=method,
        card_brand=_card_brand(found, charge),
        reference=reference,
        note=note,
        charged_at=found.needed_instant("fulfilledAt", "createdAt"),
        created_at=found.needed_instant("createdAt", "fulfilledAt"),
        posted_by_other_connector=found.is_true("qboSynced") or bool(found.inside("qboResponse").text("Id")),
        aggregate_parent=found.is_true("isParent"),
    )


def subscription_name(raw: Any) -> str:
    """What a subscription is for: the product and its price, else the name of the page it was sold on."""
    found = members.record("subscription", raw)
    sold = found.inside("recurringProduct")
    product = sold.inside("product").text("name") or sold.text("name")
    price = sold.inside("price").text("name")
    if product and price and price != product:
        return f"{product}, {price}"
    return product or price or found.text("entitySourceName") or found.inside("entitySource").text("name")


def _full_name(person: Members) -> str:
    """The name as a person would write it: `contactName` is lower case in searches (reference 5.3)."""
    joined = f"{person.text('firstName')} {person.text('lastName')}".strip()
    lower = f"{person.text('firstNameLowerCase')} {person.text('lastNameLowerCase')}".strip()
    found = [joined, person.text("name"), person.text("contactName"), person.text("fullNameLowerCase"), lower]
    written = [name for name in found if name != name.lower()]
    return next((name for name in (*written, *found) if name), "")


def _do_not_disturb(person: Members) -> bool:
    """Do-not-disturb for everything, or for every way in which this person could be asked for a review.

    Who has only an e-mail address and wants no e-mail is not to be disturbed, although nothing was said about SMS.
    """
    channels = person.inside("dndSettings")
    blocked = {
        name: channels.inside(name).text("status") in ("active", "permanent") for name in ("SMS", "Email")
    }
    has = {"SMS": bool(person.text("phone")), "Email": bool(person.text("email", "emailLowerCase"))}
    open_ways = [name for name in blocked if has[name] and not blocked[name]]
    return person.is_true("dnd") or (any(blocked.values()) and not open_ways)


def _currency(found: Members) -> str:
    code = found.text("currency") or found.inside("currencyOptions").text("code")
    return (code or found.needed_text("currency")).upper()


def _live(found: Members) -> bool:
    return not found.is_false("liveMode") and not found.is_true("markAsTest")


def _either(summary: Members, flat: Members, *names: str) -> Decimal | None:
    """An amount from the summary of a read order or from the order itself as it is listed."""
    found = summary.number(*names)
    return flat.number(*names) if found is None else found


def _invoice_line(line: Members) -> crm.Line:
    quantity = line.number("qty", "quantity")
    return crm.Line(
        name=line.text("name"),
        quantity=Decimal(1) if quantity is None else quantity,
        unit_price=line.needed_number("amount"),
        description=line.text("description"),
        product_id=line.text("productId"),
        price_id=line.text("priceId"),
        taxes=_taxes(line, {}),
        tax_inclusive=line.is_true("taxInclusive"),
    )


def _order_line(item: Members, known: dict[str, crm.Tax]) -> crm.Line:
    product, price = item.inside("product"), item.inside("price")
    quantity = item.number("qty", "quantity")
    return crm.Line(
        name=item.text("name") or product.text("name"),
        quantity=Decimal(1) if quantity is None else quantity,
        unit_price=price.needed_number("amount"),
        description=item.text("description"),
        product_id=product.text("_id", "id"),
        price_id=price.text("_id", "id"),
        taxes=_taxes(item, known) or _taxes(product, known),
        tax_inclusive=any(part.is_true("taxInclusive") for part in (item, product, price)),
    )


def _taxes(line: Members, known: dict[str, crm.Tax]) -> tuple[crm.Tax, ...]:
    """The taxes of a line; those that are only named by id are looked up among the document's."""
    by_id = tuple(known[id] for id in line.texts("taxes") if id in known)
    return tuple(_tax_of(tax) for tax in line.each("taxes")) + by_id


def _tax_of(tax: Members) -> crm.Tax:
    return crm.Tax(id=tax.text("_id", "id"), name=tax.text("name"), rate=tax.needed_number("rate"))


def _discount(found: Members) -> crm.Discount | None:
    value = found.number("value")
    if not value:
        return None
    kind = _DISCOUNT.get(found.needed_text("type"))
    if kind is None:
        raise members.Unreadable(found.record, "discount.type")
    return crm.Discount(kind=kind, value=value, product_ids=found.texts("validOnProductIds"))


def _sum(lines: tuple[crm.Line, ...]) -> Decimal:
    return sum((money.EXACT.multiply(line.quantity, line.unit_price) for line in lines), money.ZERO)


def _off(
    discount: crm.Discount | None, lines: tuple[crm.Line, ...], sub_total: Decimal, currency: str
) -> Decimal:
    """What a discount takes off, where the document does not say."""
    if discount is None:
        return money.ZERO
    if discount.kind is crm.DiscountKind.FIXED:
        return discount.value
    only = tuple(line for line in lines if line.product_id in discount.product_ids)
    base = _sum(only) if discount.product_ids else sub_total
    part = money.EXACT.divide(money.EXACT.multiply(base, discount.value), Decimal(100))
    return money.rounded(part, money.places(currency))


def _tax(found: Members, lines: tuple[crm.Line, ...], *, rest: Decimal) -> Decimal:
    """The tax, where the document does not say: the rest of the total, when anything on it is taxed at all."""
    taxed = found.is_true("automaticTaxesCalculated") or any(line.taxes for line in lines)
    return max(rest, money.ZERO) if taxed else money.ZERO


def _payment(found: Members, charge: Members) -> tuple[str, str, str]:
    """How it was paid, the reference of the charge and the note.

    A payment that somebody recorded has its mode in the snapshot; a snapshot with `object` is the provider's own, and
    its `mode` means something else (reference 9.4).
    """
    mode = charge.text("mode")
    if mode in MANUAL_MODES and not charge.text("object"):
        cheque = charge.inside("cheque").text("number")
        return mode, cheque or found.text("chargeId"), charge.text("notes")
    kinds = (name for name, value in found.inside("paymentMethod").raw.items() if isinstance(value, dict))
    provider = found.text("paymentProviderType") or found.inside("paymentProvider").text("type")
    return next(kinds, provider), found.text("chargeId") or charge.text("id"), ""


def _card_brand(found: Members, charge: Members) -> str:
    """The brand of the card: what the provider says of it, or what somebody wrote down (reference 9.4)."""
    return found.inside("paymentMethod").inside("card").text("brand") or charge.inside("card").text("type")


def _names_quickbooks(value: Any) -> bool:
    """Whether anything in HighLevel's own traces of accounting connectors speaks of QuickBooks (reference 7.5)."""
    if isinstance(value, dict):
        return any(_names_quickbooks(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(_names_quickbooks(part) for part in value)
    return isinstance(value, str) and any(word in value.lower() for word in ("quickbooks", "qbo"))
