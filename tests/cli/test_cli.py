"""The command line: plain words for what is wrong, exit codes for machines, and a service that starts and stops well."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import structlog
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from counterfoil import assembly
from counterfoil.cli import serve
from counterfoil.cli.main import app
from counterfoil.settings import from_environment
from counterfoil.store import attention, connections, records, usage
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.sync.reasons import Because

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
INVOICE = RecordRef(Kind.INVOICE, "inv-1")


def environment(folder: Path, **other: str) -> dict[str, str]:
    """Settings of a service that keeps its file in this folder; its banks are nowhere."""
    return {
        "COUNTERFOIL_PUBLIC_URL": "http://127.0.0.1:1",
        "COUNTERFOIL_SECRET_KEYS": Fernet.generate_key().decode(),
        "COUNTERFOIL_DATABASE_URL": f"sqlite:///{folder}/books.sqlite3",
        "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": "q",
        "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": "qs",
        "COUNTERFOIL_QUICKBOOKS_BASE_URL": "http://127.0.0.1:1",
        "COUNTERFOIL_HIGHLEVEL_CLIENT_ID": "h-1",
        "COUNTERFOIL_HIGHLEVEL_CLIENT_SECRET": "hs",
        "COUNTERFOIL_HIGHLEVEL_BASE_URL": "http://127.0.0.1:1",
        **other,
    }


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("COUNTERFOIL_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def logs_end_with_the_test() -> Iterator[None]:
    """`serve` writes its log to the standard error of its time, which a runner closes."""
    yield
    structlog.reset_defaults()


def call(*arguments: str, settings: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    outcome = CliRunner().invoke(app, list(arguments), env=settings or {})
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_a_new_key_is_printed_and_nothing_else() -> None:
    code, out, _ = call("keys")
    assert code == 0
    Fernet(out.strip())
    assert call("keys")[1] != out


@pytest.mark.usefixtures("nothing_set")
@pytest.mark.parametrize("command", ["serve", "migrate", "status", "doctor"])
def test_all_that_is_missing_is_said_at_once(command: str) -> None:
    code, _, said = call(command)
    assert code == 2
    for name in ("COUNTERFOIL_PUBLIC_URL", "COUNTERFOIL_SECRET_KEYS", "COUNTERFOIL_HIGHLEVEL_CLIENT_SECRET"):
        assert name in said


def test_a_malformed_key_is_said_without_showing_it(tmp_path: Path) -> None:
    code, _, said = call("serve", settings=environment(tmp_path, COUNTERFOIL_SECRET_KEYS="my secret key"))
    assert code == 2
    assert "counterfoil keys" in said
    assert "my secret" not in said


def test_migrate_says_what_it_did(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    first, second = call("migrate", settings=settings), call("migrate", settings=settings)
    assert (first[0], second[0]) == (0, 0)
    assert "before: none" in first[1]
    assert "up to date" in second[1]


def test_status_of_an_empty_database_says_what_to_do(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    call("migrate", settings=settings)
    code, out, _ = call("status", settings=settings)
    assert code == 0
    assert "no connection yet" in out


def test_status_of_a_mistyped_path_makes_no_file(tmp_path: Path) -> None:
    code, _, said = call("status", settings=environment(tmp_path))

    assert code == 1
    assert "There is no database at" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["serve", "migrate", "status", "doctor"])
def test_an_address_that_is_none_is_said_in_plain_words(tmp_path: Path, command: str) -> None:
    settings = environment(tmp_path, COUNTERFOIL_DATABASE_URL="mysql://books")
    code, out, said = call(command, settings=settings)

    assert code == (1 if command == "doctor" else 2)
    assert "must begin with sqlite:// or postgresql://" in out + said


def _unusable(folder: Path, how: str) -> str:
    """The address of a database that does not work."""
    if how == "no database":
        (folder / "letter.txt").write_text("Dear Ada, " * 100)
        return f"sqlite:///{folder}/letter.txt"
    if how == "a folder":
        return f"sqlite:///{folder}"
    return "postgresql://counterfoil:hunter2@127.0.0.1:1/books"


@pytest.mark.parametrize("how", ["no database", "a folder", "no server"])
@pytest.mark.parametrize("command", ["serve", "migrate", "status"])
def test_a_database_that_does_not_work_is_said_in_plain_words(tmp_path: Path, command: str, how: str) -> None:
    """No traceback, no password, and what to look at."""
    address = _unusable(tmp_path, how)
    code, out, said = call(command, settings=environment(tmp_path, COUNTERFOIL_DATABASE_URL=address))

    assert code == 1, out + said
    assert "COUNTERFOIL_DATABASE_URL" in said or "cannot be opened" in said
    assert "Traceback" not in said and "hunter2" not in said


def test_R75_status_shows_connections_and_what_they_cost(tmp_path: Path) -> None:
    settings = environment(tmp_path)

    def happen(tx: Tx) -> None:
        made = connections.create(tx, crm="highlevel", account_id="loc", at=AT)
        connections.set_account(tx, made.id, name="Harbour", zone="UTC", country="US")
        connections.start(tx, made.id, at=AT)
        records.mark(tx, made.id, [INVOICE, RecordRef(Kind.CONTACT, "c")], at=AT)
        found = records.get(tx, made.id, INVOICE)
        assert found
        records.asking(tx, found)
        attention.open(tx, made.id, INVOICE, because=Because.REFUSED, details=[], at=AT)
        for kind, calls in {"metered": 7, "read": 9, "write": 4}.items():
            usage.count(tx, made.id, bank="quickbooks", kind=kind, day=AT.date(), calls=calls)

    async def prepare() -> None:
        database = Database(settings["COUNTERFOIL_DATABASE_URL"])
        await database.migrate()
        await database.transact(happen)
        await database.close()

    asyncio.run(prepare())
    code, out, _ = call("status", "--json", settings=settings)
    (line,) = json.loads(out)["connections"]
    assert code == 0
    assert line | {"uuid": ""} == {
        "uuid": "",
        "account": "Harbour",
        "company": "",
        "state": "running",
        "in_step": 0,
        "working_on_it": 1,
        "needs_attention": 1,
        "parked": False,
        "calls": 13,
        "metered_reads": 7,
    }
    code, table, _ = call("status", settings=settings | {"COLUMNS": "160"})
    assert code == 0
    assert "Harbour" in table
    assert "running" in table


def test_the_doctor_says_what_is_not_well_and_what_to_do(tmp_path: Path) -> None:
    code, out, _ = call("doctor", settings=environment(tmp_path))
    assert code == 1
    assert "✓ settings are complete" in out
    assert "✓ the database answers, it is empty" in out
    assert "✗ QuickBooks answers at http://127.0.0.1:1" in out
    assert "way to the internet" in out
    assert "– QuickBooks' webhooks can be verified" in out
    assert "COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER" in out


class Service:
    """`counterfoil serve` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.settings = environment(folder, COUNTERFOIL_PORT=str(self.port))
        self.health = f"http://127.0.0.1:{self.port}/api/v1/health"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A process that answers; killed at the end if it still runs."""
        process = await self.start()
        try:
            await self.answers(process)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "counterfoil", "serve"),
            env={"PATH": os.environ["PATH"], **self.settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def answers(self, process: asyncio.subprocess.Process) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            for _ in range(400):
                try:
                    if (await http.get(self.health)).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                assert process.returncode is None, "the service has ended"
                await asyncio.sleep(0.05)
        raise AssertionError("the service does not answer")


async def test_the_service_starts_is_alone_and_stops_when_told(tmp_path: Path) -> None:
    service = Service(tmp_path)
    async with service.running() as process:
        second = await service.start()
        _, said = await second.communicate()
        assert second.returncode == 3
        assert b"Stop it first" in said
        process.send_signal(signal.SIGTERM)
        out, log = await process.communicate()
        assert process.returncode == 0
        assert out == b""
        assert b"service.stopped" in log
        assert b"service.listening" in log


async def test_R72_the_service_starts_again_after_a_kill(tmp_path: Path) -> None:
    service = Service(tmp_path)
    async with service.running() as process:
        process.kill()
        await process.wait()
    async with service.running() as process:
        assert process.returncode is None


async def test_a_port_that_is_taken_ends_the_service_with_an_error(tmp_path: Path) -> None:
    service = Service(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", service.port))
        taken.listen()
        process = await service.start()
        _, log = await process.communicate()
    assert process.returncode == 1
    assert b"cannot be listened on" in log


async def test_a_sync_that_ends_unasked_ends_the_service_with_an_error(tmp_path: Path) -> None:
    """A supervisor starts it again; a clean exit would leave pages without a sync behind them."""
    service = Service(tmp_path)
    chosen = from_environment(service.settings)
    whole = assembly.assemble(chosen)
    await whole.prepare()
    asyncio.get_running_loop().call_later(0.5, whole.stop)
    try:
        assert await serve._run(whole, chosen) == 1
    finally:
        await whole.close()
