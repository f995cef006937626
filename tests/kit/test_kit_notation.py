"""Pages of the stand-ins write money, days and instants as people of the country do."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sandbox_kit.notation import Notation

AT = datetime(2026, 3, 2, 20, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "zone", "currency", "moment", "money"),
    [
        ("US", "America/New_York", "USD", "Mar 2, 2026, 3:05 PM", "−$1,234.50"),
        ("GB", "Europe/London", "GBP", "2 Mar 2026, 20:05", "−£1,234.50"),
        ("CA", "America/Toronto", "CAD", "Mar 2, 2026, 3:05 p.m.", "−$1,234.50"),
        ("AU", "Australia/Sydney", "AUD", "3 Mar 2026, 7:05 am", "−$1,234.50"),
        ("IE", "Europe/Dublin", "EUR", "2 Mar 2026, 20:05", "−€1,234.50"),
        ("IE", "Europe/Dublin", "USD", "2 Mar 2026, 20:05", "−US$1,234.50"),
        ("XX", "UTC", "JPY", "2 Mar 2026, 20:05", "−JP¥1,235"),
    ],
)
def test_each_country_has_its_notation(
    country: str, zone: str, currency: str, moment: str, money: str
) -> None:
    """The day of the zone, the sign of the currency, foreign dollars told apart, no spaces that do not break."""
    notation = Notation(country, zone)
    assert notation.moment(AT) == moment
    assert notation.money(Decimal("-1234.50001"), currency) == money
