"""What the sandbox adds to the kit's control API under ``/_sandbox/``: reset, tokens, webhooks, merges, books."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from quickbooks_sandbox import openapi, subscriptions
from quickbooks_sandbox.company import amounts, refusals
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.kinds import CHOICES
from quickbooks_sandbox.oauth.grants import Client, Grants
from quickbooks_sandbox.quota import Quota
from quickbooks_sandbox.webhooks import Announcer
from sandbox_kit import control as kit

Record = dict[str, Any]


@dataclass(slots=True)
class Controls:
    """The control API of one server. ``reset`` is what the reset route does, ``credentials`` what it shows."""

    companies: Mapping[str, Company]
    grants: Grants
    client: Client
    announcer: Announcer
    quota: Quota
    credentials: Callable[[], Record]
    reset: Callable[[], None]

    def routes(self) -> list[Route]:
        """The routes beside those of the kit; ``settle`` replaces the kit's, as events wait to be gathered."""
        table: list[tuple[str, str, kit.Handler]] = [
            ("reset", "POST", self._reset),
            ("credentials", "GET", self._credentials),
            ("openapi.json", "GET", self._openapi),
            ("tokens", "POST", self._tokens),
            ("revoke", "POST", self._revoke),
            ("merge", "POST", self._merge),
            ("books", "GET", self._books),
            ("webhooks", "GET", self._webhooks),
            ("webhooks", "POST", self._set_webhooks),
            ("settle", "POST", self._settle),
            ("quota", "GET", self._quota),
            ("quota", "POST", self._set_quota),
            ("behaviour", "GET", self._behaviour),
            ("behaviour", "POST", self._set_behaviour),
            ("subscription", "POST", self._set_subscription),
        ]
        return [
            Route(f"/_sandbox/{name}", kit.guarded(handler), methods=[method])
            for name, method, handler in table
        ]

    async def _reset(self, _: Request) -> Response:
        self.reset()
        return kit.json_answer({"reset": True})

    async def _credentials(self, _: Request) -> Response:
        return kit.json_answer(self.credentials())

    async def _openapi(self, request: Request) -> Response:
        return kit.json_answer(openapi.document(self._company(dict(request.query_params)).realm_id))

    async def _tokens(self, request: Request) -> Response:
        company = self._company(await _object(request))
        tokens, _ = self.grants.mint(self.client.client_id, company.realm_id)
        return kit.json_answer(
            {
                "realm_id": company.realm_id,
                "access_token": tokens.access_token,
                "refresh_token": tokens.refresh_token,
            }
        )

    async def _revoke(self, request: Request) -> Response:
        company = self._company(await _object(request))
        return kit.json_answer({"revoked": self.grants.disconnect(company.realm_id)})

    async def _merge(self, request: Request) -> Response:
        data = await _object(request)
        company = self._company(data)
        if data.get("entity", "customer") != "customer":
            raise ValueError("only customers can be merged: send entity customer")
        survivor, loser = str(data.get("survivor", "")), str(data.get("loser", ""))
        try:
            record = company.merge(survivor, loser)
        except refusals.Refused as refused:
            raise ValueError(f"the merge was refused: {refused}") from None
        return _exact({"Customer": record})

    async def _books(self, request: Request) -> Response:
        return _exact(books(self._company(dict(request.query_params))))

    async def _webhooks(self, _: Request) -> Response:
        return kit.json_answer(subscriptions.shown(self.announcer))

    async def _set_webhooks(self, request: Request) -> Response:
        subscriptions.change(self.announcer, await _object(request))
        return await self._webhooks(request)

    async def _settle(self, _: Request) -> Response:
        events = self.announcer.flush()
        await self.announcer.postman.settle()
        return kit.json_answer({"settled": True, "events": events})

    async def _set_quota(self, request: Request) -> Response:
        known = {one.name: one for one in dataclasses.fields(self.quota.limits)}
        changes: Record = {}
        for name, value in (await _object(request)).items():
            if name not in known:
                raise ValueError(f"there is no limit {name}; known are {', '.join(known)}")
            changes[name] = _like(getattr(self.quota.limits, name), value, name)
        for name, value in changes.items():
            setattr(self.quota.limits, name, value)
        return await self._quota(request)

    async def _quota(self, _: Request) -> Response:
        used = self.quota.metered_this_month
        return kit.json_answer({**dataclasses.asdict(self.quota.limits), "metered_this_month": used})

    async def _behaviour(self, request: Request) -> Response:
        company = self._company(dict(request.query_params))
        return kit.json_answer(dataclasses.asdict(company.behaviour))

    async def _set_behaviour(self, request: Request) -> Response:
        data = await _object(request)
        company = self._company(data)
        data.pop("realm_id", None)
        known = dataclasses.asdict(company.behaviour)
        changes: Record = {}
        for name, value in data.items():
            if name not in known:
                raise ValueError(f"there is no behaviour {name}; known are {', '.join(known)}")
            changes[name] = _like(known[name], value, name)
        company.behave(dataclasses.replace(company.behaviour, **changes))
        self.grants.behaviour = company.behaviour
        return kit.json_answer(dataclasses.asdict(company.behaviour))

    async def _set_subscription(self, request: Request) -> Response:
        data = await _object(request)
        status = data.get("status")
        if not isinstance(status, str):
            raise ValueError('send {"status": "CANCELLED"} or {"status": "PAID"}')
        self._company(data).set_subscription(status)
        return kit.json_answer({"status": status})

    def _company(self, data: Record) -> Company:
        realm = str(data.get("realm_id") or next(iter(self.companies)))
        company = self.companies.get(realm)
        if company is None:
            raise ValueError(f"there is no company {realm} here")
        return company


def books(company: Company) -> Record:
    """What a checker asks after a story: who owes what, and how many objects of each kind there are."""
    tables = company.tables
    invoices = list(tables["Invoice"].records.values())
    payments = list(tables["Payment"].records.values())
    open_invoices = amounts.total(record["Balance"] for record in invoices)
    unapplied = amounts.total(record["UnappliedAmt"] for record in payments)
    credits = amounts.total(record["Balance"] for record in tables["CreditMemo"].records.values())
    return {
        "realm_id": company.realm_id,
        "receivables": amounts.money(open_invoices - unapplied - credits),
        "open_invoices": amounts.money(open_invoices),
        "unapplied_payments": amounts.money(unapplied),
        "open_credits": amounts.money(credits),
        "customer_balances": amounts.money(_sum(company, "Customer", "Balance")),
        "invoices_total": amounts.money(_sum(company, "Invoice", "TotalAmt")),
        "receipts_total": amounts.money(_sum(company, "SalesReceipt", "TotalAmt")),
        "payments_total": amounts.money(_sum(company, "Payment", "TotalAmt")),
        "counts": {name: len(table.records) for name, table in tables.items()},
    }


def _sum(company: Company, entity: str, member: str) -> Decimal:
    return amounts.total(record[member] for record in company.tables[entity].records.values())


def _exact(body: Record) -> Response:
    content = msgspec.json.Encoder(decimal_format="number").encode(body)
    return Response(content, media_type="application/json")


async def _object(request: Request) -> Record:
    """The JSON object of a request; an empty body is an empty object."""
    if not await request.body():
        return {}
    data = await kit.json_body(request)
    if not isinstance(data, dict):
        raise ValueError("send a JSON object")
    return data


def _like(old: object, value: object, name: str) -> object:
    """``value`` if it is of the kind of ``old``.

    Raises:
        ValueError: it is not.
    """
    if isinstance(old, str):
        if value in CHOICES[name]:
            return value
        raise ValueError(f"`{name}` is one of {', '.join(CHOICES[name])}")
    if isinstance(old, bool):
        if isinstance(value, bool):
            return value
        raise ValueError(f"`{name}` is true or false")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"`{name}` is a number, 0 or more")
    return type(old)(value)  # type: ignore[call-arg]  # old is an int or a float here
