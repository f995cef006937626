"""A stand-in for QuickBooks in this process, and a caller who speaks to it over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.kinds import Behaviour
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids
from sandbox_kit.in_process import InProcess

BASE = "http://quickbooks.test"
NOW = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
Record = dict[str, Any]
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Caller:
    """An authorised caller of one sandbox."""

    def __init__(self, sandbox: Sandbox, client: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.client = client
        self.realm = f"/v3/company/{sandbox.realm_id}"
        self.headers = {"Authorization": f"Bearer {sandbox.access_token}", "Accept": "application/json"}

    async def get(self, path: str, **parameters: str) -> httpx.Response:
        """GET inside the realm."""
        return await self.client.get(self.realm + path, params=parameters, headers=self.headers)

    async def post(self, path: str, body: Any, **parameters: str) -> httpx.Response:
        """POST JSON inside the realm."""
        content = msgspec.json.Encoder(decimal_format="number").encode(body)
        headers = {**self.headers, "Content-Type": "application/json"}
        return await self.client.post(self.realm + path, content=content, params=parameters, headers=headers)

    async def write(self, path: str, body: Any, **parameters: str) -> Record:
        """POST that must succeed; returns the object."""
        response = await self.post(path, body, **parameters)
        assert response.status_code == 200, response.text
        (name,) = set(self.json(response)) - {"time"}
        return self.json(response)[name]

    async def query(self, text: str) -> Record:
        """The QueryResponse of a statement that must succeed."""
        response = await self.get("/query", query=text)
        assert response.status_code == 200, response.text
        return self.json(response)["QueryResponse"]

    def json(self, response: httpx.Response) -> Record:
        """The body with exact numbers."""
        return _DECODER.decode(response.content)

    def code(self, response: httpx.Response) -> str:
        """The code of the first error of an application fault, with its HTTP status checked."""
        assert response.status_code == 400, response.text
        return self.json(response)["Fault"]["Error"][0]["code"]


def sold(amount: str, tax: str | None = "NON", item: str = "1", **detail: Any) -> Record:
    """One item line."""
    inner: Record = {"ItemRef": {"value": item}, **detail}
    if tax is not None:
        inner["TaxCodeRef"] = {"value": tax}
    return {"Amount": Decimal(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": inner}


@pytest.fixture
def line() -> Callable[..., Record]:
    """Makes an item line: ``line("100.00", tax="TAX")``."""
    return sold


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at NOW until it is moved."""
    return Clock(lambda: NOW.timestamp())


@pytest.fixture
def make_company(clock: Clock) -> Callable[..., Company]:
    """Makes companies without any HTTP: ``make_company("gb", "empty")``."""

    def make(kind: str = "us-ast", seed: str = "empty", **behaviour: Any) -> Company:
        return Company(kind, seed, clock=clock, ids=Ids(1), behaviour=Behaviour(**behaviour))

    return make


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    """The sample company without limits."""
    async with httpx.AsyncClient(transport=InProcess({})) as http_client:
        yield Sandbox(clock=clock, quota=False, base_url=BASE, http_client=http_client)


@pytest.fixture
async def caller(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """A caller of ``sandbox``."""
    async with httpx.AsyncClient(transport=InProcess({BASE: sandbox.app}), base_url=BASE) as client:
        yield Caller(sandbox, client)


@pytest.fixture
async def make_caller(clock: Clock) -> AsyncIterator[Callable[[str], Awaitable[Caller]]]:
    """Makes callers of companies of other kinds: ``await make_caller("gb")``."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(kind: str, seed: str = "empty") -> Caller:
            hooks = await stack.enter_async_context(httpx.AsyncClient(transport=InProcess({})))
            one = Sandbox(company=kind, seed=seed, clock=clock, quota=False, base_url=BASE, http_client=hooks)
            transport = InProcess({BASE: one.app})
            client = httpx.AsyncClient(transport=transport, base_url=BASE)
            return Caller(one, await stack.enter_async_context(client))

        yield make


@pytest.fixture
def reference() -> Path:
    """The folder of Intuit's samples and vectors beside the repository."""
    root = Path(__file__).resolve().parents[2]
    folder = root.parent / "shared" / "reference" / "quickbooks-online"
    if not folder.is_dir():
        pytest.skip("the reference material (../shared) is not beside this checkout")
    return folder
