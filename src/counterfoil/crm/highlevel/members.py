"""Looking at foreign JSON: one object whose members may be missing, null or of another type than promised.

Optional members that are missing or odd read as empty. What a record cannot do without raises `Unreadable`, which
names the record and the member; nothing else escapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from counterfoil import errors, times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACES_MAX = 20
"""No amount, rate or quantity of a business has more digits before or after its point."""


class Unreadable(errors.NeedsPerson):
    """A record lacks a member that it cannot be understood without. `record` is like "invoice 6926…"."""

    def __init__(self, record: str, member: str) -> None:
        super().__init__(f"HighLevel's {record} cannot be understood: {member} is missing or odd.")
        self.record = record
        self.member = member


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one JSON object. `record` and `path` say in errors which object it is."""

    record: str
    raw: Mapping[str, Any]
    path: str = ""

    def text(self, *names: str) -> str:
        """The first of these that is a text with something in it, or a number; stripped. Else empty."""
        for name in names:
            value = self.raw.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
            if isinstance(value, int | Decimal) and not isinstance(value, bool):
                return format(value, "f") if isinstance(value, Decimal) else str(value)
        return ""

    def needed_text(self, *names: str) -> str:
        """Like `text`. Raises Unreadable when there is none."""
        return self.text(*names) or self._refuse(names[0])

    def number(self, *names: str) -> Decimal | None:
        """The first of these that is a finite number, exactly, also when it is written as a text."""
        for name in names:
            value = self.raw.get(name)
            if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
                continue
            try:
                number = Decimal(value)
            except InvalidOperation:
                continue
            if number.is_finite() and abs(number.adjusted()) <= PLACES_MAX:
                return number
        return None

    def needed_number(self, *names: str) -> Decimal:
        """Like `number`. Raises Unreadable when there is none."""
        found = self.number(*names)
        return self._refuse(names[0]) if found is None else found

    def instant(self, *names: str) -> datetime | None:
        """The first of these that is an ISO 8601 instant, or milliseconds since 1970."""
        for name in names:
            found = _instant(self.raw.get(name))
            if found is not None:
                return found
        return None

    def needed_instant(self, *names: str) -> datetime:
        """Like `instant`. Raises Unreadable when there is none."""
        found = self.instant(*names)
        return self._refuse(names[0]) if found is None else found

    def day(self, name: str, zone: str) -> date | None:
        """A calendar day: a plain date as it stands, an instant by the calendar of `zone` (reference 7.3)."""
        value = self.raw.get(name)
        try:
            if isinstance(value, str) and len(value.strip()) == len("2026-11-03"):
                return date.fromisoformat(value.strip())
            instant = _instant(value)
            return None if instant is None else times.day_in(instant, zone)
        except (ValueError, OverflowError):
            return None

    def needed_day(self, name: str, zone: str) -> date:
        """Like `day`. Raises Unreadable when there is none."""
        return self.day(name, zone) or self._refuse(name)

    def is_true(self, name: str) -> bool:
        """Whether the member is really true; a missing or odd one is not."""
        return self.raw.get(name) is True

    def is_false(self, name: str) -> bool:
        """Whether the member is really false; a missing or odd one is not."""
        return self.raw.get(name) is False

    def inside(self, name: str) -> Members:
        """The object under this name; one without members when there is none."""
        value = self.raw.get(name)
        return Members(self.record, value if isinstance(value, dict) else {}, f"{self.path}{name}.")

    def each(self, *names: str) -> tuple[Members, ...]:
        """The objects of the first of these that is a list; what is no object in it is left out."""
        for name in names:
            value = self.raw.get(name)
            if isinstance(value, list):
                return tuple(
                    Members(self.record, element, f"{self.path}{name}[{position}].")
                    for position, element in enumerate(value)
                    if isinstance(element, dict)
                )
        return ()

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list; what is no text in it is left out."""
        value = self.raw.get(name)
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

    def _refuse(self, name: str) -> Any:
        raise Unreadable(self.record, f"{self.path}{name}")


def record(kind: str, raw: Any) -> Members:
    """The members of one record. Raises Unreadable when it is no object."""
    if not isinstance(raw, dict):
        raise Unreadable(kind, "the whole record")
    found = Members(kind, raw)
    return Members(f"{kind} {found.text('_id', 'id')}".rstrip(), raw)


def _instant(value: Any) -> datetime | None:
    try:
        if isinstance(value, str):
            return times.parse_instant(value.strip())
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return EPOCH + timedelta(milliseconds=int(value))
    except (ValueError, OverflowError):
        return None
    return None
