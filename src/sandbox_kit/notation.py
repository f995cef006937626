"""How the pages of both stand-ins write money, days and instants: in English, as is usual in the country."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency

_SPACES = str.maketrans({"\u202f": " ", "\xa0": " "})
"""Babel's spaces that do not break would end in what is typed, stored and searched."""


@dataclass(frozen=True)
class Notation:
    """The notation of one country (ISO 3166 alpha-2) with instants in one IANA zone; Britain's where it is unknown."""

    country: str
    zone: str

    def money(self, amount: Decimal, currency: str) -> str:
        """With the currency's sign and own number of places, and a minus that cannot be taken for a hyphen: `−$9.50`."""
        return format_currency(amount, currency, locale=self._locale).replace("-", "−").translate(_SPACES)

    def day(self, when: date) -> str:
        """`Mar 2, 2026` in the US, `2 Mar 2026` in Britain."""
        return format_date(when, "medium", locale=self._locale)

    def moment(self, instant: datetime) -> str:
        """The instant in the zone: `Mar 2, 2026, 3:05 PM` in the US, `2 Mar 2026, 15:05` in Britain."""
        local = instant.astimezone(ZoneInfo(self.zone))
        return f"{self.day(local)}, {format_time(local, 'short', locale=self._locale)}".translate(_SPACES)

    @cached_property
    def _locale(self) -> Locale:
        try:
            return Locale("en", self.country)
        except UnknownLocaleError:
            return Locale("en", "GB")
