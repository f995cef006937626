"""Webhooks: changes are gathered for a moment, written in one of Intuit's two forms, signed and given to the postman
(reference 9)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal

import msgspec

from quickbooks_sandbox.company.events import MERGED, VOID, Event
from sandbox_kit.ids import Ids
from sandbox_kit.postman import Postman

Record = dict[str, Any]
MOST_EVENTS = 100
RETRY_AFTER = (10.0, 20.0, 30.0, 300.0, 1200.0, 7200.0, 14_400.0, 21_600.0)
"""Seconds to the next attempt; the last one repeats for ever (reference 9.5)."""
SCHEDULES = {
    "current": (RETRY_AFTER, True),
    "at-once-first": ((0.0, *RETRY_AFTER), True),
    "before-2025": ((1200.0, 1800.0, 3000.0), False),
}
"""Intuit's schedules of retries and whether the last distance repeats: documented, of the blog, superseded (9.5)."""
_CLASSIC_TYPE = "application/json; charset=utf-8"
SOURCE = "intuit.sandbox0000000000000000000000000000000="


def signature(verifier: str, body: bytes) -> str:
    """The header ``intuit-signature``: base64 of HMAC-SHA256 over the raw body (reference 9.4)."""
    return base64.b64encode(hmac.new(verifier.encode(), body, hashlib.sha256).digest()).decode()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Style(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How events are written and carried where Intuit's texts leave a choice; the first word is the default.

    Reference 9.2, 9.5 and 19, no. 14, 15, 23 and 24. ``data`` absent leaves ``datacontenttype`` out too; a merged
    event keeps both.
    """

    void_verb: Literal["void", "voided"] = "void"
    realms: Literal["mixed", "apart"] = "mixed"
    data: Literal["empty", "absent"] = "empty"
    merged_member: Literal["deletedid", "deletedId"] = "deletedid"
    event_id: Literal["with-entity", "uuid"] = "with-entity"
    content_type: Literal["application/json", "application/cloudevents+json"] = "application/json"
    retries: Literal["current", "at-once-first", "before-2025"] = "current"


_PLAIN = Style()


def cloud_event(event: Event, ids: Ids, style: Style = _PLAIN) -> Record:
    """One element of the array (reference 9.2)."""
    verb = style.void_verb if event.verb == VOID else event.verb
    whole = ids.uuid() if style.event_id == "uuid" else f"{ids.uuid()}-{event.entity}-{event.entity_id}"
    written: Record = {
        "specversion": "1.0",
        "id": whole,
        "source": SOURCE,
        "type": f"qbo.{event.entity.lower()}.{verb}.v1",
        "datacontenttype": "application/json",
        "time": _instant(event.at),
        "intuitentityid": event.entity_id,
        "intuitaccountid": event.realm_id,
        "data": {style.merged_member: event.merged_away} if event.verb == MERGED else {},
    }
    if style.data == "absent" and event.verb != MERGED:
        del written["datacontenttype"], written["data"]
    return written


_OPERATIONS = {
    "created": "Create",
    "updated": "Update",
    "deleted": "Delete",
    "merged": "Merge",
    "void": "Void",
    "emailed": "Emailed",
}
"""Verbs and what the classic form calls them (reference 9.2)."""


def classic(events: Iterable[Event]) -> Record:
    """A delivery in the form that Intuit retired in July 2026: one notification for each company (reference 9.2)."""
    by_realm: dict[str, list[Record]] = {}
    for event in events:
        change: Record = {
            "name": event.entity,
            "id": event.entity_id,
            "operation": _OPERATIONS[event.verb],
            "lastUpdated": _instant(event.at),
        }
        if event.verb == MERGED:
            change["deletedId"] = event.merged_away
        by_realm.setdefault(event.realm_id, []).append(change)
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": changes}}
            for realm, changes in by_realm.items()
        ]
    }


class Form(Enum):
    """How a delivery is written; Intuit's portal has one switch for it per app."""

    CLOUD_EVENTS = "cloudevents"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go. Without ``entities`` all are wanted, as when everything is ticked in Intuit's portal."""

    url: str
    entities: frozenset[str] = frozenset()

    def wants(self, event: Event) -> bool:
        """Whether this event was subscribed to."""
        return not self.entities or event.entity in self.entities


@dataclass(slots=True)
class Announcer:
    """Gathers events and posts them; several realms may be mixed in one delivery."""

    postman: Postman
    ids: Ids
    verifier: str
    endpoints: tuple[Endpoint, ...] = ()
    form: Form = Form.CLOUD_EVENTS
    style: Style = _PLAIN
    aggregate_seconds: float = 1.0
    waiting: deque[Event] = field(default_factory=deque)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, event: Event) -> None:
        """Take note of an event; without an endpoint it is forgotten."""
        if self.endpoints:
            self.waiting.append(event)
            self._woken.set()

    async def run(self) -> None:
        """Post what was heard, a moment after the first event of each bunch; until cancelled."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(self.aggregate_seconds)
            self.flush()

    def flush(self) -> int:
        """Post everything heard so far. Returns the number of events."""
        self._woken.clear()
        events = list(self.waiting)
        self.waiting.clear()
        for endpoint in self.endpoints:
            wanted = [event for event in events if endpoint.wants(event)]
            for bunch in _bunches(wanted, apart=self.style.realms == "apart"):
                body = msgspec.json.encode(self._written(bunch))
                self.postman.post(endpoint.url, body, self._headers(body, bunch[-1]))
        return len(events) if self.endpoints else 0

    def _written(self, events: list[Event]) -> Record | list[Record]:
        if self.form is Form.CLASSIC:
            return classic(events)
        return [cloud_event(event, self.ids, self.style) for event in events]

    def _headers(self, body: bytes, last: Event) -> dict[str, str]:
        return {
            "content-type": _CLASSIC_TYPE if self.form is Form.CLASSIC else self.style.content_type,
            "intuit-signature": signature(self.verifier, body),
            "intuit-created-time": last.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "intuit-t-id": self.ids.uuid(),
            "intuit-notification-schema-version": "0.1",
            "user-agent": "intuit_notification_server/0.1",
        }


def _bunches(events: list[Event], *, apart: bool) -> Iterable[list[Event]]:
    """The events in deliveries of a hundred, each realm's on their own if they are kept apart."""
    realms = dict.fromkeys(event.realm_id for event in events) if apart else (None,)
    for realm in realms:
        some = [event for event in events if realm in (None, event.realm_id)]
        for start in range(0, len(some), MOST_EVENTS):
            yield some[start : start + MOST_EVENTS]
