"""What all parts of a location share: its records, clock, ids, kind, switches, and the tray of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from crm_sandbox.location import dates
from crm_sandbox.location.kinds import Kind
from crm_sandbox.location.records import Author, State
from crm_sandbox.location.switches import Switches
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened that HighLevel tells by webhook. `body` is without the envelope (reference 11.2)."""

    name: str
    body: dict[str, Any]
    at: datetime


@dataclass
class Desk:
    """Handed to every part of a location; only `events` and `state` change."""

    state: State
    kind: Kind
    clock: Clock
    ids: Ids
    switches: Switches
    events: list[Event] = field(default_factory=list)

    def now(self) -> datetime:
        """The present instant as this CRM stamps it, cut to the millisecond that answers carry."""
        now = self.clock.now() + timedelta(seconds=self.switches.clock_skew_seconds)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def today(self) -> date:
        """The present day where the location is."""
        return dates.day_of(self.clock.now(), self.kind.timezone)

    def tell(self, name: str, body: dict[str, Any]) -> None:
        """Puts an event into the tray."""
        self.events.append(Event(name, body, self.now()))

    def user(self) -> Author:
        """The person who works in this location's CRM."""
        return Author("WEB_USER", "APP", self.state.user_id)

    def new_id(self) -> str:
        """An id as invoices, orders and the like have it (reference 1.5)."""
        return f"{int(self.clock.now().timestamp()):08x}{self.ids.hex(16)}"
