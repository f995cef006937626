"""The three neighbours, each a program of its own: two stand-ins and Counterfoil between them.

Counterfoil is started as an operator would: `counterfoil serve` with environment variables. It knows its neighbours by
base URL and credentials alone.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
from cryptography.fernet import Fernet

from counterfoil_demo.neighbours import Crm, QuickBooks, Service
from counterfoil_demo.patience import until
from counterfoil_demo.processes import STARTS_WITHIN_SECONDS, Died, Program, command

COMPANY = "us-ast"
CUSTOMERS = 40
POLL_EVERY_SECONDS = 3
"""How often Counterfoil looks for what no webhook tells; minutes in real life, where nobody sits and watches."""
CALLS_PER_SECOND = 6
"""Counterfoil's share of the company's ten calls a second; the rest is for our own questions."""
POST_TIME_SCALE = 0.05
"""A webhook that found a closed door is tried again after seconds, not after minutes."""


@dataclass(frozen=True, slots=True)
class Town:
    """All three, running."""

    quickbooks: QuickBooks
    crm: Crm
    service: Service
    programs: tuple[Program, ...]

    async def somebody_died(self) -> Program:
        """Returns the first program that ends by itself."""
        watches = {asyncio.create_task(each.ended()): each for each in self.programs}
        try:
            done, _ = await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for watch in watches:
                watch.cancel()
        return watches[done.pop()]


@asynccontextmanager
async def opened(folder: Path, *, port: int = 0, database: str = "") -> AsyncIterator[Town]:
    """Start all three, and stop them whatever happens. They keep what they write in `folder`.

    `database` is the address of Counterfoil's database; empty makes a file in `folder`.

    Counterfoil listens on `port`, QuickBooks and the CRM on the two after it; 0 takes free ones. Raises Died.
    """
    async with AsyncExitStack() as stack:
        # Nothing here may be led through a proxy: all of it is on this machine.
        client = httpx.AsyncClient(timeout=30, trust_env=False)
        http = await stack.enter_async_context(client)
        home = f"http://127.0.0.1:{port or free_port()}"
        books = await _start(stack, "quickbooks-sandbox", _books(home, port), folder)
        business = await _start(stack, "crm-sandbox", _business(home, port), folder)
        quickbooks = QuickBooks(msgspec.json.decode(await books.first_line(), type=dict[str, str]), http)
        crm = Crm(msgspec.json.decode(await business.first_line(), type=dict[str, str]), http)
        for neighbour in (quickbooks, crm):
            await neighbour.control.post("postman", {"time_scale": POST_TIME_SCALE})
        await crm.control.post(
            "app",
            {"page_url": f"{home}/inside/highlevel", "redirect_uri": f"{home}/oauth/highlevel/callback"},
        )
        service = Service(home, secrets.token_urlsafe(24), http)
        program = await Program.start(
            "counterfoil",
            [command("counterfoil"), "serve"],
            folder=folder,
            settings=settings_of_the_service(
                service, quickbooks, crm, database or f"sqlite:///{folder}/counterfoil.sqlite3"
            ),
        )
        stack.push_async_callback(program.stop)
        await _ready(service, program)
        yield Town(quickbooks, crm, service, (books, business, program))


def settings_of_the_service(
    service: Service, quickbooks: QuickBooks, crm: Crm, database: str
) -> dict[str, str]:
    """All that Counterfoil is told about the world: what an operator would put into its environment."""
    books, business = quickbooks.credentials, crm.credentials
    return {
        "COUNTERFOIL_PUBLIC_URL": service.base_url,
        "COUNTERFOIL_PORT": service.base_url.rpartition(":")[2],
        "COUNTERFOIL_DATABASE_URL": database,
        "COUNTERFOIL_SECRET_KEYS": Fernet.generate_key().decode(),
        "COUNTERFOIL_OPERATOR_TOKEN": service.operator_token,
        "COUNTERFOIL_POLL_EVERY_SECONDS": str(POLL_EVERY_SECONDS),
        "COUNTERFOIL_QUICKBOOKS_BASE_URL": books["base_url"],
        "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": books["client_id"],
        "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": books["client_secret"],
        "COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER": books["webhook_verifier"],
        "COUNTERFOIL_QUICKBOOKS_CALLS_PER_SECOND": str(CALLS_PER_SECOND),
        "COUNTERFOIL_HIGHLEVEL_BASE_URL": business["base_url"],
        "COUNTERFOIL_HIGHLEVEL_CLIENT_ID": business["client_id"],
        "COUNTERFOIL_HIGHLEVEL_CLIENT_SECRET": business["client_secret"],
        "COUNTERFOIL_HIGHLEVEL_WEBHOOK_KEY": business["webhook_public_key"],
        "COUNTERFOIL_HIGHLEVEL_SHARED_SECRET": business["shared_secret"],
        "COUNTERFOIL_HIGHLEVEL_FRAME_ANCESTORS": business["base_url"],
    }


async def _start(stack: AsyncExitStack, name: str, arguments: list[str], folder: Path) -> Program:
    program = await Program.start(name, [command(name), "serve", *arguments, "--json"], folder=folder)
    stack.push_async_callback(program.stop)
    return program


def _books(home: str, port: int) -> list[str]:
    where = ["--port", str(port + 1 if port else 0), "--webhook", f"{home}/webhooks/quickbooks"]
    return [*where, "--company", COMPANY, "--seed", f"customers:{CUSTOMERS}"]


def _business(home: str, port: int) -> list[str]:
    where = ["--port", str(port + 2 if port else 0), "--webhooks", f"{home}/webhooks/highlevel"]
    return [*where, "--location", "us", "--seed", "empty"]


async def _ready(service: Service, program: Program) -> None:
    well = await until(
        service.healthy,
        lambda well: well or not program.running,
        seconds_max=STARTS_WITHIN_SECONDS,
        pause_seconds=0.05,
    )
    if not well:
        raise Died(f"The service does not answer. {program.last_words()}")


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
