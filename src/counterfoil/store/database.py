"""Open the database and run units of work in transactions; the whole difference between SQLite and PostgreSQL.

A unit of work is a function that gets a `Tx` and returns a value. On SQLite it runs inline on the event loop, in one
`BEGIN IMMEDIATE` transaction on the process's one connection: a statement takes microseconds, and a commit is on the
disk when it returns (WAL with full synchronisation). On PostgreSQL it runs over asyncpg in SQLAlchemy's greenlet.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from counterfoil.store import migrate

T = TypeVar("T")

Tx = sa.Connection
"""An open transaction; opaque outside the store."""

_AFTER_COMMIT = "after_commit"
_TRIES = 5
_AGAIN = frozenset({"40001", "40P01"})
"""PostgreSQL's states for a serialization failure and a deadlock: the same work again succeeds."""

_CLAIM = 7_205_759_403
"""The advisory lock that a service process holds on PostgreSQL, so that there is one per database."""


class DatabaseInUse(Exception):
    """Another service process works on this database; the message says what to do."""


class Unusable(Exception):
    """The database cannot be opened, or does not answer; the message says so in plain words, without a password."""


def after_commit(tx: Tx, call: Callable[[], None]) -> None:
    """Run `call` once this transaction has committed; never when it is rolled back."""
    tx.info[_AFTER_COMMIT].append(call)


class Database:
    """One database of one process. `url` is `sqlite:///path`, `sqlite://` (in memory) or `postgresql://…`.

    A file that is not there is made, unless `create` is False. Raises ValueError for another kind of address, Unusable
    for a file that cannot be opened.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.url = url
        self._lock: int | None = None
        self._claimed: AsyncConnection | None = None
        self._busy = False
        parsed = sa.make_url(url)
        self._sqlite: sa.Engine | None = None
        self._postgres: AsyncEngine | None = None
        if parsed.get_backend_name() == "sqlite":
            self._sqlite = _open_sqlite(parsed, create=create)
        elif parsed.get_backend_name() == "postgresql":
            self._postgres = create_async_engine(
                _for_asyncpg(parsed), pool_pre_ping=True, pool_size=10, hide_parameters=True
            )
        else:
            raise ValueError("COUNTERFOIL_DATABASE_URL must begin with sqlite:// or postgresql://")

    async def check(self) -> None:
        """Begin to write, and leave it at that. Raises Unusable."""
        try:
            await self.transact(lambda tx: tx.execute(sa.select(1)))
        except Exception as error:
            where = sa.make_url(self.url).render_as_string(hide_password=True)
            # Drivers raise families of their own here; their words may hold what nobody should read.
            raise Unusable(
                f"The database {where} does not work ({type(error).__name__}). Look at COUNTERFOIL_DATABASE_URL: does "
                "the server run, does the file belong to this user, is it a database?"
            ) from error

    async def claim(self) -> None:
        """Take the database for this service process. Raises DatabaseInUse when another one has it."""
        if self._postgres is not None:
            self._claimed = await self._postgres.connect()
            taken = await self._claimed.scalar(sa.select(sa.func.pg_try_advisory_lock(_CLAIM)))
            await self._claimed.commit()
            if not taken:
                raise DatabaseInUse("Another Counterfoil service works on this database. Stop it first.")
            return
        path = sa.make_url(self.url).database
        if not path or path == ":memory:":
            return
        self._lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DatabaseInUse(f"Another Counterfoil service works on {path}. Stop it first.") from error

    async def migrate(self) -> None:
        """Bring the tables up to date; safe to repeat, and for two processes at once."""
        if self._sqlite is not None:
            self._on_sqlite(migrate.upgrade)
            return
        assert self._postgres is not None
        async with self._postgres.begin() as connection:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CLAIM + 1)))
            await connection.run_sync(migrate.upgrade)

    async def revision(self) -> str:
        """The revision that the tables are at; empty for a database without any."""
        return await self.read(migrate.revision)

    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Run the work in one transaction and return what it returns; on an exception nothing is changed.

        Work may be done several times before it commits (PostgreSQL resolves deadlocks so): it changes rows only, and
        what shall happen besides goes through `after_commit`.
        """
        calls: list[Callable[[], None]] = []

        def run(tx: Tx) -> T:
            calls.clear()
            # Held here, because a connection that breaks in the work gives its `info` no more.
            info = tx.info
            info[_AFTER_COMMIT] = calls
            try:
                return work(tx)
            finally:
                info.pop(_AFTER_COMMIT, None)

        outcome = self._on_sqlite(run) if self._sqlite is not None else await self._on_postgres(run)
        for call in calls:
            call()
        return outcome

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run a question; it takes no write lock."""
        if self._sqlite is not None:
            return self._on_sqlite(work, reads=True)
        assert self._postgres is not None
        async with self._postgres.connect() as connection, connection.begin():
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Let go of the database."""
        if self._claimed is not None:
            await self._claimed.close()
        if self._postgres is not None:
            await self._postgres.dispose()
        if self._sqlite is not None:
            self._sqlite.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _on_sqlite(self, run: Callable[[Tx], T], *, reads: bool = False) -> T:
        """Run in a transaction on SQLite's one connection. Raises RuntimeError inside another unit of work."""
        assert self._sqlite is not None
        if self._busy:
            raise RuntimeError("A unit of work began inside another one. Make one function of the two.")
        self._busy = True
        try:
            with self._sqlite.connect() as tx:
                tx.execution_options(counterfoil_reads=reads)
                with tx.begin():
                    return run(tx)
        finally:
            self._busy = False

    async def _on_postgres(self, run: Callable[[Tx], T]) -> T:
        """Run in a transaction on PostgreSQL, again when it lost against another one."""
        assert self._postgres is not None
        for attempt in range(_TRIES):
            try:
                async with self._postgres.begin() as connection:
                    return await connection.run_sync(run)
            except sa.exc.DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _AGAIN or attempt == _TRIES - 1:
                    raise
                await asyncio.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")


def _open_sqlite(url: sa.URL, *, create: bool) -> sa.Engine:
    if url.database and url.database != ":memory:":
        _file(Path(url.database), create=create)
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "isolation_level": None},
        # Parameters are people's data; an error is logged with its statement only.
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        # FULL: a delivery that was answered with 2xx survives a power cut.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get("counterfoil_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _file(path: Path, *, create: bool) -> None:
    """The file is there. It holds customers' data: for this user alone; SQLite gives its other files the same mode."""
    if not create and not path.exists():
        raise Unusable(
            f"There is no database at {path}. Look at COUNTERFOIL_DATABASE_URL, or run `counterfoil migrate`."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise Unusable(f"The database file {path} cannot be opened: {error.strerror}.") from error


def _for_asyncpg(url: sa.URL) -> sa.URL:
    return url.set(drivername="postgresql+asyncpg")
