"""Webhooks: changes are gathered for a moment, written as CloudEvents, signed and given to the postman (reference 9)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC
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


def cloud_event(event: Event, ids: Ids) -> Record:
    """One element of the array (reference 9.2)."""
    data: Record = {"deletedid": event.merged_away} if event.verb == MERGED else {}
    return {
        "specversion": "1.0",
        "id": f"{ids.uuid()}-{event.entity}-{event.entity_id}",
        "source": SOURCE,
        "type": f"qbo.{event.entity.lower()}.{event.verb}.v1",
        "datacontenttype": "application/json",
        "time": event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "intuitentityid": event.entity_id,
        "intuitaccountid": event.realm_id,
        "data": data,
    }


@dataclass(slots=True)
class Announcer:
    """Gathers events and posts them; several realms may be mixed in one delivery."""

    postman: Postman
    ids: Ids
    verifier: str
    url: str | None = None
    aggregate_seconds: float = 1.0
    waiting: deque[Event] = field(default_factory=deque)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, event: Event) -> None:
        """Take note of an event; without an endpoint it is forgotten."""
        if self.url is not None:
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
        if self.url is None:
            return 0
        for bunch in _bunches(events):
            body = msgspec.json.encode([cloud_event(event, self.ids) for event in bunch])
            self.postman.post(self.url, body, self._headers(body, bunch[-1]))
        return len(events)

    def _headers(self, body: bytes, last: Event) -> dict[str, str]:
        return {
            "content-type": "application/json",
            "intuit-signature": signature(self.verifier, body),
            "intuit-created-time": last.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "intuit-t-id": self.ids.uuid(),
            "intuit-notification-schema-version": "0.1",
            "user-agent": "intuit_notification_server/0.1",
        }


def _bunches(events: list[Event]) -> Iterable[list[Event]]:
    for start in range(0, len(events), MOST_EVENTS):
        yield events[start : start + MOST_EVENTS]
