"""A calendar clock that can be shifted forward, so that a stand-in lives through years in a test."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """The present instant, read from a source of seconds and shifted by what the control API asked for.

    `source` answers seconds since 1970: the machine's clock, or the time of a virtual loop.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._shift = 0.0

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.fromtimestamp(self._source() + self._shift, UTC)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward by `seconds`. Raises ValueError for a negative or endless number."""
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"a clock moves forward by a finite number of seconds, not by {seconds}")
        try:
            datetime.fromtimestamp(self._source() + self._shift + seconds, UTC)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{seconds} seconds lead past the year 9999") from error
        self._shift += seconds

    def set(self, instant: datetime) -> None:
        """Moves the clock forward to `instant`. Raises ValueError when that is naive or lies in the past."""
        if instant.tzinfo is None:
            raise ValueError("the new instant needs an offset from UTC, for example 2026-03-02T15:00:00Z")
        shift = instant.timestamp() - self._source()
        if shift < self._shift:
            raise ValueError(f"the clock stands at {self.now().isoformat()} and never goes backwards")
        self._shift = shift
