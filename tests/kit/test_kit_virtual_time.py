"""The virtual loop: free sleeping, honest timeouts, stalls that say who waits."""

from __future__ import annotations

import asyncio
import queue
import selectors
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import anyio.to_thread
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sandbox_kit import virtual_time
from sandbox_kit.in_process import InProcess
from sandbox_kit.server import Running

T = TypeVar("T")


class CountingSelector(selectors.SelectSelector):
    """A real selector that counts how often it was asked to let real time pass."""

    waits = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As usual, and counted when it may wait."""
        self.waits += timeout is None or timeout > 0
        return super().select(timeout)


def waits_of(main: Callable[[CountingSelector], Coroutine[Any, Any, None]]) -> int:
    """How often a fresh virtual loop let real time pass while `main` ran."""
    selector = CountingSelector()
    with asyncio.Runner(loop_factory=lambda: virtual_time.VirtualTimeLoop(selector)) as runner:
        runner.run(main(selector))
        return selector.waits


async def sleep_often(selector: CountingSelector) -> None:
    """A thousand hours, counted from here."""
    selector.waits = 0
    for _ in range(1000):
        await asyncio.sleep(3600)


def test_virtual_time_starts_at_its_own_date_and_moves_only_by_sleeping() -> None:
    """The clock stands at START and goes exactly as far as was slept."""

    async def main() -> None:
        clock = virtual_time.clock()
        assert clock.now() == virtual_time.START
        await asyncio.sleep(10.3)
        assert clock.now() == virtual_time.START + timedelta(seconds=10.3)

    virtual_time.run(main())


def test_virtual_time_passes_two_years() -> None:
    """A year of days and one sleep of a year are over before the test's own time limit."""

    async def main() -> timedelta:
        clock = virtual_time.clock()
        for _ in range(365):
            await asyncio.sleep(86400)
        await asyncio.sleep(365 * 86400)
        return clock.now() - virtual_time.START

    assert virtual_time.run(main()) == timedelta(days=730)


def test_virtual_time_wakes_sleepers_in_the_order_of_their_alarms() -> None:
    """Concurrent sleepers interleave as they would in real time."""

    async def main() -> list[tuple[str, float]]:
        woken: list[tuple[str, float]] = []
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def sleeper(name: str, every: float, rounds: int) -> None:
            for _ in range(rounds):
                await asyncio.sleep(every)
                woken.append((name, round(loop.time() - began, 3)))

        async with asyncio.TaskGroup() as group:
            group.create_task(sleeper("slow", 5, 2))
            group.create_task(sleeper("quick", 2, 4))
        return woken

    assert virtual_time.run(main()) == [
        ("quick", 2.0),
        ("quick", 4.0),
        ("slow", 5.0),
        ("quick", 6.0),
        ("quick", 8.0),
        ("slow", 10.0),
    ]


def test_virtual_time_lets_timeouts_strike_at_their_second() -> None:
    """asyncio.timeout ends a longer sleep after its own time and spares a shorter one."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.sleep(3600)
        async with asyncio.timeout(30):
            await asyncio.sleep(29)
        return loop.time() - began

    assert virtual_time.run(main()) == pytest.approx(59)


def test_virtual_time_always_moves_for_the_smallest_sleep_a_datetime_can_say() -> None:
    """Sleeping a microsecond a thousand times moves time each time: no busy loop from rounding."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        stood_still = 0
        for _ in range(1000):
            before = loop.time()
            await asyncio.sleep(1e-6)
            stood_still += loop.time() <= before
        return stood_still

    assert virtual_time.run(main()) == 0


def test_virtual_time_says_who_waits_when_all_stall() -> None:
    """A deadlock raises StalledError that names the waiting tasks instead of hanging."""

    async def forgotten() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        await asyncio.create_task(forgotten(), name="the forgotten one")

    with pytest.raises(virtual_time.StalledError, match="the forgotten one") as stalled:
        virtual_time.run(main())
    assert any("test_kit_virtual_time.py" in place for place in stalled.value.tasks)


def test_virtual_time_stands_still_while_an_executor_works() -> None:
    """A thread's real work of 50 ms outlasts no virtual timeout, and its result arrives."""

    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(0.01):
            result = await asyncio.to_thread(lambda: (time.sleep(0.05), "done")[1])
        return result, loop.time() - began

    assert virtual_time.run(main()) == ("done", 0.0)


def test_virtual_time_does_not_wait_for_idle_executor_threads() -> None:
    """A worker thread that waits for its next job costs the jumps no real moment."""

    async def beside_a_worker(selector: CountingSelector) -> None:
        await asyncio.to_thread(int)
        await sleep_often(selector)

    assert waits_of(beside_a_worker) == 0


def test_virtual_time_does_not_wait_for_threads_that_were_there_before() -> None:
    """A thread that somebody left behind, waiting for a job that never comes, costs the jumps no real moment."""
    jobs: queue.Queue[None] = queue.Queue()
    thread = threading.Thread(target=jobs.get)
    thread.start()
    try:
        assert waits_of(sleep_often) == 0
    finally:
        jobs.put(None)
        thread.join()


def test_virtual_time_waits_for_threads_that_report_by_call_soon_threadsafe() -> None:
    """Work of anyio's threads (Starlette's plain handlers) outlasts no virtual timeout either.

    Often, because the machine may be slow to let a thread begin with what lies in its queue.
    """

    async def main() -> list[str]:
        done: list[str] = []
        for _ in range(30):
            async with asyncio.timeout(0.01):
                done.append(await anyio.to_thread.run_sync(lambda: (time.sleep(0.005), "done")[1]))
        return done

    assert virtual_time.run(main()) == ["done"] * 30


def test_virtual_time_does_not_wait_for_ever_for_a_foreign_thread() -> None:
    """A thread stuck in a C call is waited for once, then taken as at rest."""
    jobs: queue.SimpleQueue[None] = queue.SimpleQueue()
    thread = threading.Thread(target=lambda: jobs.get())
    thread.start()

    try:
        waits = waits_of(sleep_often)
    finally:
        jobs.put(None)
        thread.join()
    assert 0 < waits <= virtual_time.PATIENCE / virtual_time.POLL


def test_virtual_time_carries_a_starlette_app_without_ports() -> None:
    """Plain and async handlers answer through an ASGI transport while their sleeping is free."""

    async def later(request: Request) -> PlainTextResponse:
        await asyncio.sleep(86400)
        return PlainTextResponse("a day later")

    def plain(request: Request) -> PlainTextResponse:
        return PlainTextResponse("at once")

    app = Starlette(routes=[Route("/later", later), Route("/plain", plain)])

    async def main() -> list[str]:
        async with httpx.AsyncClient(transport=InProcess({"http://app.test": app}), timeout=None) as client:
            return [(await client.get(f"http://app.test/{path}")).text for path in ("later", "plain")]

    assert virtual_time.run(main()) == ["a day later", "at once"]


def test_virtual_time_carries_real_ports_too() -> None:
    """Server and client on one virtual loop talk over a socket without striking each other's timeouts."""

    async def hello(request: Request) -> PlainTextResponse:
        await asyncio.sleep(2)
        return PlainTextResponse("hello")

    async def main() -> list[str]:
        app = Starlette(routes=[Route("/", hello)])
        async with Running(app) as server, httpx.AsyncClient(timeout=3) as client:
            return [(await client.get(server.url)).text for _ in range(5)]

    assert virtual_time.run(main()) == ["hello"] * 5
