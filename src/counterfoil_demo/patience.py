"""Waiting for something to be so: asking again and again until it is, or until time is up. Never a fixed sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_SECONDS = 0.25
"""Between two questions. A question to QuickBooks counts against the company's quota of ten in a second."""


async def until(
    ask: Callable[[], Awaitable[T]],
    enough: Callable[[T], bool],
    *,
    seconds_max: float = 20.0,
    pause_seconds: float = PAUSE_SECONDS,
) -> T:
    """The first answer that is enough, or the last one when time is up: the checks then say what is wrong with it."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds_max
    while True:
        answer = await ask()
        if enough(answer) or loop.time() >= deadline:
            return answer
        await asyncio.sleep(pause_seconds)
