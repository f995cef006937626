"""One location per test, spoken to over HTTP in the same process, on a clock that only the test moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from crm_sandbox.sandbox import Sandbox
from highlevel_files.everywhere import Ear
from highlevel_files.judge import DATED, V3, judge
from sandbox_kit import virtual_time
from sandbox_kit.clock import Clock
from sandbox_kit.in_process import InProcess

CRM = "http://crm.test"
SINK = "http://receiver.test"

exact = msgspec.json.Decoder(float_hook=Decimal)
number = msgspec.json.Encoder(decimal_format="number")


@pytest.fixture(autouse=True)
def _wrong_requests(ear: Ear) -> None:
    """Here wrong things are asked for; the answers are right all the same."""
    ear.requests = False


@dataclass
class Inbox:
    """A receiver of webhooks: keeps what comes, answers with `status`."""

    status: int = 200
    letters: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.letters.append((scope["path"], headers, body))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def bodies(self, event: str) -> list[dict[str, Any]]:
        """What came to the address of this event."""
        return [exact.decode(body) for path, _, body in self.letters if path.endswith(f"/{event}")]


@dataclass
class Crm:
    """A stand-in with a client that speaks to it as a user's own integration would."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    inbox: Inbox
    clock: Clock

    @property
    def location(self) -> str:
        return self.sandbox.location.id

    @property
    def alt(self) -> dict[str, str]:
        return {"altId": self.location, "altType": "location"}

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: dict[str, str | None] | None = None,
        **query: str,
    ) -> httpx.Response:
        """One API call, its answer held against HighLevel's files where they are; a header of None is left out."""
        sent: dict[str, str | None] = {
            "Authorization": f"Bearer {token or self.sandbox.credentials['private_token']}",
            "Version": "2021-07-28",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        answer = await self.http.request(
            method,
            path,
            params=query,
            content=None if body is None else number.encode(body),
            headers={name: value for name, value in sent.items() if value is not None},
        )
        official = judge()
        if official is not None:
            version = V3 if sent["Version"] == V3 else DATED
            wrong = official.answer(method, path, answer.status_code, answer.json(), version)
            assert not wrong, (method, path, wrong, answer.text)
        return answer

    async def ok(self, method: str, path: str, body: object = None, **query: str) -> dict[str, Any]:
        """The body of a call that has to succeed."""
        answer = await self.call(method, path, body, **query)
        assert answer.status_code < 300, answer.text
        done: dict[str, Any] = exact.decode(answer.content)
        return done

    async def act(self, path: str, body: object = None) -> dict[str, Any]:
        """Something that a person does, through the control API."""
        answer = await self.http.post(f"/_sandbox{path}", content=number.encode(body or {}))
        assert answer.status_code < 300, answer.text
        done: dict[str, Any] = exact.decode(answer.content)
        return done

    async def contact(self, **members: object) -> dict[str, Any]:
        """A new contact."""
        made = await self.ok("POST", "/contacts/", {"locationId": self.location, **members})
        contact: dict[str, Any] = made["contact"]
        return contact

    async def draft(self, **members: object) -> dict[str, Any]:
        """A new invoice over 400, for Maya."""
        return await self.ok("POST", "/invoices/", await self.invoice_body(**members))

    async def invoice_body(self, **members: object) -> dict[str, Any]:
        """The body of a plain invoice."""
        person = self.sandbox.location.contacts.with_email("maya.ortiz@example.com")
        person_id = person.id if person else (await self.contact(email="maya.ortiz@example.com"))["id"]
        item = {"name": "Fitting, per day", "currency": "USD", "amount": 150, "qty": 2, "type": "one_time"}
        return {
            **self.alt,
            "name": "Kitchen fitting, phase 1",
            "currency": "USD",
            "businessDetails": {"name": "Harbour Home Services"},
            "contactDetails": {"id": person_id, "name": "Maya Ortiz", "email": "maya.ortiz@example.com"},
            "issueDate": "2026-03-02",
            "dueDate": "2026-03-16",
            "items": [item, {**item, "name": "Materials", "amount": 100, "qty": 1}],
            "discount": {"type": "percentage", "value": 0},
            "sentTo": {"email": ["maya.ortiz@example.com"]},
            "liveMode": True,
            **members,
        }

    async def sent(self, **members: object) -> dict[str, Any]:
        """An invoice that is marked as sent."""
        draft = await self.draft(**members)
        body = {**self.alt, "action": "send_manually", "liveMode": True}
        done: dict[str, Any] = (await self.ok("POST", f"/invoices/{draft['_id']}/send", body))["invoice"]
        return done

    async def pay(self, invoice: dict[str, Any], **members: object) -> httpx.Response:
        """record-payment by bank transfer."""
        body = {**self.alt, "mode": "bank_transfer", **members}
        return await self.call("POST", f"/invoices/{invoice['_id']}/record-payment", body)

    async def invoice(self, invoice: dict[str, Any]) -> dict[str, Any]:
        """The invoice as it stands now."""
        return await self.ok("GET", f"/invoices/{invoice['_id']}", **self.alt)

    async def transactions(self, **query: str) -> list[dict[str, Any]]:
        """The transactions that fit."""
        found = await self.ok("GET", "/payments/transactions", **self.alt, **query)
        rows: list[dict[str, Any]] = found["data"]
        return rows

    async def buy(self, **members: object) -> dict[str, Any]:
        """A checkout on an order form."""
        body = {
            "source": "order_form",
            "contact": {"email": "ada.byron@example.com", "firstName": "Ada", "lastName": "Byron"},
            "items": [{"name": "Lesson", "price": 120, "qty": 1}],
            "card": "4242424242424242",
            **members,
        }
        return await self.act("/checkouts", body)

    def events(self) -> list[str]:
        """The names of all events that were posted, in order, delivered or not."""
        return [
            each.url.removeprefix(f"{SINK}/hooks").strip("/") for each in self.sandbox.postman.deliveries()
        ]

    def event(self, name: str) -> list[dict[str, Any]]:
        """The bodies of the events of this name."""
        wanted = f"{SINK}/hooks/{name}".rstrip("/")
        return [exact.decode(each.body) for each in self.sandbox.postman.deliveries() if each.url == wanted]


MakeCrm = Callable[..., Crm]


@pytest.fixture
async def make_crm() -> AsyncIterator[MakeCrm]:
    """Makes stand-ins; the clock stands still at 2 March 2026, 15:00 UTC, until the test moves it."""
    async with AsyncExitStack() as stack:

        def make(**members: Any) -> Crm:
            clock = Clock(virtual_time.START.timestamp)
            inbox = Inbox()
            net = InProcess({SINK: inbox})
            http = httpx.AsyncClient(transport=net, base_url=CRM)
            stack.push_async_callback(http.aclose)
            settings: dict[str, Any] = {"seed": "empty", "webhooks_url": f"{SINK}/hooks", **members}
            sandbox = Sandbox(clock=clock, http_client=http, base_url=CRM, **settings)
            net.apps[CRM] = sandbox.app
            return Crm(sandbox, http, inbox, clock)

        yield make


@pytest.fixture
def crm(make_crm: MakeCrm) -> Crm:
    """An empty location in the US that posts its events."""
    return make_crm()


@pytest.fixture
async def delivered(crm: Crm) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Delivers what lies in the post, once called."""
    task = asyncio.create_task(crm.sandbox.background[0]())
    yield crm.sandbox.postman.settle
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
