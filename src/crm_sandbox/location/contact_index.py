"""Finding contacts: at once by e-mail and phone, and as the search sees them, an index lag later (reference 5.5)."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Contact


class ContactIndex:
    """Every write is noted; the search sees it once the lag that was set at that moment has passed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._visible: dict[str, Contact] = {}
        self.revision = 0
        """Grows whenever what a search finds has changed."""
        self._coming: deque[tuple[datetime, str, Contact | None]] = deque()
        self._holders: dict[str, dict[str, None]] = {}
        self._keys: dict[str, set[str]] = {}

    def note(self, contact_id: str, contact: Contact | None) -> None:
        """The contact as it is now; None when it is gone."""
        lag = timedelta(seconds=self._desk.switches.index_lag_seconds)
        seen = None if contact is None else copy.copy(contact)
        self._coming.append((self._desk.clock.now() + lag, contact_id, seen))
        self._rekey(contact_id, set() if contact is None else _keys(contact))

    def holder(self, value: str) -> str | None:
        """The id of the oldest contact with this e-mail or stored phone, upper and lower case alike; without any lag."""
        return next(iter(self._holders.get(value.casefold(), ())), None)

    def contacts(self) -> Iterable[Contact]:
        """The contacts that a search finds now."""
        now = self._desk.clock.now()
        while self._coming and self._coming[0][0] <= now:
            _, contact_id, contact = self._coming.popleft()
            self.revision += 1
            if contact is None:
                self._visible.pop(contact_id, None)
            else:
                self._visible[contact_id] = contact
        return self._visible.values()

    def _rekey(self, contact_id: str, keys: set[str]) -> None:
        before = self._keys.get(contact_id, set())
        for gone in before - keys:
            del self._holders[gone][contact_id]
        for new in keys - before:
            self._holders.setdefault(new, {})[contact_id] = None
        self._keys[contact_id] = keys


def _keys(contact: Contact) -> set[str]:
    return {each.casefold() for each in (contact.email, contact.phone, *contact.additional_emails) if each}
