"""SIGKILL at random moments: the real service process, real ports, a real file.

Both stand-ins run in this process on ports of their own. The service is `counterfoil serve`, killed while twenty
invoices and twenty orders are on their way and started again; each run has its own moment, drawn from a seed.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.fernet import Fernet

from counterfoil_demo import owner
from counterfoil_demo.browser import Browser
from crm_sandbox.sandbox import Sandbox as CrmSandbox
from quickbooks_sandbox.sandbox import Sandbox as QuickBooksSandbox
from sandbox_kit.clock import Clock
from sandbox_kit.server import Running

SEEDS = [range(first, first + 5) for first in range(0, 30, 5)]
"""Thirty runs, dealt out to six tests that may run side by side."""
INVOICES = ORDERS = 20

exact = msgspec.json.Decoder(float_hook=Decimal)
encode = msgspec.json.Encoder(decimal_format="number").encode


class Town:
    """The two stand-ins on real ports and the service as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.product = f"http://127.0.0.1:{self.port}"
        self.http = httpx.AsyncClient(timeout=30)
        self.process: asyncio.subprocess.Process | None = None
        self.environment: dict[str, str] = {}

    async def build(self, stack: Any) -> None:
        """Start the stand-ins and connect both sides through the pages."""
        self.quickbooks = QuickBooksSandbox(
            company="us-none",
            seed="empty",
            clock=Clock(),
            random_seed=5,
            quota=False,
            webhook_url=f"{self.product}/webhooks/quickbooks",
            http_client=self.http,
        )
        self.crm = CrmSandbox(
            location="us",
            seed="empty",
            clock=Clock(),
            random_seed=6,
            quota=False,
            webhooks_url=f"{self.product}/webhooks/highlevel",
            http_client=self.http,
        )
        books = await stack.enter_async_context(
            Running(self.quickbooks.app, background=self.quickbooks.background)
        )
        business = await stack.enter_async_context(Running(self.crm.app, background=self.crm.background))
        self.books, self.business = books.url, business.url
        # Real quotas would make this a test of patience; they have tests of their own, on virtual time.
        self.crm.switches.burst_limit = self.crm.switches.daily_limit = 1_000_000
        # The postman's growing pauses are minutes; a test has seconds.
        self.crm.postman.settings.time_scale = self.quickbooks.postman.settings.time_scale = 0.02
        quickbooks, crm = self.quickbooks.credentials, self.crm.credentials
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "COUNTERFOIL_PUBLIC_URL": self.product,
            "COUNTERFOIL_PORT": str(self.port),
            "COUNTERFOIL_DATABASE_URL": f"sqlite:///{self.folder}/counterfoil.sqlite3",
            "COUNTERFOIL_SECRET_KEYS": Fernet.generate_key().decode(),
            "COUNTERFOIL_QUICKBOOKS_BASE_URL": self.books,
            "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": quickbooks["client_id"],
            "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": quickbooks["client_secret"],
            "COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER": quickbooks["webhook_verifier"],
            "COUNTERFOIL_QUICKBOOKS_CALLS_PER_SECOND": "1000",
            "COUNTERFOIL_QUICKBOOKS_CALLS_PER_MINUTE": "60000",
            "COUNTERFOIL_HIGHLEVEL_BASE_URL": self.business,
            "COUNTERFOIL_HIGHLEVEL_CLIENT_ID": crm["client_id"],
            "COUNTERFOIL_HIGHLEVEL_CLIENT_SECRET": crm["client_secret"],
            "COUNTERFOIL_HIGHLEVEL_WEBHOOK_KEY": crm["webhook_public_key"],
            "COUNTERFOIL_OPERATOR_TOKEN": "operator",
            "COUNTERFOIL_POLL_EVERY_SECONDS": "5",
        }
        await self.start()
        browser = Browser()
        try:
            await owner.connect_both_sides(browser, self.product)
        finally:
            await browser.close()

    async def start(self) -> None:
        """Start the service and wait until it answers."""
        log = (self.folder / "service.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "counterfoil", "serve"),
            env=self.environment,
            stdout=log,
            stderr=log,
        )
        log.close()
        for _ in range(600):
            try:
                if (await self.http.get(f"{self.product}/api/v1/health")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self.process.returncode is None, (self.folder / "service.log").read_text()[-3000:]
            await asyncio.sleep(0.05)
        raise AssertionError("the service does not answer")

    async def kill(self) -> None:
        """SIGKILL: nothing is said, nothing is finished."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """SIGTERM, as an operator would."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), 30)

    async def sell(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Something happens in the CRM."""
        answer = await self.http.post(f"{self.business}{path}", content=encode(body), headers=self._as_user())
        assert answer.status_code < 300, answer.text
        outcome: dict[str, Any] = exact.decode(answer.content)
        return outcome

    async def rows(self, entity: str) -> list[dict[str, Any]]:
        """All objects of this entity in QuickBooks."""
        credentials, found = self.quickbooks.credentials, []
        while True:
            answer = await self.http.get(
                f"{self.books}/v3/company/{credentials['realm_id']}/query",
                params={"query": f"SELECT * FROM {entity} STARTPOSITION {len(found) + 1} MAXRESULTS 1000"},
                headers={
                    "Authorization": f"Bearer {credentials['access_token']}",
                    "Accept": "application/json",
                },
            )
            page = exact.decode(answer.raise_for_status().content)["QueryResponse"].get(entity, [])
            found += page
            if len(page) < 1000:
                return found

    def _as_user(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.crm.credentials['private_token']}",
            "Version": "2021-07-28",
            "Content-Type": "application/json",
        }

    async def order(self, run: int, number: int) -> Decimal:
        """Somebody buys; what was paid."""
        price = Decimal(1000 + 37 * number + run) / 100
        await self.sell(
            "/_sandbox/checkouts",
            {
                "source": "order_form",
                "contact": {
                    "email": f"buyer{run}-{number % 7}@example.com",
                    "firstName": "Buyer",
                    "lastName": f"{run}-{number % 7}",
                },
                "items": [{"name": "Lesson", "price": price, "qty": 2}],
                "card": "4242424242424242",
            },
        )
        return price * 2

    async def invoice(self, run: int, number: int) -> tuple[str, Decimal]:
        """An invoice is written and marked as sent; its id and total."""
        location = self.crm.credentials["location_id"]
        where = {"altId": location, "altType": "location"}
        email = f"client{run}-{number % 5}@example.com"
        person = await self.sell(
            "/contacts/upsert",
            {
                "locationId": location,
                "email": email,
                "firstName": "Client",
                "lastName": f"{run}-{number % 5}",
            },
        )
        tax = {"_id": "6910aa55c3b2e41d85a90001", "name": "Tax", "rate": 7, "calculation": "exclusive"}
        item = {"name": "Hour", "currency": "USD", "amount": Decimal("33.33"), "qty": number + 1}
        draft = await self.sell(
            "/invoices/",
            {
                **where,
                "name": f"Work {run}-{number}",
                "currency": "USD",
                "businessDetails": {"name": "Harbour Home Services"},
                "contactDetails": {
                    "id": person["contact"]["id"],
                    "name": "Client",
                    "email": email,
                    "phoneNo": "+12075550143",
                },
                "issueDate": time.strftime("%Y-%m-%d"),
                "dueDate": time.strftime("%Y-%m-%d"),
                "items": [{**item, "type": "one_time", "taxes": [tax]}],
                "discount": {"type": "percentage", "value": 5},
                "sentTo": {"email": [email]},
                "liveMode": True,
            },
        )
        sent = await self.sell(
            f"/invoices/{draft['_id']}/send",
            {**where, "userId": "Us4Bg7Dm1Qx9Le3Hn6Vk", "action": "send_manually", "liveMode": True},
        )
        return draft["_id"], Decimal(sent["invoice"]["total"])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seeds", SEEDS, ids=str)
async def test_R71_R72_exactly_one_document_for_each_cause_after_sigkill(
    tmp_path: Path, seeds: range
) -> None:
    """Five kills in a row on the same books: none loses a sale, none doubles one."""
    async with AsyncExitStack() as stack:
        town = Town(tmp_path)
        stack.push_async_callback(town.http.aclose)
        stack.push_async_callback(town.stop)
        await town.build(stack)
        receipts: Counter[Decimal] = Counter()
        invoices: Counter[Decimal] = Counter()
        for seed in seeds:
            chance = random.Random(seed)
            dies_after = asyncio.create_task(asyncio.sleep(chance.uniform(0.05, 2.5)))
            deeds = ["order"] * ORDERS + ["invoice"] * INVOICES
            chance.shuffle(deeds)
            killed = asyncio.create_task(_kill_when(town, dies_after))
            for number, deed in enumerate(deeds):
                if deed == "order":
                    receipts[await town.order(seed, number)] += 1
                else:
                    _, total = await town.invoice(seed, number)
                    invoices[total] += 1
            await killed
            await town.start()
            await _until_in_step(town, receipts, invoices)
        customers = await town.rows("Customer")
        addresses = [row["PrimaryEmailAddr"]["Address"] for row in customers]
        assert len(addresses) == len(set(addresses))


async def _kill_when(town: Town, alarm: asyncio.Task[None]) -> None:
    await alarm
    await town.kill()


async def _until_in_step(town: Town, receipts: Counter[Decimal], invoices: Counter[Decimal]) -> None:
    """Wait until every sale has its document, then a little longer: none may have two."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        posted = Counter(Decimal(row["TotalAmt"]) for row in await town.rows("SalesReceipt"))
        sent = Counter(Decimal(row["TotalAmt"]) for row in await town.rows("Invoice"))
        if posted == receipts and sent == invoices:
            break
        await asyncio.sleep(0.25)
    await asyncio.sleep(0.3)
    assert Counter(Decimal(row["TotalAmt"]) for row in await town.rows("SalesReceipt")) == receipts
    assert Counter(Decimal(row["TotalAmt"]) for row in await town.rows("Invoice")) == invoices
