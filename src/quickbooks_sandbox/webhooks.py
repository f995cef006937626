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
from typing import Any

import msgspec

from quickbooks_sandbox.company.events import MERGED, Event
from sandbox_kit.ids import Ids
from sandbox_kit.postman import Postman

Record = dict[str, Any]
MOST_EVENTS = 100
RETRY_AFTER = (10.0, 20.0, 30.0, 300.0, 1200.0, 7200.0, 14_400.0, 21_600.0)
"""Seconds to the next attempt; the last one repeats for ever (reference 9.5)."""
SOURCE = "intuit.sandbox0000000000000000000000000000000="


def signature(verifier: str, body: bytes) -> str:
    """The header ``intuit-signature``: base64 of HMAC-SHA256 over the raw body (reference 9.4)."""
    return base64.b64encode(hmac.new(verifier.encode(), body, hashlib.sha256).digest()).decode()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cloud_event(event: Event, ids: Ids) -> Record:
    """One element of the array (reference 9.2)."""
    data: Record = {"deletedid": event.merged_away} if event.verb == MERGED else {}
    return {
        "specversion": "1.0",
        "id": f"{ids.uuid()}-{event.entity}-{event.entity_id}",
        "source": SOURCE,
        "type": f"qbo.{event.entity.lower()}.{event.verb}.v1",
        "datacontenttype": "application/json",
        "time": _instant(event.at),
        "intuitentityid": event.entity_id,
        "intuitaccountid": event.realm_id,
        "data": data,
    }


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


_CONTENT_TYPES = {Form.CLOUD_EVENTS: "application/json", Form.CLASSIC: "application/json; charset=utf-8"}


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
            for bunch in _bunches([event for event in events if endpoint.wants(event)]):
                body = msgspec.json.encode(self._written(bunch))
                self.postman.post(endpoint.url, body, self._headers(body, bunch[-1]))
        return len(events) if self.endpoints else 0

    def _written(self, events: list[Event]) -> Record | list[Record]:
        if self.form is Form.CLASSIC:
            return classic(events)
        return [cloud_event(event, self.ids) for event in events]

    def _headers(self, body: bytes, last: Event) -> dict[str, str]:
        return {
            "content-type": _CONTENT_TYPES[self.form],
            "intuit-signature": signature(self.verifier, body),
            "intuit-created-time": last.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "intuit-t-id": self.ids.uuid(),
            "intuit-notification-schema-version": "0.1",
            "user-agent": "intuit_notification_server/0.1",
        }


def _bunches(events: list[Event]) -> Iterable[list[Event]]:
    for start in range(0, len(events), MOST_EVENTS):
        yield events[start : start + MOST_EVENTS]
