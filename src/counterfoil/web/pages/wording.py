"""Words for records, events and times, as a bookkeeper reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency

from counterfoil import times
from counterfoil.quickbooks import entities
from counterfoil.store import history, links, mirror
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Kind, RecordRef, Verdict

KINDS: Mapping[Kind, str] = {
    Kind.CONTACT: "Contact",
    Kind.CUSTOMER: "Customer",
    Kind.INVOICE: "Invoice",
    Kind.ORDER: "Order",
    Kind.TRANSACTION: "Payment",
    Kind.REVIEW: "Review request",
}
ENTITY_OF: Mapping[Kind, str] = {
    Kind.CONTACT: "Customer",
    Kind.INVOICE: "Invoice",
    Kind.TRANSACTION: "SalesReceipt",
}
"""What a record of the CRM is called by, when it stands in QuickBooks."""
EVENTS: Mapping[str, str] = {
    "linked": "Matched",
    "refused": "Refused",
    "in step": "In step",
    "waiting": "Waiting",
    "asked": "Needs attention",
}
DONE: Mapping[str, str] = {
    "create": "created",
    "update": "updated",
    "void": "voided",
    "enrol": "sent by workflow",
    "tag": "sent by tag",
    Verdict.IN_DOUBT.value: "in doubt",
}
LABELS: Mapping[str, str] = {
    "id": "Id in QuickBooks",
    "contact": "Contact in the CRM",
    "total": "Total",
    "key": "Request id",
    "others": "Others with this address",
    "code": "Code",
    "detail": "Answer",
    "trace": "For QuickBooks' support",
}
ENTITIES: Mapping[str, str] = {
    "Customer": "customer",
    "Invoice": "invoice",
    "SalesReceipt": "sales receipt",
    "Payment": "payment",
    "Item": "item",
    "Contact": "contact",
    "Review": "review request",
}


_ENGLISH = Locale("en")


@dataclass(frozen=True)
class Notation:
    """How instants and money are written for people in `zone` (IANA) and `country` (ISO 3166 alpha-2), in English."""

    zone: str
    country: str

    def moment(self, instant: datetime) -> str:
        """In the zone, as the country writes it: `Mar 2, 2026, 10:05 AM`; where it is unknown `2 Mar 2026, 10:05`."""
        local = instant.astimezone(times.zone_of(self.zone))
        day, time = (
            format_date(local, "medium", self._locale),
            format_time(local, "short", locale=self._locale),
        )
        return f"{day}, {time}".replace("\u202f", "\xa0")

    def money(self, amount: Decimal, currency: str) -> str:
        """With the currency's sign and places: `$1,234.50`, in Ireland `US$1,234.50`."""
        return format_currency(amount, currency.upper(), locale=self._locale)

    @cached_property
    def _locale(self) -> Locale:
        try:
            return Locale("en", self.country or "GB")
        except UnknownLocaleError:
            return Locale("en", "GB")


def country(code: str) -> str:
    """The name of a country, its code where it is unknown: `United States`."""
    return str(_ENGLISH.territories.get(code, code))


def currency(code: str) -> str:
    """The name of a currency: `US Dollar (USD)`."""
    known = _ENGLISH.currencies.get(code)
    return f"{known} ({code})" if known else code


def zone(name: str) -> str:
    """The time of an IANA zone: `New York time`."""
    return f"{name.rpartition('/')[2].replace('_', ' ')} time" if name else ""


def address(connection_uuid: str, ref: RecordRef) -> str:
    """The path of a record's page."""
    return f"/connections/{connection_uuid}/records/{ref.kind.value}/{ref.id}"


def name(ref: RecordRef, known: entities.Entity | None) -> str:
    """What a person calls this record: by its document or customer where it is known, else by the end of its id."""
    match known:
        case entities.Invoice(doc_number=str(number)) if number:
            return f"Invoice {number}"
        case entities.SalesReceipt(doc_number=str(number)) if number:
            return f"Sales receipt {number}"
        case entities.Customer(display_name=str(called)) if called:
            return called
        case _:
            return f"{KINDS[ref.kind]} …{ref.id[-6:]}"


def known_name(tx: Tx, connection: int, ref: RecordRef) -> str:
    """`name` with what the store knows."""
    if ref.kind is Kind.REVIEW:
        customer = mirror.get(tx, connection, entity="Customer", id=ref.id)
        return f"Review request to {name(RecordRef(Kind.CUSTOMER, ref.id), customer)}"
    if ref.kind is Kind.CUSTOMER:
        return name(ref, mirror.get(tx, connection, entity="Customer", id=ref.id))
    entity = ENTITY_OF.get(ref.kind)
    if entity is None:
        return name(ref, None)
    link = links.of_crm(tx, connection, kind=ref.kind.value, id=ref.id, entity=entity)
    known = mirror.get(tx, connection, entity=entity, id=link.entity_id) if link else None
    return name(ref, known)


def happened(entry: history.Entry) -> str:
    """What happened, in a few words: `Invoice created`, `Matched`, `Told by the CRM: InvoiceSent`."""
    if entry.what == "arrived":
        teller = "QuickBooks" if entry.record and entry.record.kind is Kind.CUSTOMER else "the CRM"
        return f"Told by {teller}: {entry.detail['event']}"
    done = DONE.get(entry.detail.get("operation", ""))
    entity = ENTITIES.get(entry.detail.get("entity", "Contact"), "record")
    if entry.what == "written" and done:
        return f"{entity.capitalize()} {done}"
    if entry.what == "decided" and entity == ENTITIES["Review"]:
        return "Decided: review request to be sent"
    if entry.what == "decided" and done:
        return f"Decided: {entity} to be {done}"
    return EVENTS.get(entry.what, entry.what)


def details(found: Mapping[str, str], notation: Notation, currency: str) -> tuple[tuple[str, str], ...]:
    """Label and value of what an event tells, without what is empty or said by `happened`."""
    said = {"entity", "operation", "event"}
    return tuple(
        (LABELS.get(key, key), _value(key, value, notation, currency))
        for key, value in found.items()
        if value and key not in said
    )


def _value(key: str, value: str, notation: Notation, currency: str) -> str:
    if key == "total" and currency:
        try:
            return notation.money(Decimal(value), currency)
        except InvalidOperation:
            return value
    return value
