"""Counterfoil's web between both stand-ins, over HTTP in one process, on a clock that only the test moves.

The database is a file. Nothing syncs: what the web did is what stands in the store.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from counterfoil.assembly import Counterfoil, assemble
from counterfoil.settings import Settings, from_environment
from counterfoil.store import connections, sessions
from counterfoil.store.database import Database
from counterfoil.web import session
from crm_sandbox.sandbox import Sandbox as CrmSandbox
from quickbooks_sandbox.sandbox import Sandbox as QuickBooksSandbox
from sandbox_kit import virtual_time
from sandbox_kit.clock import Clock
from sandbox_kit.in_process import InProcess

HOME = "http://counterfoil.test"
QUICKBOOKS = "http://quickbooks.test"
CRM = "http://crm.test"
OPERATOR = "operator-token"

T = TypeVar("T")


@dataclass
class Town:
    """Both neighbours, Counterfoil, and the network between them."""

    clock: Clock
    net: InProcess
    quickbooks: QuickBooksSandbox
    crm: CrmSandbox
    settings: Settings
    product: Counterfoil
    key: Ed25519PrivateKey
    """Signs for the CRM."""

    @property
    def database(self) -> Database:
        return self.product.database

    def browser(self) -> httpx.AsyncClient:
        """A browser with cookies of its own that stops at every redirect."""
        return httpx.AsyncClient(transport=self.net, base_url=HOME, follow_redirects=False)

    async def consents(self, address: str, **fields: str) -> dict[str, str]:
        """Accept at a neighbour's consent page; what it sends back to Counterfoil: path and query, `state` among it."""
        page = urlsplit(address)
        wish = dict(parse_qsl(page.query))
        async with httpx.AsyncClient(transport=self.net) as http:
            if address.startswith(CRM):
                answer = await http.post(address, data={**wish, "level": "Location", **fields})
            else:
                accepted = {"decision": "connect", "realm_id": self.quickbooks.realm_id}
                answer = await http.post(
                    f"{QUICKBOOKS}/connect/oauth2",
                    data={**wish, **accepted, "email": "owner@example.com", "password": "x", **fields},
                )
        assert answer.is_redirect, answer.text
        back = urlsplit(answer.headers["location"])
        return {"path": back.path, **dict(parse_qsl(back.query))}

    async def logged_in(self, browser: httpx.AsyncClient) -> connections.Connection:
        """The browser comes back from the CRM's log-in and has proven this connection."""
        leave = await browser.get("/connect/highlevel")
        answer = await returns(browser, await self.consents(leave.headers["location"]))
        assert answer.status_code == 303, answer.text
        wanted = answer.headers["location"].rpartition("/")[2]
        known = await self.database.read(connections.everyone)
        return next(each for each in known if each.uuid == wanted)

    async def csrf(self, browser: httpx.AsyncClient) -> str:
        """The token that the forms of this browser's pages carry."""
        hashed = hashlib.sha256(browser.cookies[session.COOKIE].encode()).hexdigest()
        found = await self.database.read(lambda tx: sessions.get(tx, token_hash=hashed, at=self.clock.now()))
        assert found is not None
        return found.csrf

    async def press(self, browser: httpx.AsyncClient, path: str) -> httpx.Response:
        """Press a button on one of the browser's pages."""
        return await browser.post(path, data={"csrf": await self.csrf(browser)})

    async def both_sides(self, browser: httpx.AsyncClient) -> connections.Connection:
        """The browser connects the CRM account and the QuickBooks company: ready to start."""
        connection = await self.logged_in(browser)
        leave = await self.press(browser, f"/connections/{connection.uuid}/quickbooks")
        answer = await returns(browser, await self.consents(leave.headers["location"]))
        assert answer.status_code == 303, answer.text
        return await self.again(connection)

    async def again(self, connection: connections.Connection) -> connections.Connection:
        """The connection as it stands now."""
        return await self.database.read(lambda tx: connections.get(tx, connection.id))

    def switch_api_off(self) -> None:
        """As if the operator had set no token."""
        product = assemble(
            replace(self.settings, operator_token=""),
            clock=self.clock.now,
            transport=self.net,
            database=self.database,
        )
        self.net.apps[HOME] = product.app

    async def rename(self, table: str, name: str) -> None:
        """Trouble with the database: a table that is not there under its name."""
        await self.database.transact(lambda tx: tx.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}"))

    def crm_delivery(self, members: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a genuine delivery of the CRM."""
        app_id = self.crm.credentials["client_id"].partition("-")[0]
        body = msgspec.json.encode(
            {"appId": app_id, "locationId": self.crm.credentials["location_id"], **members}
        )
        return body, {
            "X-GHL-Signature": base64.b64encode(self.key.sign(body)).decode(),
            "Content-Type": "application/json",
        }

    def quickbooks_delivery(self, events: object) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a genuine delivery of QuickBooks."""
        body = msgspec.json.encode(events)
        digest = hmac.new(self.quickbooks.verifier.encode(), body, hashlib.sha256).digest()
        return body, {"intuit-signature": base64.b64encode(digest).decode()}


async def returns(browser: httpx.AsyncClient, back: dict[str, str]) -> httpx.Response:
    """The browser follows the redirect that leads back to Counterfoil."""
    query = {name: value for name, value in back.items() if name != "path"}
    return await browser.get(back["path"], params=query)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Counterfoil and both neighbours; nobody is connected."""
    clock = Clock(virtual_time.START.timestamp)
    net = InProcess({})
    key = Ed25519PrivateKey.generate()
    public_key = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    async with httpx.AsyncClient(transport=net) as postage:
        quickbooks = QuickBooksSandbox(seed="empty", clock=clock, base_url=QUICKBOOKS, http_client=postage)
        crm = CrmSandbox(seed="empty", clock=clock, base_url=CRM, http_client=postage)
        net.apps.update({QUICKBOOKS: quickbooks.app, CRM: crm.app})
        chosen = from_environment(
            {
                "COUNTERFOIL_PUBLIC_URL": HOME,
                "COUNTERFOIL_DATABASE_URL": f"sqlite:///{tmp_path}/counterfoil.sqlite3",
                "COUNTERFOIL_SECRET_KEYS": Fernet.generate_key().decode(),
                "COUNTERFOIL_QUICKBOOKS_BASE_URL": QUICKBOOKS,
                "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": quickbooks.credentials["client_id"],
                "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": quickbooks.credentials["client_secret"],
                "COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER": quickbooks.verifier,
                "COUNTERFOIL_HIGHLEVEL_BASE_URL": CRM,
                "COUNTERFOIL_HIGHLEVEL_CLIENT_ID": crm.credentials["client_id"],
                "COUNTERFOIL_HIGHLEVEL_CLIENT_SECRET": crm.credentials["client_secret"],
                "COUNTERFOIL_HIGHLEVEL_WEBHOOK_KEY": public_key,
                "COUNTERFOIL_HIGHLEVEL_SHARED_SECRET": crm.credentials["shared_secret"],
                "COUNTERFOIL_HIGHLEVEL_FRAME_ANCESTORS": CRM,
                "COUNTERFOIL_OPERATOR_TOKEN": OPERATOR,
            }
        )
        product = assemble(chosen, clock=clock.now, chance=lambda: 0.5, transport=net)
        await product.database.migrate()
        net.apps[HOME] = product.app
        yield Town(
            clock=clock,
            net=net,
            quickbooks=quickbooks,
            crm=crm,
            settings=chosen,
            product=product,
            key=key,
        )
        await product.close()
