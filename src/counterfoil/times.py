"""Time: aware UTC instants inside, calendar days of a named zone where business dates are meant.

The clock is passed in as a `Clock`, a function without arguments, so that years can pass in a test.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], datetime]
"""Answers the present instant, aware, in UTC."""


def day_in(instant: datetime, zone: str) -> date:
    """The calendar day of `instant` in the IANA zone `zone`; UTC when the zone is unknown or empty."""
    return instant.astimezone(zone_of(zone)).date()


def zone_of(name: str) -> ZoneInfo:
    """The zone of this IANA name; UTC when there is none of that name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with any offset, as aware UTC; without an offset it is taken as UTC.

    Raises ValueError when the text is no instant.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)


def iso(instant: datetime) -> str:
    """The instant in UTC with milliseconds and `Z`, the form both APIs take."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
