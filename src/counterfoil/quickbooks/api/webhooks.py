"""QuickBooks' webhooks: the signature, and which object an event points at (reference 9).

An event is only a hint; the object is read again by its id. Both forms are read: CloudEvents, which Intuit sends since
31 July 2026, and the classic form before it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from counterfoil import times

SIGNATURE = "intuit-signature"

ENTITIES = (
    *("Account", "Bill", "BillPayment", "Budget", "ChangeOrder", "Class", "CompanyCurrency", "CreditMemo"),
    *("Currency", "Customer", "Department", "Deposit", "Employee", "Estimate", "Invoice", "Item"),
    *("JournalCode", "JournalEntry", "Payment", "PaymentMethod", "Preferences", "Purchase", "PurchaseOrder"),
    *("RefundReceipt", "SalesReceipt", "TaxAgency", "Term", "TimeActivity", "Transfer", "Vendor"),
    "VendorCredit",
)
"""Everything that Intuit announces (reference 9.3). CloudEvents write the names in small letters."""

VERBS: Mapping[str, str] = {
    "create": "created",
    "created": "created",
    "update": "updated",
    "updated": "updated",
    "delete": "deleted",
    "deleted": "deleted",
    "merge": "merged",
    "merged": "merged",
    "void": "void",
    "voided": "void",
    "emailed": "emailed",
}
"""The verbs of both forms in small letters → the verb of a `Notice`."""

UNTOLD = datetime.max.replace(tzinfo=UTC)
"""The time of an event that does not tell it: after everything that is known, so that nobody takes it for old news."""


class Forged(Exception):
    """The delivery does not carry a valid signature of Intuit; nothing of it may be kept."""


class Unreadable(Exception):
    """The signature is right but the body cannot be understood; says why, without quoting it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A hint that an object should be looked at. The content of the event is never trusted beyond this.

    `delivery_id` is the event's own id, the same on every repetition. `verb` is one of created, updated, deleted,
    merged, void, emailed. After a merge `entity_id` is the survivor and `deleted_id` the one that vanished, else empty.
    """

    delivery_id: str
    realm_id: str
    entity: str
    entity_id: str
    verb: str
    at: datetime
    deleted_id: str = ""


def read(headers: Mapping[str, str], body: bytes, verifier: str) -> tuple[Notice, ...]:
    """The notices of one delivery, which may speak of several companies; events of unknown kinds are left out.

    `verifier` is the app's verifier token; without one nothing is genuine. Raises Forged, Unreadable.
    """
    _verify(headers, body, verifier)
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("the body is no JSON") from error
    if isinstance(found, dict) and isinstance(found.get("eventNotifications"), list):
        notices = _classic(found["eventNotifications"])
    elif isinstance(found, dict) and "specversion" in found:
        notices = _cloud_events([found])
    elif isinstance(found, list):
        notices = _cloud_events(found)
    else:
        raise Unreadable("the body is neither a list of events nor a list of notifications")
    return tuple(notices)


def _verify(headers: Mapping[str, str], body: bytes, verifier: str) -> None:
    given = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")
    if not verifier:
        raise Forged("There is no verifier token to check deliveries with.")
    if not given:
        raise Forged("The delivery is not signed.")
    expected = b64encode(hmac.new(verifier.encode(), body, hashlib.sha256).digest())
    if not hmac.compare_digest(expected, given.strip().encode("utf-8", "replace")):
        raise Forged("The signature does not belong to this delivery.")


def _cloud_events(events: list[Any]) -> Iterator[Notice]:
    for event in events:
        if not isinstance(event, dict):
            continue
        parts = _text(event, "type").lower().split(".")
        if len(parts) < 3 or parts[0] != "qbo":
            continue
        data = event.get("data")
        lowered = {name.lower(): value for name, value in data.items()} if isinstance(data, dict) else {}
        notice = Notice(
            delivery_id=_text(event, "id"),
            realm_id=_text(event, "intuitaccountid"),
            entity=_entity(parts[1]),
            entity_id=_text(event, "intuitentityid"),
            verb=VERBS.get(parts[2], ""),
            at=_at(event.get("time")),
            deleted_id=_text(lowered, "deletedid"),
        )
        if _complete(notice):
            yield notice


def _classic(notifications: list[Any]) -> Iterator[Notice]:
    for notification in notifications:
        if not isinstance(notification, dict):
            continue
        realm_id = _text(notification, "realmId")
        change = notification.get("dataChangeEvent")
        listed = change.get("entities") if isinstance(change, dict) else None
        for one in listed if isinstance(listed, list) else ():
            if not isinstance(one, dict):
                continue
            told = [_text(one, name) for name in ("name", "id", "operation", "lastUpdated")]
            notice = Notice(
                delivery_id=_digest([realm_id, *told]),
                realm_id=realm_id,
                entity=_entity(told[0].lower()),
                entity_id=told[1],
                verb=VERBS.get(told[2].lower(), ""),
                at=_at(told[3]),
                deleted_id=_text(one, "deletedId"),
            )
            if _complete(notice):
                yield notice


def _complete(notice: Notice) -> bool:
    return all((notice.delivery_id, notice.realm_id, notice.entity, notice.entity_id, notice.verb))


def _entity(lower: str) -> str:
    return next((name for name in ENTITIES if name.lower() == lower), "")


def _digest(parts: list[str]) -> str:
    """An id for an event that has none: the same event told again has the same (reference 9.2)."""
    return f"sha256:{hashlib.sha256(msgspec.json.encode(parts)).hexdigest()}"


def _at(told: Any) -> datetime:
    try:
        return times.parse_instant(told)
    except (TypeError, ValueError, OverflowError):
        return UNTOLD


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""
