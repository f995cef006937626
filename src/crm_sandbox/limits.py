"""The rate limits: so many requests in ten seconds and in a day, per app and location (reference 3.1).

The window slides: no ten seconds hold more than the burst, which is the stricter reading of the documentation. The day
is the UTC day; when the original resets is not known. A refused request does not count.
"""

from __future__ import annotations

from collections import deque
from datetime import date

from crm_sandbox.location.switches import Switches
from sandbox_kit.clock import Clock

INTERVAL_SECONDS = 10.0


class Limits:
    """Counts the requests of each app and location."""

    def __init__(self, clock: Clock, switches: Switches, *, enforced: bool) -> None:
        self.enforced = enforced
        self._clock = clock
        self._switches = switches
        self._recent: dict[str, deque[float]] = {}
        self._days: dict[str, tuple[date, int]] = {}

    def admit(self, who: str) -> bool:
        """Counts a request of `who`; False when it is one too many."""
        recent, today = self._current(who)
        over = len(recent) >= self._switches.burst_limit or today >= self._switches.daily_limit
        if over and self.enforced:
            return False
        recent.append(self._clock.now().timestamp())
        self._days[who] = (self._clock.now().date(), today + 1)
        return True

    def headers(self, who: str) -> dict[str, str]:
        """The five headers, as they stand after the request was counted."""
        recent, today = self._current(who)
        return {
            "X-RateLimit-Limit-Daily": str(self._switches.daily_limit),
            "X-RateLimit-Daily-Remaining": str(max(0, self._switches.daily_limit - today)),
            "X-RateLimit-Interval-Milliseconds": str(int(INTERVAL_SECONDS * 1000)),
            "X-RateLimit-Max": str(self._switches.burst_limit),
            "X-RateLimit-Remaining": str(max(0, self._switches.burst_limit - len(recent))),
        }

    def _current(self, who: str) -> tuple[deque[float], int]:
        """The requests of the last ten seconds, and the number of today's."""
        now = self._clock.now()
        recent = self._recent.setdefault(who, deque())
        while recent and recent[0] <= now.timestamp() - INTERVAL_SECONDS:
            recent.popleft()
        day, count = self._days.get(who, (now.date(), 0))
        return recent, count if day == now.date() else 0
