"""The shiftable clock and the seeded ids."""

from __future__ import annotations

import string
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_clock_reads_its_source_as_aware_utc() -> None:
    """The source's seconds since 1970 become an aware instant in UTC."""
    assert Clock(MONDAY.timestamp).now() == MONDAY
    assert Clock(MONDAY.timestamp).now().tzinfo is UTC


def test_clock_advances_by_seconds_and_keeps_them() -> None:
    """Shifts add up."""
    clock = Clock(MONDAY.timestamp)
    clock.advance(90)
    clock.advance(0.5)
    assert clock.now() == MONDAY + timedelta(seconds=90.5)


def test_clock_is_set_to_a_later_instant() -> None:
    """Setting is a shift to the named instant, whatever its offset."""
    clock = Clock(MONDAY.timestamp)
    clock.set(datetime.fromisoformat("2027-01-01T00:00:00-05:00"))
    assert clock.now() == datetime(2027, 1, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12])
def test_clock_refuses_to_go_back_or_out_of_the_calendar(seconds: float) -> None:
    """A shift backwards or past the year 9999 is refused and leaves the clock as it was."""
    clock = Clock(MONDAY.timestamp)
    with pytest.raises(ValueError, match=r"forward|9999"):
        clock.advance(seconds)
    assert clock.now() == MONDAY


@pytest.mark.parametrize("instant", [MONDAY - timedelta(seconds=1), datetime(2030, 1, 1)])
def test_clock_refuses_a_past_or_naive_instant(instant: datetime) -> None:
    """An instant in the past or without an offset is refused."""
    with pytest.raises(ValueError, match=r"backwards|offset"):
        Clock(MONDAY.timestamp).set(instant)


def test_ids_of_one_seed_are_the_same_and_of_another_are_not() -> None:
    """The seed alone decides every id."""

    def story(seed: int) -> list[object]:
        ids = Ids(seed)
        return [ids.digits(9), ids.hex(24), ids.alphanumeric(20), ids.uuid(), ids.chance()]

    assert story(7) == story(7)
    assert story(7) != story(8)


def test_ids_have_the_asked_shape() -> None:
    """Lengths and alphabets are as asked; a number does not begin with zero."""
    ids = Ids(1)
    for n in range(1, 40):
        digits = ids.digits(n)
        assert len(digits) == n
        assert digits.isdigit()
        assert digits[0] != "0"
        assert len(ids.hex(n)) == n
        assert set(ids.hex(n)) <= set("0123456789abcdef")
        assert set(ids.alphanumeric(n)) <= set(string.ascii_letters + string.digits)
        assert uuid.UUID(ids.uuid()).version == 4
        assert 0 <= ids.chance() < 1
