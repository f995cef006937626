"""Intuit's limits per realm: a minute's requests, a second's starts, requests at once, batches (reference 10)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox_kit.clock import Clock


class Throttled(Exception):
    """More requests than a realm may have; nothing was done."""


@dataclass(slots=True)
class Limits:
    """The numbers; ``enabled`` False lets everything through."""

    per_minute: int = 500
    per_second: int = 10
    at_once: int = 10
    batches_per_minute: int = 40
    enabled: bool = True


@dataclass(slots=True)
class _Realm:
    started: deque[float] = field(default_factory=deque)
    batches: deque[float] = field(default_factory=deque)
    running: int = 0


class Quota:
    """Counts what every realm does, over sliding windows of the given clock."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._clock = clock
        self._realms: defaultdict[str, _Realm] = defaultdict(_Realm)

    @contextmanager
    def entered(self, realm: str, *, batch: bool = False) -> Iterator[None]:
        """The time that one request takes.

        Raises:
            Throttled: the realm is over one of its limits. A refused request is not counted.
        """
        state = self._realms[realm]
        now = self._clock.now().timestamp()
        _forget(state.started, now - 60)
        _forget(state.batches, now - 60)
        if self.limits.enabled and self._is_over(state, now, batch=batch):
            raise Throttled(realm)
        state.started.append(now)
        if batch:
            state.batches.append(now)
        state.running += 1
        try:
            yield
        finally:
            state.running -= 1

    def _is_over(self, state: _Realm, now: float, *, batch: bool) -> bool:
        limits = self.limits
        if len(state.started) >= limits.per_minute or state.running >= limits.at_once:
            return True
        tenth_last = state.started[-limits.per_second] if len(state.started) >= limits.per_second else None
        if tenth_last is not None and tenth_last > now - 1:
            return True
        return batch and len(state.batches) >= limits.batches_per_minute


def _forget(moments: deque[float], before: float) -> None:
    while moments and moments[0] <= before:
        moments.popleft()
