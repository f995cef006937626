"""Transactions, durability and the claim on a database; on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from counterfoil.store import arrivals, connections, schema, usage
from counterfoil.store.database import Database, DatabaseInUse, Tx, after_commit

from .conftest import NOW, Connect, on_sqlite

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from counterfoil.store import arrivals
from counterfoil.store.database import Database

async def main(url):
    database = Database(url)
    await database.claim()
    number = 0
    while True:
        number += 1
        await database.transact(lambda tx: arrivals.keep(
            tx, source="quickbooks", delivery_id=str(number), connection=None, event="e", body=b"",
            at=datetime.now(UTC)))
        print(number, flush=True)

asyncio.run(main(sys.argv[1]))
"""
"""A process that stores deliveries and says so after each commit, until it is killed."""


async def test_the_migrations_make_the_tables_of_the_schema(database: Database) -> None:
    """Nobody forgot a revision, and none makes something else."""
    options = {"compare_type": True, "target_metadata": schema.metadata}

    def differences(tx: Tx) -> list[object]:
        found = compare_metadata(MigrationContext.configure(tx, opts=options), schema.metadata)
        return list(found)

    assert await database.read(differences) == []


async def test_migrating_again_changes_nothing(database: Database, connection: int) -> None:
    await database.migrate()
    known = await database.read(lambda tx: connections.get(tx, connection))
    assert known.account_id == "account"


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It holds customers' data, and so do the files that SQLite keeps beside it."""
    database = Database(f"sqlite:///{tmp_path}/books.sqlite3")
    asyncio.run(database.migrate())
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("books.sqlite3*")}
    assert modes["books.sqlite3"] == 0o600
    assert set(modes.values()) == {0o600}
    asyncio.run(database.close())


async def test_R70_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    """WAL with full synchronisation, so that a delivery answered with 2xx is on the disk."""
    database = Database(f"sqlite:///{tmp_path}/books.sqlite3")
    await database.migrate()

    def pragmas(tx: Tx) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    full = 2
    assert await database.read(pragmas) == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }
    await database.close()


async def writing(url: str) -> asyncio.subprocess.Process:
    """A process that holds the database and has stored at least one delivery."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, url), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"1\n"
    return process


async def test_R70_what_was_committed_survives_a_kill(database: Database, url: str) -> None:
    """The process is killed in the middle of its work; every delivery it said it had stored is there."""
    process = await writing(url)
    assert process.stdout is not None
    said = [await process.stdout.readline() for _ in range(25)]
    process.kill()
    said += (await process.stdout.read()).splitlines()
    await process.wait()

    kept = await database.read(lambda tx: set(tx.execute(sa.select(schema.arrivals.c.delivery_id)).scalars()))
    assert {line.decode().strip() for line in said if line.strip()} <= kept


async def test_one_service_at_a_time_works_on_a_database(database: Database, url: str) -> None:
    """A second one is refused with words, until the first has died."""
    first = await writing(url)
    with pytest.raises(DatabaseInUse, match="Stop it first"):
        await database.claim()
    first.kill()
    await first.wait()
    second = Database(url)
    for _ in range(50):
        # PostgreSQL notices the death of a client a moment later.
        try:
            await second.claim()
            break
        except DatabaseInUse:
            await second.close()
            second = Database(url)
            await asyncio.sleep(0.1)
    else:
        raise AssertionError("the claim of a dead process was never freed")
    await second.close()


async def test_an_exception_changes_nothing(database: Database, connection: int) -> None:
    def fails(tx: Tx) -> None:
        usage.count(tx, connection, bank="crm", kind="read", day=NOW.date(), calls=3)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await database.transact(fails)
    assert await database.read(lambda tx: usage.totals(tx, connection)) == {}


async def test_what_follows_a_commit_follows_only_a_commit(database: Database, connection: int) -> None:
    happened: list[str] = []

    def fails(tx: Tx) -> None:
        after_commit(tx, lambda: happened.append("rolled back"))
        raise RuntimeError("no")

    def works(tx: Tx) -> None:
        after_commit(tx, lambda: happened.append("committed"))
        assert happened == []

    with pytest.raises(RuntimeError):
        await database.transact(fails)
    await database.read(lambda tx: connections.get(tx, connection))
    await database.transact(works)
    await database.transact(lambda tx: None)
    assert happened == ["committed"]


@on_sqlite
async def test_a_unit_of_work_inside_another_is_refused(database: Database, connection: int) -> None:
    """There is one connection, and the end of the inner transaction would be the end of the outer one."""

    def count(tx: Tx) -> None:
        usage.count(tx, connection, bank="crm", kind="read", day=NOW.date(), calls=1)

    def nests(tx: Tx) -> None:
        count(tx)
        with contextlib.suppress(StopIteration):
            database.transact(count).send(None)

    with pytest.raises(RuntimeError, match="inside another one"):
        await database.transact(nests)
    assert await database.read(lambda tx: usage.totals(tx, connection)) == {}
    await database.transact(count)
    assert await database.read(lambda tx: usage.totals(tx, connection)) == {("crm", "read"): 1}


async def test_a_migration_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/half.sqlite3")
    last = schema.progress
    await database.transact(lambda tx: tx.execute(sa.text(f"CREATE TABLE {last.name} (x INTEGER)")))
    with pytest.raises(sa.exc.OperationalError, match="already exists"):
        await database.migrate()
    assert await database.read(lambda tx: sa.inspect(tx).get_table_names()) == [last.name]
    await database.transact(lambda tx: tx.execute(sa.text(f"DROP TABLE {last.name}")))
    await database.migrate()
    await database.close()


async def test_many_transactions_at_once_lose_nothing(database: Database, connection: int) -> None:
    """Six tasks count in one row, in two orders of two rows: deadlocks are tried again."""
    days = [NOW.date(), NOW.date().replace(day=3)]

    def count(tx: Tx, *, reverse: bool) -> None:
        for day in sorted(days, reverse=reverse):
            usage.count(tx, connection, bank="crm", kind="read", day=day, calls=1)

    await asyncio.gather(
        *(
            database.transact(lambda tx, reverse=bool(number % 2): count(tx, reverse=reverse))
            for number in range(6)
        )
    )
    assert await database.read(lambda tx: usage.totals(tx, connection)) == {("crm", "read"): 12}


async def test_errors_do_not_show_what_was_stored(database: Database) -> None:
    """A statement that fails is logged; its parameters are people's data."""
    secret = b"maya.ortiz@example.com"
    with pytest.raises(sa.exc.IntegrityError) as caught:
        await database.transact(
            lambda tx: arrivals.keep(
                tx, source="crm", delivery_id="1", connection=99, event="e", body=secret, at=NOW
            )
        )
    assert "maya" not in str(caught.value)


def test_an_address_of_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="sqlite:// or postgresql://"):
        Database("mysql://localhost/books")


async def test_connections_do_not_see_each_other(database: Database, connect: Connect) -> None:
    one, two = await connect("one"), await connect("two")
    await database.transact(lambda tx: usage.count(tx, one, bank="crm", kind="read", day=NOW.date(), calls=3))
    assert await database.read(lambda tx: usage.totals(tx, two)) == {}
