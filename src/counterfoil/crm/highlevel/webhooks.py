"""HighLevel's webhooks: the signature, and which record a delivery points at (reference 11).

A delivery is only a hint; the record is read again by its id. One key of HighLevel signs for all apps, so the app id
in the body must be ours: otherwise somebody could send us the genuine events of another app.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from counterfoil.crm import port, records

PUBLISHED_KEY = "i2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg="
"""The raw Ed25519 key that HighLevel publishes, in base64 (reference 11.3)."""

SIGNATURE = "x-ghl-signature"

_CONTACT = ("ContactCreate", "ContactUpdate", "ContactDelete", "ContactTagUpdate", "ContactDndUpdate")
_INVOICE = (
    "InvoiceCreate",
    "InvoiceUpdate",
    "InvoiceSent",
    "InvoicePartiallyPaid",
    "InvoicePaid",
    "InvoiceVoid",
    "InvoiceDelete",
)
_ORDER = ("OrderCreate", "OrderStatusUpdate")
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_BORN = ("ContactCreate", "InvoiceCreate", "OrderCreate")
_LIFE = {
    "INSTALL": port.Life.INSTALLED,
    "UNINSTALL": port.Life.UNINSTALLED,
    "UPDATE": port.Life.UPDATED,
    "LocationUpdate": port.Life.ACCOUNT_CHANGED,
}


class HighLevelNotices:
    """Reads the deliveries of one app. `app_id` is the app's id or its whole client id.

    `public_key_base64` is a key or several (see `keys`): while HighLevel replaces its key, both sign (reference 11.3).
    Raises ValueError when one is no Ed25519 key in base64, or there is none.
    """

    name: str = "highlevel"

    def __init__(self, *, public_key_base64: str, app_id: str) -> None:
        self._keys = [
            Ed25519PublicKey.from_public_bytes(b64decode(key, validate=True))
            for key in keys(public_key_base64)
        ]
        if not self._keys:
            raise ValueError("there is no key")
        self._app_id = app_id.partition("-")[0]

    def read(self, *, event: str, headers: Mapping[str, str], body: bytes) -> tuple[port.Notice, ...]:
        """The notice of one delivery; empty for an event that does not concern us. See `port.Notices.read`."""
        self._verify(headers.get(SIGNATURE, ""), body)
        envelope = _object(body)
        inner = envelope.get("data")
        members = inner if isinstance(inner, dict) else envelope
        both = {**members, **envelope}
        app_id = _text(both, "appId")
        if app_id and self._app_id and app_id != self._app_id:
            raise port.Forged("The delivery is signed, but it belongs to another app.")
        # The documented invoice samples carry no type (reference 11.2): the path says what they are.
        # A contact or a price may carry a type of its own.
        stated = _text(envelope, "type")
        event = stated if stated in _LIFE or _record(stated) else event or stated
        delivery_id = _text(both, "webhookId") or f"sha256:{hashlib.sha256(body).hexdigest()}"
        account = records.AccountId(_account(both))
        if event == "LocationUpdate":
            # The record is the location itself (reference 11.5).
            account = account or records.AccountId(_text(members, "id"))
        if event in _LIFE:
            # Without a location it speaks of a whole agency: when it installs, each location tells for itself; when
            # it uninstalls, the access of each is found lost by its next call (reference 2.9).
            if not account:
                return ()
            notice = port.Notice(
                delivery_id=delivery_id,
                event=event,
                account_id=account,
                life=_LIFE[event],
                shown_at=_white_label(both),
            )
            return (notice,)
        found = _record(event)
        if found is None:
            return ()
        kind, id_name = found
        if not account:
            raise port.Unreadable(f"{event} without locationId")
        record_id = _text(members, id_name) or _text(envelope, id_name)
        if not record_id:
            raise port.Unreadable(f"{event} without {id_name}")
        notice = port.Notice(
            delivery_id=delivery_id,
            event=event,
            account_id=account,
            kind=kind,
            record_id=record_id,
            born=event in _BORN,
        )
        return (notice,)

    def _verify(self, signature: str, body: bytes) -> None:
        if not signature or signature == "N/A":
            raise port.Forged("The delivery is not signed.")
        try:
            given = b64decode(signature, validate=True)
        except ValueError as error:
            raise port.Forged("The signature is none.") from error
        if not any(_signed(key, given, body) for key in self._keys):
            raise port.Forged("The signature does not belong to this delivery.")


def keys(text: str) -> tuple[str, ...]:
    """The keys of a setting, separated by spaces or commas."""
    return tuple(text.replace(",", " ").split())


def _signed(key: Ed25519PublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body)
    except InvalidSignature:
        return False
    return True


def _record(event: str) -> tuple[port.Kind, str] | None:
    """The kind of record that an event points at, and the member that holds its id."""
    if event in _CONTACT:
        return port.Kind.CONTACT, "id"
    if event in _INVOICE:
        return port.Kind.INVOICE, "_id"
    if event in _ORDER:
        return port.Kind.ORDER, "_id"
    return None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise port.Unreadable("the body is no JSON") from error
    if not isinstance(found, dict):
        raise port.Unreadable("the body is no JSON object")
    return found


def _account(members: Mapping[str, Any]) -> str:
    location = _text(members, "locationId")
    if not location and members.get("altType", "location") == "location":
        return _text(members, "altId")
    return location


def _white_label(members: Mapping[str, Any]) -> str:
    """The agency's own domain for HighLevel's pages (reference 11.6); empty when it uses HighLevel's."""
    details = members.get("whitelabelDetails")
    domain = _text(details, "domain").lower() if isinstance(details, dict) else ""
    return domain if _DOMAIN.fullmatch(domain) else ""


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""
