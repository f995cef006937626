"""The quotas of a location are kept, however HighLevel's window lies."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil import errors
from counterfoil.crm.highlevel import limits

INTERVAL = 10.0


@given(
    maximum=st.integers(1, 12),
    latencies=st.lists(st.floats(0.0, 25.0), min_size=20, max_size=60),
    arrives=st.lists(st.floats(0.0, 1.0), min_size=60, max_size=60),
    thinks=st.lists(st.floats(0.0, 4.0), min_size=60, max_size=60),
)
def test_R73_no_window_ever_holds_more_calls_than_allowed(maximum, latencies, arrives, thinks) -> None:
    """Calls arrive somewhere between sending and answer; no ten seconds hold more than the limit."""
    window = limits.Window(maximum=maximum, interval=INTERVAL)
    now, under_way, arrivals = 0.0, [], []
    for latency, share, think in zip(latencies, arrives, thinks, strict=False):
        now += think
        while True:
            while under_way and under_way[0] <= now:
                ended = heapq.heappop(under_way)
                window.end(ended)
                window.learn(ended, maximum=None, interval=None, remaining=None)
            pause = window.pause(now)
            if pause == 0:
                break
            now = under_way[0] if pause is None else min([now + pause, *under_way[:1]])
        window.begin()
        heapq.heappush(under_way, now + latency)
        arrivals.append(now + latency * share)
    arrivals.sort()
    for first, one_too_many in zip(arrivals, arrivals[maximum:], strict=False):
        assert one_too_many - first >= INTERVAL


def test_the_first_call_goes_alone_because_the_limits_are_not_known() -> None:
    """What was used before a restart is told by the first answer, so nobody runs ahead of it."""
    window = limits.Window()
    assert window.pause(0.0) == 0
    window.begin()
    assert window.pause(0.0) is None
    window.end(1.0)
    window.learn(1.0, maximum=25, interval=10.0, remaining=20)

    assert window.pause(1.0) == 0
    assert window.maximum == 25


def test_calls_that_others_made_take_places() -> None:
    """HighLevel counts the app's calls of every process: with none left nothing starts for one interval."""
    window = limits.Window()
    window.begin()
    window.end(1.0)
    window.learn(1.0, maximum=100, interval=10.0, remaining=0)

    assert window.pause(1.0) == pytest.approx(10.0 + limits.MARGIN_SECONDS)


def test_after_a_quiet_interval_the_next_call_goes_alone_again() -> None:
    """What others used meanwhile is unknown."""
    window = limits.Window()
    window.begin()
    window.end(1.0)
    window.learn(1.0, maximum=100, interval=10.0, remaining=99)
    assert window.pause(20.0) == 0
    window.begin()

    assert window.pause(20.0) is None


def test_a_refusal_for_the_rate_empties_the_window() -> None:
    """After a 429 nothing starts for one interval, whatever we believed."""
    window = limits.Window()
    window.begin()
    window.end(5.0)
    window.fill(5.0)

    assert window.pause(5.0) == pytest.approx(10.0 + limits.MARGIN_SECONDS)


def test_listings_stop_at_the_reserve_and_single_records_go_on() -> None:
    """Webhooks can still be worked off when the day's quota nears its end (reference 3.1)."""
    day = limits.Day()
    day.learn(limit=10_000, remaining=500)

    assert day.pause(0.0, bulk=True) == limits.PROBE_SECONDS
    assert day.pause(0.0, bulk=False) == 0


def test_the_last_of_the_day_is_spent_one_call_at_a_time() -> None:
    """Somebody has to ask to learn that the new day has begun: once in a quarter of an hour."""
    day = limits.Day()
    day.learn(limit=10_000, remaining=90)
    assert day.pause(0.0, bulk=False) == 0
    day.begin(0.0)

    assert day.pause(300.0, bulk=False) == 600.0
    assert day.pause(900.0, bulk=False) == 0


def test_the_day_counts_down_between_answers() -> None:
    """Calls that have started are spent, before their answers say so."""
    day = limits.Day()
    day.learn(limit=100, remaining=7)
    for _ in range(2):
        day.begin(0.0)

    assert day.pause(0.0, bulk=True) == limits.PROBE_SECONDS


class Virtual:
    """Time that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


async def test_R73_a_burst_is_spread_so_that_no_429_can_come() -> None:
    """A server that counts exactly never has to refuse: 250 calls take at least two intervals."""
    time = Virtual()
    quota = limits.Quota(clock=time.clock, sleep=time.sleep)
    starts: list[float] = []

    async def call() -> None:
        async with quota.call() as answered:
            starts.append(time.seconds)
            await asyncio.sleep(0)
            used = sum(1 for start in starts if start > time.seconds - INTERVAL)
            answered(
                200,
                {
                    "x-ratelimit-max": "100",
                    "x-ratelimit-interval-milliseconds": "10000",
                    "x-ratelimit-remaining": str(100 - used),
                },
            )

    await asyncio.gather(*(call() for _ in range(250)))

    starts.sort()
    assert all(b - a >= INTERVAL for a, b in zip(starts, starts[100:], strict=False))


async def test_a_call_that_fails_gives_its_place_back_after_the_interval() -> None:
    """An exception inside the call neither leaks a place nor blocks the next."""
    time = Virtual()
    quota = limits.Quota(clock=time.clock, sleep=time.sleep)

    with pytest.raises(ValueError, match="broken"):
        async with quota.call():
            raise ValueError("broken")

    async with quota.call():
        assert quota.window.in_flight == 1


async def test_a_day_that_is_used_up_says_when_to_come_back() -> None:
    """The quota raises before HighLevel would refuse."""
    time = Virtual()
    quota = limits.Quota(clock=time.clock, sleep=time.sleep)
    quota.day.learn(limit=200_000, remaining=5_000)

    with pytest.raises(errors.TryLater) as caught:
        async with quota.call(bulk=True):
            pass

    assert caught.value.after_seconds == limits.PROBE_SECONDS
