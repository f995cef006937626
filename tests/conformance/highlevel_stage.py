"""A location of the CRM sandbox with our HighLevel connector at it, as the conformance checks want it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec

from counterfoil.crm import conformance, port
from counterfoil.crm import records as crm
from counterfoil.crm.highlevel import addresses, custom_page, door, oauth, private, webhooks
from crm_sandbox import user_context
from crm_sandbox.pages.settings_pages import context_of
from crm_sandbox.sandbox import Sandbox
from sandbox_kit import virtual_time
from sandbox_kit.faults import Fault, Lose, Refuse
from sandbox_kit.in_process import InProcess

CRM = "http://crm.test"
US = "http://counterfoil.test"
exact = msgspec.json.Decoder(float_hook=Decimal)
encoder = msgspec.json.Encoder(decimal_format="number")


class Mailbox:
    """An address that takes every webhook."""

    def __init__(self) -> None:
        self.letters: list[conformance.Delivery] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        event = scope["path"].removeprefix("/hooks").strip("/")
        self.letters.append(conformance.Delivery(event=event, headers=headers, body=body))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class HighLevelStage:
    """See `conformance.Stage`. `person` carries what people do, `http` what the connector does."""

    def __init__(
        self, sandbox: Sandbox, net: httpx.AsyncBaseTransport, way_in: port.Door, token: str
    ) -> None:
        self.sandbox = sandbox
        self.account_id = sandbox.credentials["location_id"]
        self.country, self.time_zone, self.currency = "US", "America/New_York", "USD"
        self.page: port.CustomPage | None = custom_page.HighLevelPage(sandbox.credentials["shared_secret"])
        self.door = way_in
        self.notices: port.Notices | None = webhooks.HighLevelNotices(
            public_key_base64=sandbox.credentials["webhook_public_key"],
            app_id=sandbox.credentials["client_id"],
        )
        self.calls: list[port.Call] = []
        self.rejections: list[bool] = []
        self.mailbox = Mailbox()
        self.subscriptions: dict[conformance.Sale, str] = {}
        self.person = httpx.AsyncClient(transport=net, base_url=CRM)
        self._token = token
        self.crm = way_in.open(
            account_id=self.account_id, zone="", token=self._get_token, on_call=self.calls.append
        )

    async def _get_token(self, rejected: bool) -> str:
        self.rejections.append(rejected)
        return self._token

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    async def settle(self) -> None:
        await asyncio.sleep(20)
        await self.sandbox.postman.settle()

    async def act(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What somebody does in the CRM, with a private token of their own."""
        alt = {"altId": self.account_id, "altType": "location"}
        answer = await self.person.request(
            method,
            path,
            params=alt if body is None else None,
            content=None if body is None else encoder.encode(alt | body),
            headers={
                "Authorization": f"Bearer {self.sandbox.credentials['private_token']}",
                "Version": "2021-07-28",
                "Content-Type": "application/json",
            },
        )
        assert answer.is_success, answer.text
        return exact.decode(answer.content)

    async def control(self, path: str, body: dict[str, Any]) -> Any:
        """What buyers do, and trouble."""
        answer = await self.person.post(f"/_sandbox/{path}", content=encoder.encode(body))
        assert answer.is_success, answer.text
        return exact.decode(answer.content)

    async def delete_contact(self, contact_id: crm.ContactId) -> None:
        answer = await self.person.delete(
            f"/contacts/{contact_id}",
            headers={
                "Authorization": f"Bearer {self.sandbox.credentials['private_token']}",
                "Version": "2021-07-28",
            },
        )
        assert answer.is_success, answer.text

    async def draft_invoice(
        self, contact_id: crm.ContactId, *, amount: Decimal, issued: date, due: date
    ) -> crm.InvoiceId:
        made = await self.act(
            "POST",
            "/invoices/",
            {
                "name": "Work",
                "currency": "USD",
                "businessDetails": {"name": "Shop"},
                "contactDetails": {"id": contact_id, "name": "Ada Quill", "email": "ada.quill@example.com"},
                "issueDate": issued.isoformat(),
                "dueDate": due.isoformat(),
                "items": [{"name": "Work", "currency": "USD", "amount": amount, "qty": 1}],
                "discount": {"type": "percentage", "value": 0},
                "sentTo": {"email": []},
                "liveMode": True,
            },
        )
        return crm.InvoiceId(made["_id"])

    async def send_invoice(self, invoice_id: crm.InvoiceId) -> None:
        await self.act("POST", f"/invoices/{invoice_id}/send", {"action": "send_manually", "liveMode": True})

    async def pay_invoice(self, invoice_id: crm.InvoiceId, amount: Decimal) -> None:
        await self.control(f"invoices/{invoice_id}/pay", {"amount": amount})

    async def void_invoice(self, invoice_id: crm.InvoiceId) -> None:
        await self.act("POST", f"/invoices/{invoice_id}/void", {})

    async def delete_invoice(self, invoice_id: crm.InvoiceId) -> None:
        await self.act("DELETE", f"/invoices/{invoice_id}")

    async def sell(
        self, *, email: str, item: str, price: Decimal, test_mode: bool = False
    ) -> conformance.Sale:
        sold = await self.control(
            "checkouts",
            {
                "source": "order_form",
                "contact": {"email": email, "firstName": "Bo"},
                "items": [{"name": item, "price": price}],
                "test_mode": test_mode,
            },
        )
        return conformance.Sale(
            crm.OrderId(sold["order"]["id"]), crm.TransactionId(sold["transactions"][0]["id"])
        )

    async def subscribe(self, *, email: str, item: str, price: Decimal) -> conformance.Sale:
        monthly = {"interval": "month", "intervalCount": 1}
        sold = await self.control(
            "checkouts",
            {
                "source": "membership",
                "contact": {"email": email, "firstName": "Bo"},
                "items": [{"name": item, "price": price, "recurring": monthly}],
            },
        )
        sale = conformance.Sale(
            crm.OrderId(sold["order"]["id"]), crm.TransactionId(sold["transactions"][0]["id"])
        )
        self.subscriptions[sale] = sold["subscription"]["id"]
        return sale

    async def renew(self, sale: conformance.Sale) -> None:
        await self.control(f"subscriptions/{self.subscriptions[sale]}/renew", {})

    async def refund(self, transaction_id: crm.TransactionId, amount: Decimal) -> None:
        await self.control(f"transactions/{transaction_id}/refund", {"amount": amount})

    async def post_elsewhere(self, transaction_id: crm.TransactionId) -> None:
        await self.control(f"transactions/{transaction_id}/posted-elsewhere", {})

    async def be_busy(self) -> None:
        self.sandbox.faults.add(Fault(on="*", act=Refuse(429), times=1))

    async def lose_answer(self) -> None:
        self.sandbox.faults.add(Fault(on="*", act=Lose.ANSWER, times=1))

    async def draft_workflow(self, name: str) -> str:
        return self.sandbox.location.workflows.build(name, None).id

    async def publish_workflow(self, name: str) -> str:
        built = self.sandbox.location.workflows.build(name, None)
        self.sandbox.location.workflows.publish(built.id, published=True)
        return built.id

    async def starts(self, workflow_id: str) -> int:
        enrolments = self.sandbox.location.state.enrolments
        return sum(1 for each in enrolments if each.workflow_id == workflow_id and not each.left)

    async def revoke_access(self) -> None:
        await self.control("tokens/revoke", {"token": self._token})

    async def uninstall(self) -> None:
        if isinstance(self.door, private.PrivateDoor):
            await self.revoke_access()
        else:
            await self.control("uninstall", {})

    async def context(self, *, administrator: bool) -> str:
        who = context_of(self.sandbox.location, "admin" if administrator else "user")
        return user_context.encrypted(who, self.sandbox.credentials["shared_secret"], b"saltsalt")

    async def log_in(self, url: str) -> str:
        if not url.startswith(CRM):
            return f"?code={self._token}"  # a private token is its own log-in
        form = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        gone = await self.person.post(url.partition("?")[0], data=form | {"level": "Location"})
        return str(gone.headers["location"])

    async def deliveries(self) -> Sequence[conformance.Delivery]:
        return self.mailbox.letters


@asynccontextmanager
async def opened(mode: str = "app", **settings: Any) -> AsyncIterator[HighLevelStage]:
    """A location without sales; `mode` is app, or private for a private integration token."""
    clock = virtual_time.clock()
    net = InProcess({})
    async with (
        httpx.AsyncClient(transport=net) as postage,
        httpx.AsyncClient(transport=net) as http,
    ):
        sandbox = Sandbox(
            **{"seed": "empty", **settings},
            clock=clock,
            base_url=CRM,
            webhooks_url=f"{US}/hooks",
            http_client=postage,
        )
        net.apps[CRM] = sandbox.app
        common = {
            "http": http,
            "addresses": addresses.for_base(CRM),
            "clock": clock.now,
            "sleep": asyncio.sleep,
            "jitter": lambda: 0.0,
        }
        given = sandbox.credentials
        way_in: port.Door = door.HighLevelDoor(
            **common, app=oauth.App(given["client_id"], given["client_secret"])
        )
        if mode == "private":
            way_in = private.PrivateDoor(
                **common, token=given["private_token"], location_id=given["location_id"]
            )
        stage = HighLevelStage(
            sandbox, net, way_in, given["access_token" if mode == "app" else "private_token"]
        )
        if mode == "private":
            stage.notices, stage.page = None, None
        net.apps[US] = stage.mailbox
        posts = [asyncio.create_task(run()) for run in sandbox.background]
        try:
            yield stage
        finally:
            for post in posts:
                post.cancel()
            await asyncio.gather(*posts, return_exceptions=True)
            await stage.person.aclose()
            await net.aclose()
