"""A business, its books and Counterfoil between them: set up, played, killed, restarted, read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.fernet import Fernet

from counterfoil import settings
from counterfoil.assembly import Counterfoil, assemble
from counterfoil.store import attention, connections, links, records, usage
from counterfoil_demo import owner
from counterfoil_demo.browser import Browser
from crm_sandbox.sandbox import Sandbox as CrmSandbox
from quickbooks_sandbox.sandbox import Sandbox as QuickBooksSandbox
from sandbox_kit import virtual_time
from sandbox_kit.in_process import InProcess
from world.fate import Died, Fate, MortalDatabase, MortalTransport

PRODUCT = "http://counterfoil.test"
QUICKBOOKS = "http://quickbooks.test"
CRM = "http://crm.test"
KEY = Fernet.generate_key().decode()

exact = msgspec.json.Decoder(float_hook=Decimal)


class World:
    """Everything in one event loop. Times are virtual when the loop is."""

    def __init__(
        self, folder: Path, *, company: str = "us-ast", books: str = "empty", location: str = "us"
    ) -> None:
        clock = virtual_time.clock()
        self.folder = folder
        self.net = InProcess({})
        self.fate = Fate()
        self.postage = httpx.AsyncClient(transport=self.net)
        self.quickbooks = QuickBooksSandbox(
            company=company,
            seed=books,
            clock=clock,
            random_seed=1,
            base_url=QUICKBOOKS,
            webhook_url=f"{PRODUCT}/webhooks/quickbooks",
            http_client=self.postage,
        )
        self.crm = CrmSandbox(
            location=location,
            seed="empty",
            clock=clock,
            random_seed=2,
            base_url=CRM,
            webhooks_url=f"{PRODUCT}/webhooks/highlevel",
            http_client=self.postage,
        )
        self.net.apps.update({QUICKBOOKS: self.quickbooks.app, CRM: self.crm.app})
        self.token: str = self.quickbooks.credentials["access_token"]
        self.product: Counterfoil | None = None
        self.connection = 0
        self.kept: dict[str, Any] = {}
        """What one part of a story keeps for the next."""
        self._background: list[asyncio.Task[Any]] = []
        self._service: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """The neighbours begin to deliver their webhooks, and Counterfoil starts."""
        for run in (*self.quickbooks.background, *self.crm.background):
            self._background.append(asyncio.create_task(run()))
        await self.start_product()

    async def start_product(self) -> None:
        """Start Counterfoil on the database that is there (or a new one)."""
        fate = self.fate
        product = assemble(
            self.settings(),
            clock=virtual_time.clock().now,
            chance=lambda: 0.5,
            transport=MortalTransport(self.net, fate),
            database=MortalDatabase(f"sqlite:///{self.folder}/counterfoil.sqlite3", fate),
        )
        await product.prepare()
        self.product = product
        self.net.apps[PRODUCT] = product.app
        fate.on_death = lambda: self.net.apps.pop(PRODUCT, None)
        self._service = asyncio.create_task(product.run())

    async def stop_product(self) -> None:
        """An operator stops Counterfoil; its address answers nobody."""
        assert self.product is not None
        assert self._service is not None
        self.product.stop()
        await self._service
        await self.product.close()
        self.net.apps.pop(PRODUCT)

    def settings(self) -> settings.Settings:
        """What an operator would set to use these two neighbours."""
        quickbooks, crm = self.quickbooks.credentials, self.crm.credentials
        return settings.from_environment(
            {
                "COUNTERFOIL_PUBLIC_URL": PRODUCT,
                "COUNTERFOIL_SECRET_KEYS": KEY,
                "COUNTERFOIL_QUICKBOOKS_BASE_URL": QUICKBOOKS,
                "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": quickbooks["client_id"],
                "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": quickbooks["client_secret"],
                "COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER": quickbooks["webhook_verifier"],
                "COUNTERFOIL_HIGHLEVEL_BASE_URL": CRM,
                "COUNTERFOIL_HIGHLEVEL_CLIENT_ID": crm["client_id"],
                "COUNTERFOIL_HIGHLEVEL_CLIENT_SECRET": crm["client_secret"],
                "COUNTERFOIL_HIGHLEVEL_WEBHOOK_KEY": crm["webhook_public_key"],
                "COUNTERFOIL_HIGHLEVEL_SHARED_SECRET": crm["shared_secret"],
                "COUNTERFOIL_HIGHLEVEL_FRAME_ANCESTORS": CRM,
                "COUNTERFOIL_OPERATOR_TOKEN": "operator",
            }
        )

    async def connect(self) -> None:
        """An owner connects both sides in a browser and presses Start."""
        browser = Browser(self.net)
        try:
            await owner.connect_both_sides(browser, PRODUCT)
        finally:
            await browser.close()
        assert self.product is not None
        known = await self.product.database.read(connections.everyone)
        self.connection = known[-1].id

    async def restart_when_dead(self) -> None:
        """Start Counterfoil again if it has died; what it held in memory is gone."""
        if self.fate.dead:
            await self._bury()
            self.fate = Fate()
            await self.start_product()

    async def settle(self, *, seconds_max: float = 7200) -> None:
        """Let time pass until nothing is on its way anywhere (a dead service is started again)."""
        waited = 0.0
        while waited < seconds_max:
            await asyncio.sleep(2)
            waited += 2
            await self.restart_when_dead()
            try:
                if await self._quiet():
                    return
            except Died:
                continue
        raise AssertionError(f"never quiet: {await self.counts()}")

    async def settle_attempt(self) -> None:
        """Let ten minutes pass, quiet or not: for stories in which something stays undone."""
        await asyncio.sleep(600)

    async def new_token(self) -> None:
        """A fresh token for this harness, after its own has run out or was revoked with all others."""
        answer = await self.postage.post(f"{QUICKBOOKS}/_sandbox/tokens")
        self.token = exact.decode(answer.raise_for_status().content)["access_token"]

    async def _quiet(self) -> bool:
        assert self.product is not None
        waiting = [*self.quickbooks.postman.deliveries(), *self.crm.postman.deliveries()]
        if any(delivery.state == "waiting" for delivery in waiting):
            return False
        counts = await self.counts()
        due = await self.product.database.read(lambda tx: records.next_due(tx, self.connection))
        soon = due is not None and (due - self.quickbooks.clock.now()).total_seconds() < 3000
        busy = counts.get("dirty", 0) or soon
        stats = await self.product.schedule.stats()
        return not (busy or stats.waiting or stats.running)

    async def counts(self) -> dict[str, int]:
        """Records by state."""
        assert self.product is not None
        return await self.product.database.read(lambda tx: records.counts(tx, self.connection))

    async def usage(self) -> dict[tuple[str, str], int]:
        """API calls by bank and kind."""
        assert self.product is not None
        return await self.product.database.read(lambda tx: usage.totals(tx, self.connection))

    async def attention(self) -> list[str]:
        """The names of the open attention items' reasons."""
        assert self.product is not None
        items = await self.product.database.read(lambda tx: attention.open_items(tx, self.connection))
        return [item.because.name for item in items]

    async def links(self) -> list[Any]:
        """All links."""
        assert self.product is not None
        return list(await self.product.database.read(lambda tx: links.everyone(tx, self.connection)))

    async def query(self, statement: str) -> list[dict[str, Any]]:
        """Ask QuickBooks over HTTP, with a token of its own, as a person's other tool would."""
        # The company's quota is shared with the product, which may just have used the whole second.
        await asyncio.sleep(1)
        answer = await self._query(statement)
        if answer.status_code == 401:
            await self.new_token()
            answer = await self._query(statement)
        found = exact.decode(answer.raise_for_status().content)["QueryResponse"]
        return next((rows for rows in found.values() if isinstance(rows, list)), [])

    async def _query(self, statement: str) -> httpx.Response:
        return await self.postage.get(
            f"{QUICKBOOKS}/v3/company/{self.quickbooks.credentials['realm_id']}/query",
            params={"query": f"{statement} MAXRESULTS 1000", "minorversion": "75"},
            headers={"Authorization": f"Bearer {self.token}", "Accept": "application/json"},
        )

    async def act(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Something a buyer or a user does in the CRM, through its control API."""
        answer = await self.postage.post(f"{CRM}/_sandbox{path}", content=msgspec.json.encode(body))
        assert answer.status_code < 300, answer.text
        outcome: dict[str, Any] = exact.decode(answer.content)
        return outcome

    async def crm_api(
        self, method: str, path: str, body: dict[str, Any] | None = None, **query: str
    ) -> dict[str, Any]:
        """HighLevel's API as a user's own integration would call it."""
        credentials = self.crm.credentials
        answer = await self.postage.request(
            method,
            f"{CRM}{path}",
            params=query,
            content=_encoded(body),
            headers={
                "Authorization": f"Bearer {credentials['private_token']}",
                "Version": "2021-07-28",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
        )
        assert answer.status_code < 300, answer.text
        outcome: dict[str, Any] = exact.decode(answer.content)
        return outcome

    async def close(self) -> None:
        """Stop everything."""
        if self.product and self._service and not self.fate.dead:
            self.product.stop()
            await self._service
            await self.product.close()
        elif self.fate.dead:
            await self._bury()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.postage.aclose()

    async def _bury(self) -> None:
        if self._service is not None:
            self._service.cancel()
            with contextlib.suppress(BaseException):
                await self._service
        if self.product is not None:
            with contextlib.suppress(Died):
                await self.product.close()


def _encoded(body: dict[str, Any] | None) -> bytes | None:
    return None if body is None else msgspec.json.Encoder(decimal_format="number").encode(body)


@contextlib.asynccontextmanager
async def opened(
    folder: Path, *, before: Callable[[World], Awaitable[None]] | None = None, **kind: str
) -> AsyncIterator[World]:
    """A world whose neighbours run and whose owner has connected both sides."""
    world = World(folder, **kind)
    await world.open()
    try:
        if before is not None:
            await before(world)
        await world.connect()
        await world.settle()
        yield world
    finally:
        await world.close()
