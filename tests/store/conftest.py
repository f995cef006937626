"""Every test of the store runs on both databases, so that nothing grows that only one of them can do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from counterfoil.store import connections, schema
from counterfoil.store.database import Database, Tx

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


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
def postgresql(postgresql_server: Any) -> str:
    """The address of a migrated database of this worker on the PostgreSQL server."""
    mine = str(postgresql_server.database())

    async def prepare() -> None:
        database = Database(mine)
        await database.migrate()
        await database.close()

    asyncio.run(prepare())
    return mine


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
