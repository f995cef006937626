"""The vocabulary of amounts and days (R31, R76)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from counterfoil import money, times


@pytest.mark.parametrize(("currency", "places"), [("USD", 2), ("jpy", 0), ("KWD", 3)])
def test_R76_every_currency_has_its_own_places(currency: str, places: int) -> None:
    """ISO 4217 says how many."""
    assert money.places(currency) == places


@pytest.mark.parametrize(
    ("amount", "decimals", "rounded"),
    [
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("1861.075", 2, "1861.08"),
        ("2.5", 0, "3"),
        ("1", 2, "1.00"),
    ],
)
def test_R76_amounts_are_rounded_half_up(amount: str, decimals: int, rounded: str) -> None:
    """As QuickBooks does (reference 13.3)."""
    assert str(money.rounded(Decimal(amount), decimals)) == rounded


def test_R35_left_over_cents_go_to_the_largest_remainders() -> None:
    """Earlier ones first where they are equal."""
    thirds = money.split(Decimal("100.00"), [Decimal(1)] * 3)
    uneven = money.split(Decimal("1.00"), [Decimal(1), Decimal(2), Decimal(4)])

    assert [str(share) for share in thirds] == ["33.34", "33.33", "33.33"]
    assert [str(share) for share in uneven] == ["0.14", "0.29", "0.57"]


def test_R35_without_weights_the_shares_are_equal() -> None:
    """Zeros cannot say who gets more."""
    assert money.split(Decimal("0.03"), [Decimal(0)] * 2) == (Decimal("0.02"), Decimal("0.01"))
    assert money.split(Decimal(0), []) == ()


@pytest.mark.parametrize(("total", "weights"), [("0.001", ["1"]), ("1", []), ("1", ["1", "-1"])])
def test_R35_a_split_that_cannot_add_up_is_refused(total: str, weights: list[str]) -> None:
    """Loudly, because it would lose money."""
    with pytest.raises(ValueError, match=r"split|negative"):
        money.split(Decimal(total), [Decimal(weight) for weight in weights])


def test_R76_amounts_are_shown_as_bookkeepers_read_them() -> None:
    """Symbol, thousands, places."""
    assert money.text(Decimal("1234.5"), "usd") == "$1,234.50"


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", date(2026, 3, 4)),
        ("UTC", date(2026, 3, 5)),
        ("", date(2026, 3, 5)),
        ("No/Where", date(2026, 3, 5)),
    ],
)
def test_R31_a_day_is_the_day_of_its_zone(zone: str, day: date) -> None:
    """UTC only where there is no zone."""
    assert times.day_in(datetime(2026, 3, 5, 3, tzinfo=UTC), zone) == day


@pytest.mark.parametrize("text", ["2026-03-05T03:00:00Z", "2026-03-04T22:00:00-05:00", "2026-03-05T03:00:00"])
def test_R76_instants_are_utc_inside(text: str) -> None:
    """Any offset comes in; none means UTC."""
    instant = times.parse_instant(text)

    assert instant == datetime(2026, 3, 5, 3, tzinfo=UTC)
    assert times.iso(instant) == "2026-03-05T03:00:00.000Z"


def test_R76_what_is_no_instant_is_refused() -> None:
    """A wrong date must not become some date."""
    with pytest.raises(ValueError, match="isoformat"):
        times.parse_instant("yesterday")
