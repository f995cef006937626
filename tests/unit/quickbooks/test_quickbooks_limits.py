"""The quota of a company: arithmetic of one window, turns, pauses, and the limits under any load."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil import errors
from counterfoil.quickbooks.api import limits
from sandbox_kit import virtual_time

HELD = 1.0 + limits.MARGIN_SECONDS


def test_an_empty_window_lets_calls_through() -> None:
    """The first calls do not wait."""
    window = limits.Window(2, 1.0)

    assert window.pause(100.0) == 0.0


def test_a_full_window_opens_one_interval_after_the_oldest_end() -> None:
    """The place of a call is free again when Intuit cannot count it any more."""
    window = limits.Window(2, 1.0)
    for end in (100.0, 100.4):
        window.begin()
        window.end(end)

    assert window.pause(100.5) == pytest.approx(100.0 + HELD - 100.5)
    assert window.pause(100.0 + HELD) == 0.0


def test_a_window_full_of_calls_under_way_waits_for_an_end() -> None:
    """Nobody knows when they will have been counted."""
    window = limits.Window(2, 1.0)
    window.begin()
    window.begin()

    assert window.pause(100.0) is None


def test_a_clock_that_is_set_back_does_not_close_the_window_for_hours() -> None:
    """The wall clock may be corrected while calls are held."""
    window = limits.Window(1, 1.0)
    window.begin()
    window.end(10_000.0)

    assert window.pause(100.0) == pytest.approx(HELD)


def most_within(moments: Sequence[float], interval: float) -> int:
    """The most moments in any half-open interval of this length."""
    ordered = sorted(moments)
    return max((bisect_left(ordered, at + interval) - i for i, at in enumerate(ordered)), default=0)


@settings(max_examples=40, deadline=None)
@given(
    load=st.lists(
        st.tuples(st.floats(0, 5), st.floats(0, 3), st.floats(0, 1), st.booleans()), min_size=1, max_size=60
    ),
    per_minute=st.integers(1, 20),
    per_second=st.integers(1, 6),
    at_once=st.integers(1, 6),
    batches=st.integers(1, 4),
)
def test_R73_no_second_and_no_minute_ever_holds_more_than_allowed(
    load: list[tuple[float, float, float, bool]], per_minute: int, per_second: int, at_once: int, batches: int
) -> None:
    """Neither by our clock (starts) nor by Intuit's (arrivals, somewhere between start and end)."""
    starts: list[float] = []
    arrivals: list[float] = []
    batch_arrivals: list[float] = []
    most_at_once = 0

    async def main() -> None:
        loop = asyncio.get_running_loop()
        quota = limits.Quota(
            clock=virtual_time.clock().now,
            sleep=asyncio.sleep,
            per_minute=per_minute,
            per_second=per_second,
            at_once=at_once,
            batches_per_minute=batches,
        )
        under_way = 0

        async def call(after: float, lasts: float, part: float, batch: bool) -> None:
            nonlocal under_way, most_at_once
            await asyncio.sleep(after)
            async with quota.call(batch=batch):
                starts.append(loop.time())
                under_way += 1
                most_at_once = max(most_at_once, under_way)
                arrival = loop.time() + lasts * part
                arrivals.append(arrival)
                if batch:
                    batch_arrivals.append(arrival)
                await asyncio.sleep(lasts)
                under_way -= 1

        await asyncio.gather(*(call(*one) for one in load))

    virtual_time.run(main())

    assert len(starts) == len(load)
    assert most_at_once <= at_once
    for moments in (starts, arrivals):
        assert most_within(moments, 1.0) <= per_second
        assert most_within(moments, 60.0) <= per_minute
    assert most_within(batch_arrivals, 60.0) <= batches


def test_R73_a_backlog_goes_out_at_nearly_the_full_rate() -> None:
    """Keeping the limits must not cost the throughput they allow: 1,500 quick calls take little over two minutes."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        quota = limits.Quota(clock=virtual_time.clock().now, sleep=asyncio.sleep)
        begun = loop.time()
        for _ in range(1500):
            async with quota.call():
                pass
        return loop.time() - begun

    assert 120.0 <= virtual_time.run(main()) < 180.0


def test_turns_are_taken_in_order() -> None:
    """Nobody waits for ever behind others who came later."""
    order: list[int] = []

    async def main() -> None:
        quota = limits.Quota(clock=virtual_time.clock().now, sleep=asyncio.sleep, per_second=1)

        async def call(number: int) -> None:
            async with quota.call():
                order.append(number)

        await asyncio.gather(*(call(number) for number in range(8)))

    virtual_time.run(main())

    assert order == list(range(8))


def test_R73_after_a_throttled_call_nothing_starts_for_the_pause_and_then_one_goes_alone() -> None:
    """Intuit wants a minute of silence and a slow beginning."""
    seen: list[tuple[float, int]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        quota = limits.Quota(clock=virtual_time.clock().now, sleep=asyncio.sleep)
        begun = loop.time()
        async with quota.call():
            quota.pause(60)
        under_way = 0

        async def call() -> None:
            nonlocal under_way
            async with quota.call():
                under_way += 1
                seen.append((loop.time() - begun, under_way))
                await asyncio.sleep(0.5)
                under_way -= 1

        await asyncio.gather(*(call() for _ in range(4)))

    virtual_time.run(main())

    assert seen[0] == (pytest.approx(60, abs=0.01), 1)
    assert seen[1] == (pytest.approx(60.5, abs=0.01), 1)
    assert max(under_way for _, under_way in seen) == 3


async def test_a_pause_that_is_too_long_to_wait_for_is_told() -> None:
    """When the month's reads are used up, a run must not hang for days."""
    now = datetime(2026, 3, 4, tzinfo=UTC)

    async def never(seconds: float) -> None:
        raise AssertionError("nobody waits")

    quota = limits.Quota(clock=lambda: now, sleep=never)
    quota.pause(86_400)

    with pytest.raises(errors.TryLater) as refused:
        async with quota.call():
            raise AssertionError("nothing may start")
    assert refused.value.after_seconds == 86_400


async def test_who_gives_up_waiting_leaves_no_trace() -> None:
    """A cancelled wait holds no place and no turn."""
    now = [datetime(2026, 3, 4, tzinfo=UTC)]

    async def for_ever(seconds: float) -> None:
        await asyncio.Event().wait()

    quota = limits.Quota(clock=lambda: now[0], sleep=for_ever, per_second=1)
    async with quota.call():
        pass
    waiting = asyncio.create_task(_one(quota))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    now[0] += timedelta(seconds=2)

    await asyncio.wait_for(_one(quota), 1)
    assert waiting.cancelled()


async def test_a_call_that_fails_gives_its_place_back() -> None:
    """Ten failures at once do not close the quota for good."""
    now = datetime(2026, 3, 4, tzinfo=UTC)

    async def no_sleep(seconds: float) -> None:
        raise AssertionError("nothing to wait for")

    quota = limits.Quota(clock=lambda: now, sleep=no_sleep, at_once=1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            async with quota.call():
                raise RuntimeError("the call failed")

    await asyncio.wait_for(_one(quota), 1)


@pytest.mark.parametrize("name", ["per_minute", "per_second", "at_once", "batches_per_minute"])
def test_a_quota_of_nothing_is_refused(name: str) -> None:
    """It would wait for ever."""
    with pytest.raises(ValueError, match="at least one"):
        limits.Quota(clock=lambda: datetime.now(UTC), sleep=asyncio.sleep, **{name: 0})


async def _one(quota: limits.Quota) -> None:
    async with quota.call():
        pass
