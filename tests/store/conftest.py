"""Every test of the store runs on both databases, so that nothing grows that only one of them can do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from counterfoil.store import connections, schema
from counterfoil.store.database import Database, Tx

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LOCAL_SOCKET = "postgresql:///postgres?host=/var/run/postgresql"
TRIED = (OSError, asyncpg.PostgresError)


class Clock:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.now = NOW

    def forward(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a fresh, migrated database of this worker on the PostgreSQL server.

    The server is the one that COUNTERFOIL_TEST_POSTGRES names, else the one on the local socket. Without one these
    tests are skipped; where one is named, and in CI, they fail.
    """
    server = sa.make_url(os.environ.get("COUNTERFOIL_TEST_POSTGRES", LOCAL_SOCKET))
    name = f"counterfoil_test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}"
    mine = server.set(database=name).render_as_string(hide_password=False)

    async def prepare() -> None:
        admin = await asyncpg.connect(server.render_as_string(hide_password=False))
        try:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
            await admin.execute(f'CREATE DATABASE "{name}"')
            # A test with deadlocks in it need not wait a second for each to be noticed.
            await admin.execute(f'ALTER DATABASE "{name}" SET deadlock_timeout = 20')
        finally:
            await admin.close()
        database = Database(mine)
        await database.migrate()
        await database.close()

    async def clear_away() -> None:
        admin = await asyncpg.connect(server.render_as_string(hide_password=False))
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()

    try:
        asyncio.run(prepare())
    except TRIED as error:
        if "COUNTERFOIL_CI" in os.environ or "COUNTERFOIL_TEST_POSTGRES" in os.environ:
            raise
        pytest.skip(f"No PostgreSQL server answers (COUNTERFOIL_TEST_POSTGRES names one): {error}")
    yield mine
    asyncio.run(clear_away())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database is, with all tables and no rows."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite3"
    return str(request.getfixturevalue("postgresql"))


def empty(tx: Tx) -> None:
    """Delete all rows."""
    for table in reversed(schema.metadata.sorted_tables):
        tx.execute(table.delete())


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """An open database with all tables and no rows."""
    opened = Database(url)
    await opened.migrate()
    if url.startswith("postgresql"):
        # Faster than TRUNCATE, which makes new files for tables that are nearly empty.
        await opened.transact(empty)
    yield opened
    await opened.close()


on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
"""For what cannot happen on SQLite, where units of work come one after the other."""

on_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For what is about the one file."""


Connect = Callable[[str], Awaitable[int]]


@pytest.fixture
def connect(database: Database) -> Connect:
    """Makes connections; gives their numbers."""

    async def make(account: str) -> int:
        return await database.transact(
            lambda tx: connections.create(tx, crm="crm", account_id=account, at=NOW).id
        )

    return make


@pytest.fixture
async def connection(connect: Connect) -> int:
    """The number of one connection."""
    return await connect("account")
