"""An event loop whose time is free: when everybody sleeps, it jumps to the next alarm.

A year of business passes in a test as fast as its work can be done. Work outside the loop (threads, other sockets)
takes real time; the loop gives it a real moment before it jumps, so that a timeout does not strike work that is
merely running.
"""

from __future__ import annotations

import asyncio
import queue
import selectors
import sys
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from datetime import UTC, datetime
from types import FrameType
from typing import Any, TypeVar, TypeVarTuple

from sandbox_kit.clock import Clock

T = TypeVar("T")
Given = TypeVarTuple("Given")

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""When virtual time begins."""

CLOCK_RESOLUTION = 5e-7
"""Alarms closer than this are due. Doubles of today's date are 2.4e-7 seconds apart; datetimes a microsecond."""

PATIENCE = 2.0
"""Real seconds that the loop waits for work outside of it before it goes on without."""

POLL = 0.001
"""Real seconds from one look for work outside to the next."""

_AT_REST = ("/threading.py", "/queue.py", "/selectors.py", "/socketserver.py")
_EXECUTOR = "/concurrent/futures/thread.py"

_Ready = list[tuple[selectors.SelectorKey, int]]


class StalledError(RuntimeError):
    """Everybody waits for somebody else and no alarm is left. `tasks` says who waits, and where."""

    def __init__(self, tasks: tuple[str, ...]) -> None:
        self.tasks = tasks
        super().__init__("nothing is ready and no timer is left; waiting: " + ("; ".join(tasks) or "nobody"))


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on virtual time, which starts at `START` and counts seconds since 1970.

    `selector` waits for work outside the loop; without one the platform's own does.
    """

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        self._virtual = START.timestamp()
        self._working = 0
        self._parked: dict[threading.Thread, tuple[int, int]] = {}
        self._elders = weakref.WeakSet(threading.enumerate())
        super().__init__(_JumpingSelector(selector or selectors.DefaultSelector(), self._idle))
        self._clock_resolution = CLOCK_RESOLUTION

    def time(self) -> float:
        """Virtual seconds since 1970."""
        return self._virtual

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Given], T], *args: *Given
    ) -> asyncio.Future[T]:
        """As usual, but virtual time stands still while the thread works."""
        future = super().run_in_executor(executor, func, *args)
        self._working += 1
        future.add_done_callback(self._back)
        return future

    async def shutdown_default_executor(self) -> None:
        """As usual; the joining thread counts as work, so that waiting for it is no stall."""
        self._working += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._working -= 1

    def _back(self, _: object) -> None:
        self._working -= 1

    def _idle(self, selector: selectors.BaseSelector, timeout: float | None) -> _Ready:
        """Nothing is ready: waits for work outside, else jumps by `timeout` virtual seconds (None: stalled)."""
        ready = self._wait_outside(selector, stalling=timeout is None)
        if ready:
            return ready
        if timeout is None:
            raise StalledError(_waiting(self))
        self._virtual += timeout
        return []

    def _wait_outside(self, selector: selectors.BaseSelector, *, stalling: bool) -> _Ready:
        started = time.monotonic()
        threads = self._threads()
        sockets = len(selector.get_map()) > 1  # one is the loop's own wake-up pipe
        if not (self._working or threads or sockets):
            return []
        # A thread that is younger than this loop may have been handed work and not begun yet. Older ones serve
        # somebody else, or talk to this loop over a socket.
        younger = any(thread not in self._elders for thread in threads)
        ready = selector.select(POLL if sockets or younger else 0)
        while not ready and (self._working or self._busy() or (stalling and (sockets or threads))):
            if time.monotonic() - started > PATIENCE:
                self._park()
                break
            ready = selector.select(POLL)
        return ready

    def _threads(self) -> dict[threading.Thread, FrameType]:
        """Where the other threads stand, without the workers of an executor that have nothing to do."""
        if threading.active_count() == 1:
            return {}
        own = threading.current_thread()
        known = {thread.ident: thread for thread in threading.enumerate() if thread is not own}
        return {
            known[ident]: frame
            for ident, frame in sys._current_frames().items()
            if ident in known and not frame.f_code.co_filename.endswith(_EXECUTOR)
        }

    def _busy(self) -> bool:
        """Whether some thread does something else than wait to be told what to do."""
        return any(
            not _rests(frame) and self._parked.get(thread) != (id(frame.f_code), frame.f_lasti)
            for thread, frame in self._threads().items()
        )

    def _park(self) -> None:
        """Remembers threads that did not move for as long as our patience: they are at rest there."""
        self._parked = {thread: (id(f.f_code), f.f_lasti) for thread, f in self._threads().items()}


def _rests(frame: FrameType) -> bool:
    """Whether a thread that stands there waits to be told what to do, and nobody has told it yet."""
    if not frame.f_code.co_filename.endswith(_AT_REST):
        return False
    caller: FrameType | None = frame
    while caller is not None and caller.f_code.co_filename.endswith(_AT_REST):
        jobs = caller.f_locals.get("self")
        if isinstance(jobs, queue.Queue):
            return jobs.empty()
        caller = caller.f_back
    return True


class _JumpingSelector(selectors.BaseSelector):
    """The real selector, asked without waiting; where asyncio wants to wait, `idle` decides instead."""

    def __init__(
        self,
        real: selectors.BaseSelector,
        idle: Callable[[selectors.BaseSelector, float | None], _Ready],
    ) -> None:
        self._real = real
        self._idle = idle

    def select(self, timeout: float | None = None) -> _Ready:
        ready = self._real.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        return self._idle(self._real, timeout)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` on a fresh virtual loop and closes it, as `asyncio.run` does on a real one.

    Raises StalledError when everybody waits for ever, else whatever `main` raises.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def clock() -> Clock:
    """A calendar clock on the time of the running loop. Raises RuntimeError when none runs."""
    return Clock(asyncio.get_running_loop().time)


def _waiting(loop: asyncio.AbstractEventLoop) -> tuple[str, ...]:
    return tuple(sorted(_place(task) for task in asyncio.all_tasks(loop)))


def _place(task: asyncio.Task[Any]) -> str:
    stack = task.get_stack(limit=1)
    where = f" at {stack[0].f_code.co_filename}:{stack[0].f_lineno}" if stack else ""
    return f"{task.get_name()} ({getattr(task.get_coro(), '__qualname__', 'coroutine')}){where}"
