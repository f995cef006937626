"""The contract of a schedule (`engine/schedule/port.py`), held to every adapter. On virtual time, on a real database."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from counterfoil.engine.schedule.embedded import ATTEMPTS_BEFORE_PARKING, SWEEP_SECONDS, Embedded
from counterfoil.engine.schedule.port import Engine, Fenced
from counterfoil.store import connections, schema, work
from counterfoil.store.database import Database, Tx
from sandbox_kit import virtual_time

PARKED_AFTER_SECONDS_MAX = 300.0 * 1.2 * ATTEMPTS_BEFORE_PARKING


class Recorder:
    """A reconciler that writes down when it ran, and does what a test wants."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.starts: list[tuple[int, int, datetime]] = []
        self.running: set[int] = set()
        self.most_at_once = 0
        self.polled: list[list[int]] = []
        self.then: Callable[[int, int], Awaitable[float | None]] | None = None

    async def reconcile(self, connection: int, epoch: int) -> float | None:
        assert connection not in self.running, "two runs of one connection overlap"
        self.starts.append((connection, epoch, self.bench.now()))
        self.running.add(connection)
        self.most_at_once = max(self.most_at_once, len(self.running))
        try:
            return await self.then(connection, epoch) if self.then else None
        finally:
            self.running.discard(connection)

    async def poll(self, connections: list[int]) -> None:
        self.polled.append(connections)
        later = self.bench.now() + timedelta(hours=1)

        def again(tx: Tx) -> None:
            for connection in connections:
                work.set_poll(tx, connection, at=later)

        await self.bench.database.transact(again)

    @property
    def all_polled(self) -> list[int]:
        """The connections of all chunks."""
        return [connection for chunk in self.polled for connection in chunk]

    def of(self, connection: int) -> int:
        """How many runs this connection had."""
        return sum(started == connection for started, _, _ in self.starts)


class Bench:
    """A database with some connections, a schedule over it, and a recorder it runs."""

    def __init__(self, path: Path, make: Callable[[Database, Callable[[], datetime]], Engine]) -> None:
        self.now = virtual_time.clock().now
        self.database = Database(f"sqlite:///{path}/schedule.sqlite3")
        self.make = make
        self.engine = make(self.database, self.now)
        self.recorder = Recorder(self)
        self.ids: list[int] = []
        self._service: asyncio.Task[None] | None = None

    async def open(self, *, connections_wanted: int) -> None:
        await self.database.migrate()

        def create(tx: Tx) -> list[int]:
            return [
                connections.create(tx, crm="crm", account_id=f"account {number}", at=self.now()).id
                for number in range(connections_wanted)
            ]

        self.ids = await self.database.transact(create)

    async def start(self) -> None:
        self._service = asyncio.create_task(self.engine.run(self.recorder))
        await asyncio.sleep(1)

    async def wake(self, *ids: int) -> None:
        await self.database.transact(lambda tx: self.engine.wake(tx, ids, at=self.now()))

    async def die(self) -> None:
        """The process is gone in the middle of what it did; a new one has its own schedule."""
        assert self._service is not None
        self._service.cancel()
        await asyncio.gather(self._service, return_exceptions=True)
        self.engine = self.make(self.database, self.now)

    async def close(self) -> None:
        if self._service is not None and not self._service.done():
            self.engine.stop()
            await self._service
        await self.database.close()


def embedded(database: Database, clock: Callable[[], datetime]) -> Engine:
    return Embedded(database, clock=clock, jitter=lambda: 0.5)


def three_at_once(database: Database, clock: Callable[[], datetime]) -> Engine:
    return Embedded(database, clock=clock, jitter=lambda: 0.0, at_once=3)


ADAPTERS = [pytest.param(embedded, id="embedded"), pytest.param(three_at_once, id="embedded, three at once")]


@pytest.fixture(params=ADAPTERS)
def played(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[Callable[[Bench], Awaitable[None]]], None]:
    """Plays a story on a bench whose connections exist, on virtual time."""

    def play(story: Callable[[Bench], Awaitable[None]]) -> None:
        async def told() -> None:
            bench = Bench(tmp_path, request.param)
            await bench.open(connections_wanted=20)
            try:
                await story(bench)
            finally:
                await bench.close()

        virtual_time.run(told())

    return play


Play = Callable[[Callable[[Bench], Awaitable[None]]], None]


def test_a_committed_wake_starts_a_run_after_the_commit(played: Play) -> None:
    async def story(bench: Bench) -> None:
        await bench.start()
        committed = bench.now()
        await bench.wake(bench.ids[3])
        await asyncio.sleep(0.01)

        ((connection, epoch, started),) = bench.recorder.starts
        assert (connection, epoch) == (bench.ids[3], 1)
        assert started >= committed

    played(story)


def test_a_wake_that_is_rolled_back_starts_nothing(played: Play) -> None:
    async def story(bench: Bench) -> None:
        await bench.start()

        def fails(tx: Tx) -> None:
            bench.engine.wake(tx, [bench.ids[0]], at=bench.now())
            raise RuntimeError("the delivery could not be stored")

        with pytest.raises(RuntimeError):
            await bench.database.transact(fails)
        await asyncio.sleep(3 * SWEEP_SECONDS)

        assert bench.recorder.starts == []

    played(story)


def test_many_wakes_before_a_start_are_one_start(played: Play) -> None:
    async def story(bench: Bench) -> None:
        for _ in range(10):
            await bench.wake(bench.ids[0], bench.ids[1])
        await bench.start()
        await asyncio.sleep(3 * SWEEP_SECONDS)

        assert sorted(started for started, _, _ in bench.recorder.starts) == bench.ids[:2]

    played(story)


def test_wakes_during_a_run_are_exactly_one_more_run(played: Play) -> None:
    async def story(bench: Bench) -> None:
        async def slow(connection: int, epoch: int) -> None:
            if epoch == 1:
                for _ in range(5):
                    await bench.wake(connection)
                    await asyncio.sleep(SWEEP_SECONDS)

        bench.recorder.then = slow
        await bench.start()
        await bench.wake(bench.ids[0])
        await asyncio.sleep(20 * SWEEP_SECONDS)

        assert [epoch for _, epoch, _ in bench.recorder.starts] == [1, 2]

    played(story)


def test_no_two_runs_of_a_connection_overlap_and_many_connections_run_at_once(played: Play) -> None:
    async def story(bench: Bench) -> None:
        async def slow(connection: int, epoch: int) -> None:
            await asyncio.sleep(7)

        bench.recorder.then = slow
        await bench.start()
        for _ in range(3):
            await bench.wake(*bench.ids)
            await asyncio.sleep(2)
        await asyncio.sleep(400)

        assert all(bench.recorder.of(connection) >= 1 for connection in bench.ids)
        at_once = 3 if bench.make is three_at_once else len(bench.ids)
        assert bench.recorder.most_at_once == at_once

    played(story)


def test_after_a_freeze_only_the_newest_run_can_write(played: Play) -> None:
    """Two processes believe that they run the connection: the older one's writes are refused."""

    async def story(bench: Bench) -> None:
        connection = bench.ids[0]
        frozen = await bench.database.transact(lambda tx: work.begin(tx, connection, at=bench.now()))
        newer = await bench.database.transact(lambda tx: work.begin(tx, connection, at=bench.now()))
        assert frozen
        assert newer
        with pytest.raises(Fenced):
            await bench.database.transact(lambda tx: work.check_epoch(tx, connection, frozen.epoch))
        overtaken = await bench.database.transact(
            lambda tx: work.finish(tx, connection, epoch=frozen.epoch, due_at=None)
        )
        assert overtaken is None
        await bench.database.transact(lambda tx: work.check_epoch(tx, connection, newer.epoch))

    played(story)


def test_what_a_dead_worker_had_begun_is_run_again(played: Play) -> None:
    async def story(bench: Bench) -> None:
        async def forever(connection: int, epoch: int) -> None:
            await asyncio.sleep(1_000_000)

        bench.recorder.then = forever
        await bench.start()
        await bench.wake(bench.ids[0])
        await asyncio.sleep(1)
        await bench.die()
        bench.recorder.then = None
        died = bench.now()
        await bench.start()
        await asyncio.sleep(2 * SWEEP_SECONDS)

        (_, first, _), (_, second, again) = bench.recorder.starts
        assert (first, second) == (1, 2)
        assert again - died <= timedelta(seconds=SWEEP_SECONDS)

    played(story)


def test_a_run_that_raises_is_due_again_after_growing_pauses_and_parked_in_the_end(played: Play) -> None:
    async def story(bench: Bench) -> None:
        async def fails(connection: int, epoch: int) -> None:
            raise RuntimeError("no luck")

        bench.recorder.then = fails
        await bench.start()
        await bench.wake(bench.ids[0])
        await asyncio.sleep(PARKED_AFTER_SECONDS_MAX)

        at = [started for _, _, started in bench.recorder.starts]
        pauses = [(after - before).total_seconds() for before, after in itertools.pairwise(at)]
        assert len(at) == ATTEMPTS_BEFORE_PARKING
        assert pauses == sorted(pauses)
        assert pauses[0] < 5
        assert pauses[-1] >= 300
        assert (await bench.engine.stats()).parked == 1
        # A parked connection is not lost: the next thing that happens gives it another chance.
        bench.recorder.then = None
        await bench.wake(bench.ids[0])
        await asyncio.sleep(1)
        assert bench.recorder.of(bench.ids[0]) == ATTEMPTS_BEFORE_PARKING + 1
        assert (await bench.engine.stats()).parked == 0

    played(story)


def test_a_run_that_takes_its_process_with_it_is_parked_too(played: Play) -> None:
    async def story(bench: Bench) -> None:
        async def forever(connection: int, epoch: int) -> None:
            await asyncio.sleep(1_000_000)

        bench.recorder.then = forever
        await bench.wake(bench.ids[0])
        for _ in range(ATTEMPTS_BEFORE_PARKING + 3):
            await bench.start()
            await bench.die()

        assert bench.recorder.of(bench.ids[0]) == ATTEMPTS_BEFORE_PARKING
        assert (await bench.engine.stats()).parked == 1

    played(story)


def test_a_run_that_wants_to_come_again_comes_again_then(played: Play) -> None:
    async def story(bench: Bench) -> None:
        async def thrice(connection: int, epoch: int) -> float | None:
            return 42.0 if epoch < 3 else None

        bench.recorder.then = thrice
        await bench.start()
        await bench.wake(bench.ids[0])
        await asyncio.sleep(1000)

        at = [started for _, _, started in bench.recorder.starts]
        assert [round((after - at[0]).total_seconds()) for after in at] == [0, 42, 84]

    played(story)


def test_hints_may_be_lost(played: Play) -> None:
    """Somebody else changed the rows: another process, an operator, a restored backup. The sweep finds it."""

    async def story(bench: Bench) -> None:
        await bench.start()
        table = schema.connection_work
        await bench.database.transact(
            lambda tx: tx.execute(
                sa.update(table)
                .where(table.c.connection == bench.ids[5])
                .values(wake=True, wake_at=bench.now())
            )
        )
        await asyncio.sleep(2 * SWEEP_SECONDS)

        assert bench.recorder.of(bench.ids[5]) == 1

    played(story)


def test_polls_come_when_they_are_due_in_chunks_and_once(played: Play) -> None:
    async def story(bench: Bench) -> None:
        due = bench.now() + timedelta(minutes=4)

        def plan_polls(tx: Tx) -> None:
            for connection in bench.ids:
                work.set_poll(tx, connection, at=due)

        await bench.database.transact(plan_polls)
        await bench.start()
        await asyncio.sleep(230)
        assert bench.recorder.polled == []
        await asyncio.sleep(20)
        assert sorted(bench.recorder.all_polled) == bench.ids
        await asyncio.sleep(1800)
        assert len(bench.recorder.all_polled) == len(bench.ids)

    played(story)


def test_a_stop_finishes_what_is_under_way_and_begins_nothing_more(played: Play) -> None:
    async def story(bench: Bench) -> None:
        finished: list[int] = []

        async def slow(connection: int, epoch: int) -> None:
            await asyncio.sleep(10)
            finished.append(connection)

        bench.recorder.then = slow
        await bench.start()
        await bench.wake(bench.ids[0])
        await asyncio.sleep(1)
        bench.engine.stop()
        await bench.wake(bench.ids[0], bench.ids[1])
        await bench.close()

        assert finished == [bench.ids[0]]
        assert bench.recorder.of(bench.ids[1]) == 0

    played(story)


def test_the_load_can_be_told(played: Play) -> None:
    async def story(bench: Bench) -> None:
        await bench.wake(*bench.ids[:4])
        await bench.database.transact(lambda tx: work.set_poll(tx, bench.ids[0], at=bench.now()))
        await asyncio.sleep(90)

        stats = await bench.engine.stats()
        assert (stats.waiting, stats.running, stats.parked, stats.late_polls) == (4, 0, 0, 1)
        assert round(stats.oldest_wake_seconds) == 90

    played(story)
