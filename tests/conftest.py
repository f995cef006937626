"""For all tests: an ear for what is said to HighLevel and plain logs; for those that want one, a PostgreSQL server."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
import sqlalchemy as sa
import structlog

from highlevel_files.everywhere import Ear, listening

LOCAL_SOCKET = "postgresql:///postgres?host=/var/run/postgresql"
TRIED = (OSError, asyncpg.PostgresError)


class Server:
    """A server on which databases can be made; each is dropped with the session."""

    def __init__(self, address: str) -> None:
        self._address = sa.make_url(address)
        self._numbers = itertools.count(1)
        self._made: list[str] = []

    def database(self) -> str:
        """The address of a new, empty database. Raises what `TRIED` names."""
        worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        name = f"counterfoil_test_{worker}_{os.getpid()}_{next(self._numbers)}"
        self._execute(
            f'DROP DATABASE IF EXISTS "{name}"',
            f'CREATE DATABASE "{name}"',
            # A test with deadlocks in it need not wait a second for each to be noticed.
            f'ALTER DATABASE "{name}" SET deadlock_timeout = 20',
        )
        self._made.append(name)
        return self._address.set(database=name).render_as_string(hide_password=False)

    def clear_away(self) -> None:
        """Drop all that was made."""
        self._execute(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in self._made))

    def _execute(self, *statements: str) -> None:
        async def execute() -> None:
            admin = await asyncpg.connect(self._address.render_as_string(hide_password=False))
            try:
                for statement in statements:
                    await admin.execute(statement)
            finally:
                await admin.close()

        # A test may ask for a database while its own loop runs, so this one runs beside it.
        with ThreadPoolExecutor(1) as beside:
            beside.submit(asyncio.run, execute()).result()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: half as many again as there are cores, because whole services on real time mostly wait."""
    return max(2, 3 * (os.cpu_count() or 1) // 2)


@pytest.fixture(autouse=True)
def ear(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    """What is asked of HighLevel and what its stand-in answers is as in HighLevel's own files, in every test."""
    with listening(monkeypatch) as ear:
        yield ear
    assert list(ear.found) == []


@pytest.fixture(autouse=True)
def plain_tracebacks() -> None:
    """Logged exceptions are printed as Python does; the default draws every local variable, which takes seconds."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """The server that COUNTERFOIL_TEST_POSTGRES names, else the one on the local socket.

    Without one these tests are skipped; where one is named, and in CI, they fail.
    """
    server = Server(os.environ.get("COUNTERFOIL_TEST_POSTGRES", LOCAL_SOCKET))
    try:
        server.database()
    except TRIED as error:
        if "COUNTERFOIL_CI" in os.environ or "COUNTERFOIL_TEST_POSTGRES" in os.environ:
            raise
        pytest.skip(f"No PostgreSQL server answers (COUNTERFOIL_TEST_POSTGRES names one): {error}")
    yield server
    server.clear_away()
