"""How a contact looks: on reads (reference 5.3), in webhooks (11.7), in the snapshot of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm_sandbox.location import dates
from crm_sandbox.location.records import Author, Contact

_PLAIN = (
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("email", "email"),
    ("phone", "phone"),
    ("company_name", "companyName"),
    ("address1", "address1"),
    ("city", "city"),
    ("state", "state"),
    ("country", "country"),
    ("postal_code", "postalCode"),
    ("website", "website"),
    ("timezone", "timezone"),
    ("source", "source"),
    ("assigned_to", "assignedTo"),
    ("gender", "gender"),
    ("date_of_birth", "dateOfBirth"),
)
_WEBHOOK_LEAVES_OUT = {"timezone", "gender"}


def read(contact: Contact, location_id: str) -> dict[str, Any]:
    """A contact as the API answers it; what it does not have is left out."""
    plain = _plain(contact)
    lowered = {
        f"{name}LowerCase": plain[name].lower()
        for name in ("firstName", "lastName", "email")
        if name in plain
    }
    return {
        "id": contact.id,
        "locationId": location_id,
        "contactName": contact.full_name.lower(),
        "fullNameLowerCase": contact.full_name.lower(),
        **plain,
        **lowered,
        "additionalEmails": list(contact.additional_emails),
        **({"phoneLabel": "Mobile"} if contact.phone else {}),
        "additionalPhones": [],
        "type": contact.type,
        "followers": [],
        "tags": list(contact.tags),
        "dnd": contact.dnd,
        "dndSettings": dict(contact.dnd_settings),
        "customFields": [{"id": each.id, "value": each.value} for each in contact.custom_fields],
        "dateAdded": contact.date_added,
        "dateUpdated": contact.date_updated,
        "createdBy": _author(contact.created_by, contact.date_added),
        "lastUpdatedBy": _author(contact.updated_by, contact.date_updated),
        "attributionSource": {},
        "lastAttributionSource": {},
    }


def webhook(contact: Contact, event: str) -> dict[str, Any]:
    """A contact as an event carries it: flat, without dateUpdated; what it does not have is left out."""
    body: dict[str, Any] = {
        "id": contact.id,
        **{name: value for name, value in _plain(contact).items() if name not in _WEBHOOK_LEAVES_OUT},
        "name": contact.full_name,
        "dateAdded": contact.date_added,
        "dnd": contact.dnd,
        "tags": list(contact.tags),
        "attachments": [],
        "customFields": [{"id": each.id, "value": each.value} for each in contact.custom_fields],
    }
    if event == "ContactDndUpdate":
        body["dndSettings"] = dict(contact.dnd_settings)
    if event == "ContactUpdate" and contact.phone:
        body["phoneLabel"] = "Mobile"
    return body


def snapshot(contact: Contact, location_id: str) -> dict[str, Any]:
    """A contact as an order or a transaction keeps it."""
    plain = _plain(contact)
    kept = (
        *("firstName", "lastName", "email", "phone", "source", "companyName"),
        *("address1", "city", "state", "postalCode", "country"),
    )
    return {
        "id": contact.id,
        "locationId": location_id,
        **{name: plain[name] for name in kept if name in plain},
        "dnd": contact.dnd,
        "tags": list(contact.tags),
        "dateAdded": dates.written(contact.date_added),
        "customFields": [],
    }


def _plain(contact: Contact) -> dict[str, str]:
    return {name: value for member, name in _PLAIN if (value := getattr(contact, member)) is not None}


def _author(author: Author, at: datetime) -> dict[str, Any]:
    return {"source": author.source, "channel": author.channel, "sourceId": author.id, "timestamp": at}
