"""Intuit's limits: per realm a minute's requests, a second's starts, requests at once, batches, a day's e-mails
(reference 10); for all realms of an app together the metered calls of a calendar month (reference 11)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile

from sandbox_kit.clock import Clock


class Throttled(Exception):
    """More requests than a realm may have; nothing was done."""


@dataclass(slots=True)
class Limits:
    """The numbers; 0 switches one off, ``enabled`` False all of them.

    ``metered_per_month`` is off unless set: the smallest tier, Builder, has 500,000 and blocks metered calls above it
    until the next month.
    """

    per_minute: int = 500
    per_second: int = 10
    at_once: int = 10
    batches_per_minute: int = 40
    emails_per_day: int = 40
    metered_per_month: int = 0
    enabled: bool = True


@dataclass(slots=True)
class _Realm:
    started: deque[float] = field(default_factory=deque)
    batches: deque[float] = field(default_factory=deque)
    emails: deque[float] = field(default_factory=deque)
    running: int = 0


class Quota:
    """Counts what every realm does, over sliding windows of the given clock."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._clock = clock
        self._realms: defaultdict[str, _Realm] = defaultdict(_Realm)
        self._month = ""
        self._metered = 0

    @property
    def metered_this_month(self) -> int:
        """Metered calls since the calendar month (UTC) began."""
        month = f"{self._clock.now():%Y-%m}"
        if month != self._month:
            self._month, self._metered = month, 0
        return self._metered

    def count(self, metered: int) -> None:
        """So many metered calls have succeeded; refused ones are free (reference 11)."""
        self._metered = self.metered_this_month + metered

    @contextmanager
    def mailing(self, realm: str) -> Iterator[None]:
        """The sending of one e-mail of a realm, which counts when it succeeds; an Intuit sandbox sends forty a day.

        Raises:
            Throttled: there were as many already.
        """
        state, now = self._realms[realm], self._clock.now().timestamp()
        _forget(state.emails, now - 86_400)
        if self.limits.enabled and 0 < self.limits.emails_per_day <= len(state.emails):
            raise Throttled(realm)
        yield
        state.emails.append(now)

    @contextmanager
    def entered(self, realm: str, *, batch: bool = False, metered: bool = False) -> Iterator[None]:
        """The time that one request takes.

        Raises:
            Throttled: the realm is over one of its limits. A refused request is not counted.
        """
        state = self._realms[realm]
        now = self._clock.now().timestamp()
        _forget(state.started, now - 60)
        _forget(state.batches, now - 60)
        if self.limits.enabled and (
            self._is_over(state, now, batch=batch) or (metered and self._is_used_up())
        ):
            raise Throttled(realm)
        state.started.append(now)
        if batch:
            state.batches.append(now)
        state.running += 1
        try:
            yield
        finally:
            state.running -= 1

    def _is_used_up(self) -> bool:
        return 0 < self.limits.metered_per_month <= self.metered_this_month

    def _is_over(self, state: _Realm, now: float, *, batch: bool) -> bool:
        limits = self.limits
        this_second = _younger(state.started, now - 1)
        return (
            0 < limits.per_minute <= len(state.started)
            or 0 < limits.at_once <= state.running
            or 0 < limits.per_second <= this_second
            or (batch and 0 < limits.batches_per_minute <= len(state.batches))
        )


def _forget(moments: deque[float], before: float) -> None:
    while moments and moments[0] <= before:
        moments.popleft()


def _younger(moments: deque[float], than: float) -> int:
    """How many of the latest moments, which come last, are younger."""
    return sum(1 for _ in takewhile(lambda moment: moment > than, reversed(moments)))
