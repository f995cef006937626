"""Units of work at the same time on PostgreSQL: what loses is done again, and what must not overtake does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from counterfoil.quickbooks import entities
from counterfoil.store import mirror, usage, work
from counterfoil.store.database import Database, Tx, after_commit

from .conftest import NOW, on_postgresql

pytestmark = on_postgresql

DAYS = (NOW.date(), NOW.date().replace(day=3))


def fails_with(sqlstate: str) -> sa.TextClause:
    return sa.text(f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{sqlstate}'; END $$")


def losing(
    times: int, sqlstate: str, connection: int, tries: list[int], told: list[str]
) -> Callable[[Tx], str]:
    """Work that counts one call, and loses against another transaction so many times."""

    def run(tx: Tx) -> str:
        tries.append(len(tries))
        usage.count(tx, connection, bank="crm", kind="read", day=DAYS[0], calls=1)
        after_commit(tx, lambda: told.append("committed"))
        if len(tries) <= times:
            tx.execute(fails_with(sqlstate))
        return "done"

    return run


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"], ids=["serialization", "deadlock"])
async def test_work_that_lost_is_done_again_and_counts_once(
    database: Database, connection: int, sqlstate: str
) -> None:
    tries: list[int] = []
    told: list[str] = []
    assert await database.transact(losing(3, sqlstate, connection, tries, told)) == "done"
    assert (len(tries), told) == (4, ["committed"])
    assert await database.read(lambda tx: usage.totals(tx, connection)) == {("crm", "read"): 1}


@pytest.mark.parametrize(("sqlstate", "expected"), [("40001", 5), ("22012", 1)], ids=["lost", "wrong"])
async def test_work_that_keeps_losing_or_is_wrong_fails(
    database: Database, connection: int, sqlstate: str, expected: int
) -> None:
    tries: list[int] = []
    told: list[str] = []
    with pytest.raises(sa.exc.DBAPIError):
        await database.transact(losing(99, sqlstate, connection, tries, told))
    assert (len(tries), told) == (expected, [])
    assert await database.read(lambda tx: usage.totals(tx, connection)) == {}


async def test_of_two_in_a_deadlock_both_are_done(database: Database, connection: int) -> None:
    """Each holds one of two rows and asks for the other's."""
    both_hold = asyncio.Barrier(2)
    tries: list[int] = []

    def count(tx: Tx, days: Sequence[date]) -> None:
        tries.append(len(tries))
        first = len(tries) <= 2
        for day in days:
            usage.count(tx, connection, bank="crm", kind="read", day=day, calls=1)
            if first and day == days[0]:
                await_only(both_hold.wait())

    async with asyncio.timeout(10):
        await asyncio.gather(
            database.transact(lambda tx: count(tx, DAYS)),
            database.transact(lambda tx: count(tx, DAYS[::-1])),
        )
    assert len(tries) == 3
    assert await database.read(lambda tx: usage.totals(tx, connection)) == {("crm", "read"): 4}


async def test_R75_the_newest_wins_whoever_writes_it_last(database: Database, connection: int) -> None:
    """A poll brings an old state while our own write brings a newer one, of an object nobody knew before."""

    def put(tx: Tx, token: int) -> bool:
        raw = f'{{"Id":"1","SyncToken":"{token}","DisplayName":"Ada {token}"}}'.encode()
        found = msgspec.json.decode(raw, type=entities.Customer)
        return mirror.put(tx, connection, entity="Customer", object=found, raw=raw, at=NOW)

    written, committed = asyncio.Event(), asyncio.Event()

    def newer(tx: Tx) -> bool:
        kept = put(tx, 7)
        written.set()
        await_only(committed.wait())
        return kept

    async def late() -> bool:
        await written.wait()
        old = asyncio.create_task(database.transact(lambda tx: put(tx, 6)))
        await blocked(database)
        committed.set()
        return await old

    async with asyncio.timeout(10):
        assert await asyncio.gather(database.transact(newer), late()) == [True, False]
    found = await database.read(lambda tx: mirror.get(tx, connection, entity="Customer", id="1"))
    assert isinstance(found, entities.Customer)
    assert found.display_name == "Ada 7"


async def test_R71_a_run_that_passed_its_fence_is_not_overtaken_before_it_has_written(
    database: Database, connection: int
) -> None:
    await database.transact(lambda tx: work.begin(tx, connection, at=NOW))
    passed, may_write = asyncio.Event(), asyncio.Event()
    order: list[str] = []

    def write(tx: Tx) -> None:
        work.check_epoch(tx, connection, 1)
        passed.set()
        await_only(may_write.wait())
        order.append("written")

    def overtake(tx: Tx) -> None:
        work.begin(tx, connection, at=NOW)
        order.append("overtaken")

    async def overtaking() -> None:
        await passed.wait()
        other = asyncio.create_task(database.transact(overtake))
        await blocked(database)
        may_write.set()
        await other

    async with asyncio.timeout(10):
        await asyncio.gather(database.transact(write), overtaking())
    assert order == ["written", "overtaken"]
    with pytest.raises(work.Fenced):
        await database.transact(write)


async def blocked(database: Database) -> None:
    """Returns when a transaction of this database waits for another one."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not await database.read(lambda tx: tx.scalar(waiting)):  # noqa: ASYNC110  # only the server knows
        await asyncio.sleep(0.01)
