"""The row behind the schedule: wakes, runs and their fence, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from counterfoil.store import work
from counterfoil.store.database import Database

from .conftest import NOW, Clock, Connect


async def begin(database: Database, connection: int, clock: Clock) -> work.Begun | None:
    return await database.transact(lambda tx: work.begin(tx, connection, at=clock.now))


async def wake(database: Database, clock: Clock, *ids: int) -> tuple[int, ...]:
    return await database.transact(lambda tx: work.wake(tx, ids, at=clock.now))


async def test_only_the_first_wake_flips(database: Database, connect: Connect, clock: Clock) -> None:
    one, two = await connect("one"), await connect("two")
    assert await wake(database, clock, two, one, two) == (one, two)
    assert await wake(database, clock, one, two) == ()
    assert await database.read(lambda tx: work.wanted(tx, at=clock.now)) == (one, two)


async def test_a_run_takes_the_wake_and_is_due_until_it_ends(
    database: Database, connection: int, clock: Clock
) -> None:
    await wake(database, clock, connection)
    begun = await begin(database, connection, clock)
    assert begun == work.Begun(epoch=1, attempts=1)
    assert await database.read(lambda tx: work.wanted(tx, at=clock.now)) == (connection,)
    assert await wake(database, clock, connection) == (connection,)
    woken = await database.transact(lambda tx: work.finish(tx, connection, epoch=1, due_at=None))
    assert woken is True
    again = await begin(database, connection, clock)
    assert again == work.Begun(epoch=2, attempts=1)
    assert await database.transact(lambda tx: work.finish(tx, connection, epoch=2, due_at=None)) is False
    assert await database.read(lambda tx: work.wanted(tx, at=clock.now)) == ()


async def test_an_overtaken_run_can_write_nothing(database: Database, connection: int, clock: Clock) -> None:
    await begin(database, connection, clock)
    await begin(database, connection, clock)
    with pytest.raises(work.Fenced):
        await database.transact(lambda tx: work.check_epoch(tx, connection, 1))
    assert await database.transact(lambda tx: work.finish(tx, connection, epoch=1, due_at=None)) is None
    await database.transact(lambda tx: work.check_epoch(tx, connection, 2))


async def test_a_failed_run_is_due_again_or_parked_until_it_is_woken(
    database: Database, connection: int, clock: Clock
) -> None:
    async def fail(epoch: int, *, parked: bool) -> None:
        due_at = None if parked else clock.now + timedelta(seconds=8)
        await database.transact(
            lambda tx: work.fail(
                tx, connection, epoch=epoch, due_at=due_at, parked=parked, attempts=3, error="KeyError"
            )
        )

    await begin(database, connection, clock)
    await fail(1, parked=False)
    assert await database.read(lambda tx: work.wanted(tx, at=clock.now)) == ()
    assert await database.read(lambda tx: work.wanted(tx, at=clock.forward(8))) == (connection,)
    assert await begin(database, connection, clock) == work.Begun(epoch=2, attempts=4)
    await fail(2, parked=True)
    assert await database.read(work.parked) == (connection,)
    assert await begin(database, connection, clock) is None
    await wake(database, clock, connection)
    assert await database.read(work.parked) == ()
    assert await begin(database, connection, clock) == work.Begun(epoch=3, attempts=4)


async def test_R72_a_run_that_was_woken_while_it_failed_is_not_parked(
    database: Database, connection: int, clock: Clock
) -> None:
    """Its wake-up has not been answered; a later one would find it awake and change nothing."""
    await begin(database, connection, clock)
    await wake(database, clock, connection)
    woken = await database.transact(
        lambda tx: work.fail(tx, connection, epoch=1, due_at=None, parked=True, attempts=11, error="KeyError")
    )
    assert woken
    assert await database.read(work.parked) == ()
    assert await database.read(lambda tx: work.wanted(tx, at=clock.now)) == (connection,)
    assert await begin(database, connection, clock) == work.Begun(epoch=2, attempts=12)


async def test_polls_are_due_in_their_order(database: Database, connect: Connect, clock: Clock) -> None:
    one, two, three = [await connect(name) for name in ("one", "two", "three")]
    for connection, minutes in ((one, 3), (two, 1), (three, 9)):
        at = NOW + timedelta(minutes=minutes)
        await database.transact(lambda tx, c=connection, at=at: work.set_poll(tx, c, at=at))  # type: ignore[misc]
    assert await database.read(lambda tx: work.to_poll(tx, at=NOW)) == ()
    assert await database.read(lambda tx: work.to_poll(tx, at=clock.forward(300))) == (two, one)
    load = await database.read(lambda tx: work.load(tx, at=clock.now, late_before=clock.now))
    assert (load.wanted, load.late_polls, load.parked, load.oldest_wake_at) == ((), 2, 0, None)


async def test_what_is_wanted_of_one_connection_can_be_told(
    database: Database, connection: int, clock: Clock
) -> None:
    await wake(database, clock, connection)
    one = await database.read(lambda tx: work.one(tx, connection))
    assert one is not None
    assert (one.wake, one.wake_at, one.parked) == (True, NOW, False)
