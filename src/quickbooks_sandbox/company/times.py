"""Instants and calendar days in the forms Intuit writes them.

Recorded answers carry US Pacific offsets whatever the company's country (reference 3.4), so does this stand-in.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SERVER_ZONE = ZoneInfo("America/Los_Angeles")
_OFFSET_WITHOUT_COLON = re.compile(r"([+-]\d\d)(\d\d)$")


def stamp(instant: datetime) -> str:
    """An instant as MetaData shows it: seconds precision with the Pacific offset."""
    return instant.astimezone(SERVER_ZONE).isoformat(timespec="seconds")


def root_time(instant: datetime) -> str:
    """An instant as the root member ``time`` of an answer shows it: with milliseconds."""
    return instant.astimezone(SERVER_ZONE).isoformat(timespec="milliseconds")


def server_day(instant: datetime) -> date:
    """The calendar day at Intuit's servers, the default of ``TxnDate`` (reference 13.1)."""
    return instant.astimezone(SERVER_ZONE).date()


def parse_instant(text: str) -> datetime:
    """Read a date or a date-time; without an offset it is taken as Pacific (reference 6.1).

    Raises:
        ValueError: the text is neither.
    """
    cleaned = _OFFSET_WITHOUT_COLON.sub(r"\1:\2", text.strip().replace(" ", "+"))
    moment = datetime.fromisoformat(cleaned)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SERVER_ZONE)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text} is at the end of the calendar") from None


def parse_day(text: str) -> date:
    """Read the calendar day of ``2026-03-04`` or of a date-time that begins with it.

    Raises:
        ValueError: the text does not begin with a day.
    """
    return date.fromisoformat(text.strip()[:10])
