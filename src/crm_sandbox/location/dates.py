"""Days and instants: invoice days live in the location's zone, everything else in UTC (reference 7.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of the day in this zone, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def end_of_day(day: date, zone: str) -> datetime:
    """The last millisecond of the day in this zone, in UTC."""
    return start_of_day(day + timedelta(days=1), zone) - timedelta(milliseconds=1)


def day_of(instant: datetime, zone: str) -> date:
    """The calendar day of an instant in this zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def written(instant: datetime) -> str:
    """An instant as HighLevel writes it: UTC, milliseconds, Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def read(text: str) -> datetime:
    """An ISO 8601 instant; without an offset it is UTC. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def epoch_milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970, as cursors carry them."""
    return int(instant.timestamp() * 1000)
