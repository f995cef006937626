"""The schedule of one process: runs on the service's own event loop, beside the rows that hold the truth.

A wake-up nudges the loop with the connection's number. Whatever a nudge missed (a crash, a timer, another process) the
sweep finds in the rows. Nothing held here needs to survive.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from counterfoil import times
from counterfoil.engine.schedule.port import EngineStats, Reconciler
from counterfoil.store import work
from counterfoil.store.database import Database, Tx, after_commit

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 5.0
POLLS_IN_A_CHUNK = 50
LONGEST_PAUSE_SECONDS = 300.0
ATTEMPTS_BEFORE_PARKING = 12
"""About twenty minutes of failing in a row; a wake-up gives a parked connection one more try."""
POLL_IS_LATE_SECONDS = 60.0


class Embedded:
    """Keeps the contract of `port`. `jitter` gives numbers in [0, 1), `at_once` bounds the runs under way."""

    def __init__(
        self,
        database: Database,
        *,
        clock: times.Clock,
        jitter: Callable[[], float],
        at_once: int = 400,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jitter = jitter
        self._at_once = at_once
        self._ready: dict[int, None] = {}
        self._running: set[int] = set()
        self._again: set[int] = set()
        self._alarms: list[datetime] = []
        self._nudge = asyncio.Event()
        self._stopping = False

    def wake(self, tx: Tx, connections: Iterable[int], *, at: datetime) -> None:
        """There is something to do for these, once this transaction has committed."""
        flipped = work.wake(tx, connections, at=at)
        if flipped:
            after_commit(tx, lambda: self._nudged(flipped))

    async def run(self, reconciler: Reconciler) -> None:
        """Run connections until `stop`; what is under way is finished before this returns."""
        next_sweep = self._clock()
        async with asyncio.TaskGroup() as runs:
            while not self._stopping:
                now = self._clock()
                if now >= next_sweep or self._alarm_rings(now):
                    await self._sweep(reconciler, now)
                    next_sweep = now + timedelta(seconds=SWEEP_SECONDS)
                self._start_ready(runs, reconciler)
                until = min([next_sweep, *self._alarms[:1]])
                await self._wait((until - self._clock()).total_seconds())

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what is under way has finished."""
        self._stopping = True
        self._nudge.set()

    async def stats(self) -> EngineStats:
        """How it is doing now."""
        now = self._clock()
        load = await self._database.read(
            lambda tx: work.load(tx, at=now, late_before=now - timedelta(seconds=POLL_IS_LATE_SECONDS))
        )
        oldest = (now - load.oldest_wake_at).total_seconds() if load.oldest_wake_at else 0.0
        return EngineStats(
            waiting=len(set(load.wanted) - self._running),
            running=len(self._running),
            parked=load.parked,
            oldest_wake_seconds=oldest,
            late_polls=load.late_polls,
        )

    def _nudged(self, connections: Iterable[int]) -> None:
        for connection in connections:
            if connection in self._running:
                self._again.add(connection)
            else:
                self._ready[connection] = None
        self._nudge.set()

    def _alarm_rings(self, now: datetime) -> bool:
        rings = False
        while self._alarms and self._alarms[0] <= now:
            heapq.heappop(self._alarms)
            rings = True
        return rings

    def _set_alarm(self, at: datetime) -> None:
        heapq.heappush(self._alarms, at)
        self._nudge.set()

    async def _sweep(self, reconciler: Reconciler, now: datetime) -> None:
        """What do the rows want, whatever this process remembers? A database that is away is asked again."""
        try:
            to_poll = await self._database.read(lambda tx: work.to_poll(tx, at=now))
            for first in range(0, len(to_poll), POLLS_IN_A_CHUNK):
                await reconciler.poll(list(to_poll[first : first + POLLS_IN_A_CHUNK]))
            wanted = await self._database.read(lambda tx: work.wanted(tx, at=now))
        except Exception:
            log.exception("schedule.sweep_failed")
            return
        for connection in wanted:
            if connection not in self._running:
                self._ready.setdefault(connection)

    def _start_ready(self, runs: asyncio.TaskGroup, reconciler: Reconciler) -> None:
        while self._ready and len(self._running) < self._at_once:
            connection = next(iter(self._ready))
            del self._ready[connection]
            if connection not in self._running:
                self._running.add(connection)
                runs.create_task(self._work(reconciler, connection))

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._nudge.wait()
        self._nudge.clear()

    async def _work(self, reconciler: Reconciler, connection: int) -> None:
        """Run the connection as long as somebody wakes it meanwhile."""
        again = True
        try:
            while again and not self._stopping:
                self._again.discard(connection)
                again = await self._run_once(reconciler, connection) or connection in self._again
        except Exception:
            # Only the rows' own transactions can fail here. They say that it is still due; the sweep sees to it.
            log.exception("schedule.database_failed", connection=connection)
        finally:
            self._running.discard(connection)
            self._nudge.set()

    async def _run_once(self, reconciler: Reconciler, connection: int) -> bool:
        """One run; was the connection woken meanwhile?"""
        begun = await self._database.transact(lambda tx: work.begin(tx, connection, at=self._clock()))
        if begun is None:
            return False
        if begun.attempts > ATTEMPTS_BEFORE_PARKING:
            # It never got as far as raising: it took the process with it each time.
            return await self._failed(connection, begun, "The run did not end, again and again.")
        try:
            seconds = await reconciler.reconcile(connection, begun.epoch)
        except work.Fenced:
            log.warning("run.overtaken", connection=connection, epoch=begun.epoch)
            return False
        except Exception as error:
            log.exception("run.failed", connection=connection, attempts=begun.attempts)
            return await self._failed(connection, begun, type(error).__name__)
        due_at = None if seconds is None else self._clock() + timedelta(seconds=seconds)
        woken = await self._database.transact(
            lambda tx: work.finish(tx, connection, epoch=begun.epoch, due_at=due_at)
        )
        if due_at is not None:
            self._set_alarm(due_at)
        return bool(woken)

    async def _failed(self, connection: int, begun: work.Begun, error: str) -> bool:
        parked = begun.attempts >= ATTEMPTS_BEFORE_PARKING
        pause = min(LONGEST_PAUSE_SECONDS, 2.0**begun.attempts) * (1.0 + 0.2 * self._jitter())
        due_at = None if parked else self._clock() + timedelta(seconds=pause)
        # A wake-up gives a parked connection one more try, not all of them.
        attempts = min(begun.attempts, ATTEMPTS_BEFORE_PARKING - 1)
        woken = await self._database.transact(
            lambda tx: work.fail(
                tx,
                connection,
                epoch=begun.epoch,
                due_at=due_at,
                parked=parked,
                attempts=attempts,
                error=error,
            )
        )
        if due_at is not None:
            self._set_alarm(due_at)
        elif not woken:
            log.error("connection.parked", connection=connection, attempts=begun.attempts)
        return False
