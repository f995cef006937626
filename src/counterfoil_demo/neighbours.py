"""The three neighbours over HTTP, as anybody's own tool would speak to them.

QuickBooks by query with a token of its own, the CRM by its API with a private token, Counterfoil by its operator's
API. What is asked here is counted, so that it can be told apart from what Counterfoil asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import msgspec

Row = dict[str, Any]
"""A JSON object; its numbers are int or Decimal."""

exact = msgspec.json.Decoder(float_hook=Decimal)
encode = msgspec.json.Encoder(decimal_format="number").encode

ROWS_MAX = 1000
"""The most that one QuickBooks query returns."""
SECONDS_BETWEEN_CALLS = 0.3
"""A company answers ten calls a second to all of its apps together; most of them are Counterfoil's."""


class Unexpected(Exception):
    """A neighbour answered with an error; the message says to what, and how."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Control:
    """What a stand-in offers beside the imitated API: its journal, its post, and what people do there."""

    base_url: str
    http: httpx.AsyncClient

    async def get(self, path: str, **query: str | int) -> Row:
        """Ask. Raises Unexpected."""
        return _answer(await self.http.get(f"{self.base_url}/_sandbox/{path}", params=query))

    async def post(self, path: str, body: Row | None = None) -> Row:
        """Do. Raises Unexpected."""
        return _answer(await self.http.post(f"{self.base_url}/_sandbox/{path}", content=encode(body or {})))

    async def exchanges(self, *, since: int = 0) -> list[Row]:
        """The exchanges of the journal after number `since`, oldest first."""
        return list((await self.get("journal", since=since))["exchanges"])

    async def mark(self) -> int:
        """The number of the newest exchange."""
        return max((row["seq"] for row in await self.exchanges()), default=0)

    async def deliveries(self) -> list[Row]:
        """All webhooks, with their attempts."""
        return list((await self.get("deliveries"))["deliveries"])

    async def settle(self) -> None:
        """Wait until no webhook is waiting to go out now."""
        await self.post("settle")


@dataclass(frozen=True, slots=True)
class QuickBooks:
    """The QuickBooks company. `credentials` is what the sandbox printed at its start."""

    credentials: Mapping[str, str]
    http: httpx.AsyncClient
    own: Counter[str] = field(default_factory=Counter)
    """Our own calls: reads, metered ones among them, and writes."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def base_url(self) -> str:
        """Where it is."""
        return self.credentials["base_url"]

    @property
    def control(self) -> Control:
        """Its control API."""
        return Control(self.base_url, self.http)

    async def rows(self, entity: str, where: str = "") -> list[Row]:
        """The objects of an entity by query. Raises Unexpected."""
        condition = f"WHERE {where}" if where else ""
        self.own.update(("reads", "metered"))
        await self._pause()
        answer = await self.http.get(
            self._address("query"),
            params={
                "query": " ".join(("SELECT * FROM", entity, condition, f"MAXRESULTS {ROWS_MAX}")),
                "minorversion": "75",
            },
            headers=self._headers(),
        )
        return list(_answer(answer)["QueryResponse"].get(entity, []))

    async def create(self, entity: str, body: Row) -> Row:
        """What a bookkeeper types in. Raises Unexpected."""
        self.own["writes"] += 1
        await self._pause()
        address = self._address(entity.lower())
        answer = await self.http.post(address, content=encode(body), headers=self._headers())
        return dict(_answer(answer)[entity])

    async def _pause(self) -> None:
        async with self._turn:
            await asyncio.sleep(SECONDS_BETWEEN_CALLS)

    def _address(self, resource: str) -> str:
        return f"{self.base_url}/v3/company/{self.credentials['realm_id']}/{resource}"

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.credentials['access_token']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }


@dataclass(frozen=True, slots=True)
class Crm:
    """The HighLevel location. `credentials` is what the sandbox printed at its start."""

    credentials: Mapping[str, str]
    http: httpx.AsyncClient
    own: Counter[str] = field(default_factory=Counter)
    """Our own calls: reads and writes."""

    @property
    def base_url(self) -> str:
        """Where it is."""
        return self.credentials["base_url"]

    @property
    def location_id(self) -> str:
        """The location."""
        return self.credentials["location_id"]

    @property
    def control(self) -> Control:
        """Its control API."""
        return Control(self.base_url, self.http)

    async def call(
        self, method: str, path: str, body: Row | None = None, *, query: Mapping[str, str] | None = None
    ) -> Row:
        """One call of the public API. Raises Unexpected."""
        self.own["reads" if method == "GET" or path.endswith("/search") else "writes"] += 1
        answer = await self.http.request(
            method,
            f"{self.base_url}{path}",
            params=query,
            content=None if body is None else encode(body),
            headers={
                "Authorization": f"Bearer {self.credentials['private_token']}",
                "Version": "2021-07-28",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
        )
        return _answer(answer)

    async def location(self) -> Row:
        """The business: its name, country and time zone."""
        return dict((await self.call("GET", f"/locations/{self.location_id}"))["location"])

    async def contacts(self) -> list[Row]:
        """All contacts."""
        body = {"locationId": self.location_id, "pageLimit": 500, "filters": []}
        return list((await self.call("POST", "/contacts/search", body))["contacts"])

    async def invoice(self, invoice_id: str) -> Row:
        """An invoice as it is now."""
        return await self.call("GET", f"/invoices/{invoice_id}", query=self.where)

    async def transactions(self, entity_id: str) -> list[Row]:
        """The payments of an order or invoice, oldest first."""
        query = {**self.where, "entityId": entity_id, "limit": "100", "offset": "0"}
        found = (await self.call("GET", "/payments/transactions", query=query))["data"]
        return sorted(found, key=lambda row: str(row["createdAt"]))

    async def order(self, order_id: str) -> Row:
        """An order with its items."""
        return await self.call("GET", f"/payments/orders/{order_id}", query=self.where)

    @property
    def where(self) -> dict[str, str]:
        """The location, as payments and invoices want it."""
        return {"altId": self.location_id, "altType": "location"}


@dataclass(frozen=True, slots=True)
class Service:
    """Counterfoil itself, by its operator's API."""

    base_url: str
    operator_token: str
    http: httpx.AsyncClient

    async def healthy(self) -> bool:
        """Whether it answers and says that it is well."""
        try:
            return (await self.http.get(f"{self.base_url}/api/v1/health")).is_success
        except httpx.TransportError:
            return False

    async def connections(self) -> list[Row]:
        """All connections with their counts."""
        answer = await self.http.get(
            f"{self.base_url}/api/v1/connections", headers={"Authorization": f"Bearer {self.operator_token}"}
        )
        return list(_answer(answer)["connections"])


def _answer(response: httpx.Response) -> Row:
    return dict(_decoded(response))


def _decoded(response: httpx.Response) -> Any:
    if not response.is_success:
        request = response.request
        raise Unexpected(
            f"{request.method} {request.url.copy_with(query=None)} was answered {response.status_code}: "
            f"{response.text[:300]}",
            response.status_code,
        )
    return exact.decode(response.content)
