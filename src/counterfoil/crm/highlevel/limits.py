"""HighLevel's quotas, kept before it would answer 429 (R73, reference 3.1).

`Window` and `Day` are the arithmetic: seconds in, seconds out. `Quota` waits. It belongs to one location, because
HighLevel counts per app and location.

A call reaches HighLevel somewhere between our sending and our reading of the answer. So a call holds its place in
the window from its start until one interval after its end: however HighLevel's window lies, there are never more
calls in it than allowed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from counterfoil import errors, times

MARGIN_SECONDS = 0.1
"""Clocks of two machines do not run equally fast."""
RESERVE = 0.05
"""The part of the day that listings leave to single records (reference 3.1)."""
LAST = 0.01
"""The part of the day that is spent one call at a time, only to learn when the new day has begun."""
PROBE_SECONDS = 900.0


@dataclass(slots=True)
class Window:
    """The burst limit: at most `maximum` calls in any `interval` seconds. Instants are seconds that never go back.

    Before the first answer, and again after a quiet interval, we do not know what others have used: one call goes
    alone, and its answer tells.
    """

    maximum: int = 100
    interval: float = 10.0
    known: bool = False
    in_flight: int = 0
    _ends: deque[float] = field(default_factory=deque)

    def pause(self, now: float) -> float | None:
        """Seconds until one more call may start; None when first a call under way has to end."""
        while self._ends and self._ends[0] + self.interval + MARGIN_SECONDS <= now:
            self._ends.popleft()
        if not self._ends and not self.in_flight:
            self.known = False
        if self.in_flight and not self.known:
            return None
        too_many = self.in_flight + len(self._ends) + 1 - self.maximum
        if too_many <= 0:
            return 0.0
        if too_many > len(self._ends):
            return None
        return self._ends[too_many - 1] + self.interval + MARGIN_SECONDS - now

    def begin(self) -> None:
        """One call starts."""
        self.in_flight += 1

    def end(self, now: float) -> None:
        """One call ended, whatever came of it."""
        self.in_flight -= 1
        self._hold(now, 1)

    def learn(
        self, now: float, *, maximum: int | None, interval: float | None, remaining: int | None
    ) -> None:
        """Take in what the answer to the call that ended last said; None where it said nothing.

        When HighLevel has counted more calls than we know to have ended, somebody else made them (another process, we
        ourselves before a restart) or they are still under way: they get places too.
        """
        self.known = True
        self.maximum = max(1, maximum) if maximum is not None else self.maximum
        self.interval = interval if interval else self.interval
        if remaining is not None:
            used = self.maximum - max(0, remaining)
            self._hold(now, used - len(self._ends))

    def fill(self, now: float) -> None:
        """HighLevel refused a call for its rate: nothing may start before one interval has passed."""
        self.learn(now, maximum=None, interval=None, remaining=0)

    def _hold(self, now: float, places: int) -> None:
        at = max(now, self._ends[-1]) if self._ends else now
        self._ends.extend(at for _ in range(places))


@dataclass(slots=True)
class Day:
    """The daily limit, known from answers only. When HighLevel's day begins is not documented."""

    limit: int | None = None
    remaining: int | None = None
    _last_started: float | None = None

    def pause(self, now: float, *, bulk: bool) -> float:
        """Seconds until a call may start: 0 while there is enough, else a quarter of an hour or what is left of it.

        `bulk` calls (listings) stop at the reserve.
        """
        if self.limit is None or self.remaining is None:
            return 0.0
        if self.remaining <= self.limit * LAST:
            since = PROBE_SECONDS if self._last_started is None else now - self._last_started
            return max(0.0, PROBE_SECONDS - since)
        if bulk and self.remaining <= self.limit * RESERVE:
            return PROBE_SECONDS
        return 0.0

    def begin(self, now: float) -> None:
        """One call starts."""
        self._last_started = now
        if self.remaining is not None:
            self.remaining -= 1

    def learn(self, *, limit: int | None, remaining: int | None) -> None:
        """Take in what an answer said; None where it said nothing."""
        self.limit = limit if limit is not None else self.limit
        self.remaining = remaining if remaining is not None else self.remaining


Answered = Callable[[int, Mapping[str, str]], None]
"""Tells the quota the status and the headers (lower-case names or case-insensitive) of the answer."""


class Quota:
    """The quota of one location: `async with quota.call() as answered: …; answered(status, headers)`."""

    def __init__(self, *, clock: times.Clock, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.window = Window()
        self.day = Day()
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def call(self, *, bulk: bool = False) -> AsyncIterator[Answered]:
        """Wait for a place in the window and hold it while the call is made.

        Raises TryLater when the day's quota is (for `bulk` calls: nearly) used up.
        """
        await self._place(bulk=bulk)
        heard: list[tuple[int, Mapping[str, str]]] = []
        try:
            yield lambda status, headers: heard.append((status, headers))
        finally:
            self.window.end(self._now())
            for status, headers in heard:
                self._learn(status, headers)
            self._ended.set()

    async def _place(self, *, bulk: bool) -> None:
        async with self._turn:
            while True:
                later = self.day.pause(self._now(), bulk=bulk)
                if later:
                    raise errors.TryLater(
                        "HighLevel's daily quota for this location is nearly used up.", after_seconds=later
                    )
                pause = self.window.pause(self._now())
                if pause == 0:
                    break
                if pause is None:
                    self._ended.clear()
                    await self._ended.wait()
                else:
                    await self._sleep(pause)
            self.window.begin()
            self.day.begin(self._now())

    def _learn(self, status: int, headers: Mapping[str, str]) -> None:
        now = self._now()
        interval = _whole(headers, "x-ratelimit-interval-milliseconds")
        self.window.learn(
            now,
            maximum=_whole(headers, "x-ratelimit-max"),
            interval=interval / 1000 if interval else None,
            remaining=_whole(headers, "x-ratelimit-remaining"),
        )
        self.day.learn(
            limit=_whole(headers, "x-ratelimit-limit-daily"),
            remaining=_whole(headers, "x-ratelimit-daily-remaining"),
        )
        if status == 429:
            self.window.fill(now)

    def _now(self) -> float:
        return self._clock().timestamp()


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
