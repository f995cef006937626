"""QuickBooks' quotas, kept before it would answer 429 (R73, reference 10).

`Window` is the arithmetic: seconds in, seconds out. `Quota` waits. There is one for each company and app, because
that is how Intuit counts.

A call reaches Intuit somewhere between our sending and our reading of the answer. So a call holds its place in a
window from its start until one interval after its end: however Intuit's window lies, it never sees more calls in it
than allowed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from counterfoil import errors, times

MARGIN_SECONDS = 0.05
"""Clocks of two machines do not run equally fast."""
PATIENCE_SECONDS = 120.0
"""A longer pause than this is not waited for; the caller is told to come back."""

SHORTEST_SLEEP_SECONDS = 0.001
"""A sleep that is shorter than a clock can tell would be slept for ever."""


@dataclass(slots=True)
class Window:
    """At most `maximum` calls in any `interval` seconds. Instants are seconds on the caller's clock."""

    maximum: int
    interval: float
    in_flight: int = 0
    _ends: deque[float] = field(default_factory=deque)

    def pause(self, now: float) -> float | None:
        """Seconds until one more call may start, 0 for at once; None when first a call under way has to end."""
        if self._ends and self._ends[-1] > now:
            # The clock was set back: what has ended cannot have ended later than now.
            self._ends = deque(min(end, now) for end in self._ends)
        held = self.interval + MARGIN_SECONDS
        while self._ends and self._ends[0] + held <= now:
            self._ends.popleft()
        too_many = self.in_flight + len(self._ends) + 1 - self.maximum
        if too_many <= 0:
            return 0.0
        if too_many > len(self._ends):
            return None
        return self._ends[too_many - 1] + held - now

    def begin(self) -> None:
        """One call starts."""
        self.in_flight += 1

    def end(self, now: float) -> None:
        """One call ended, whatever came of it."""
        self.in_flight -= 1
        self._ends.append(max(now, self._ends[-1]) if self._ends else now)


class Quota:
    """The quota of one company: `async with quota.call(): …` waits for its turn; turns are taken in order.

    Raises ValueError when a limit is less than one.
    """

    def __init__(
        self,
        *,
        clock: times.Clock,
        sleep: Callable[[float], Awaitable[None]],
        per_minute: int = 500,
        per_second: int = 10,
        at_once: int = 10,
        batches_per_minute: int = 40,
    ) -> None:
        if min(per_minute, per_second, at_once, batches_per_minute) < 1:
            raise ValueError("a quota must allow at least one call")
        self._clock = clock
        self._sleep = sleep
        self._calls = (Window(per_minute, 60.0), Window(per_second, 1.0))
        self._batches = Window(batches_per_minute, 60.0)
        self._at_once = at_once
        self._under_way = 0
        self._closed_until: float | None = None
        self._careful = False
        self._turn = asyncio.Lock()
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def call(self, *, batch: bool = False) -> AsyncIterator[None]:
        """Wait until one more call (a `batch` is one, and counted as a batch too) may start, and hold its place.

        Raises TryLater when QuickBooks asked for a longer pause than is worth waiting for.
        """
        windows = (*self._calls, self._batches) if batch else self._calls
        await self._place(windows)
        try:
            yield
        finally:
            self._under_way -= 1
            now = self._now()
            for window in windows:
                window.end(now)
            if self._closed_until is None:
                self._careful = False
            self._ended.set()

    def pause(self, seconds: float) -> None:
        """QuickBooks refused a call for its rate: nothing starts for so long, and then one call goes alone first."""
        until = self._now() + seconds
        self._closed_until = until if self._closed_until is None else max(until, self._closed_until)
        self._careful = True

    async def _place(self, windows: tuple[Window, ...]) -> None:
        async with self._turn:
            while True:
                pause = self._pause(windows)
                if pause is None:
                    self._ended.clear()
                    await self._ended.wait()
                elif pause > 0:
                    await self._sleep(max(pause, SHORTEST_SLEEP_SECONDS))
                else:
                    break
            self._under_way += 1
            for window in windows:
                window.begin()

    def _pause(self, windows: tuple[Window, ...]) -> float | None:
        now = self._now()
        if self._closed_until is not None:
            left = self._closed_until - now
            if left > PATIENCE_SECONDS:
                raise errors.TryLater("QuickBooks asked for a long pause.", after_seconds=left)
            if left > 0:
                return left
            self._closed_until = None
        if self._under_way >= (1 if self._careful else self._at_once):
            return None
        pauses = [window.pause(now) for window in windows]
        return None if None in pauses else max(pause or 0.0 for pause in pauses)

    def _now(self) -> float:
        return self._clock().timestamp()
