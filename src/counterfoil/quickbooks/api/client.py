"""One authorised request to QuickBooks for one company: the answer's bytes back, or an error of our families.

A `Client` belongs to one connection. It waits for the company's quota, asks for the access token, and repeats a
request once when the token was refused: such a request has changed nothing, and it carries the same request id.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from counterfoil import errors
from counterfoil.quickbooks.api import faults
from counterfoil.quickbooks.api.limits import Quota

MINOR_VERSION = "75"
"""The only version of the entities that Intuit still serves (reference 1)."""

TIMEOUT = httpx.Timeout(connect=10.0, read=120.0, write=30.0, pool=30.0)
"""Intuit itself gives up after 120 seconds (reference 10)."""

STATEMENT_CHARACTERS_MAX = 2000
"""Longer queries go in the body, because not every gateway takes longer addresses."""

JSON = "application/json"
STATEMENT = "application/text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that went out: `operation` is its label without ids ("create Invoice").

    `metered` is how many reads Intuit counts for it: one for a read, one per item for a batch (the worst reading of
    reference 11), none for a write or for an answer that was no success. `status` is 0 when the answer was lost; its
    reads are counted, because Intuit may have. `trace` is `intuit_tid`, the id that Intuit's support asks for.
    """

    operation: str
    write: bool
    metered: int
    status: int
    trace: str


Token = Callable[[bool], Awaitable[str]]
"""Gives the access token; True says that the one given last was refused, so that it must be refreshed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    method: str
    path: str
    operation: str
    write: bool
    metered: int
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str = JSON
    batch: bool = False


class Client:
    """Requests to one company. `api_base` is `Addresses.api`; `on_exchange` is told of every request that went out.

    Every method raises AccessLost (after one refresh), TryLater, Refused, NeedsPerson; a write raises OutcomeUnknown
    where a read raises TryLater because no clear answer came.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        api_base: str,
        realm_id: str,
        token: Token,
        quota: Quota,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._http = http
        self._base = f"{api_base.rstrip('/')}/company/{quote(realm_id, safe='')}"
        self.realm_id = realm_id
        self._token = token
        self._quota = quota
        self._on_exchange = on_exchange

    async def read(self, path: str, *, operation: str, query: Mapping[str, str] | None = None) -> bytes:
        """The answer to a GET of a path below the company ("customer/58"), which has no query of its own."""
        request = _Request(
            method="GET", path=path, operation=operation, write=False, metered=1, query=query or {}
        )
        return await self._send_with_access(request)

    async def ask(self, statement: str, *, operation: str) -> bytes:
        """The answer to a query; a long statement goes in the body of a POST, which changes nothing either."""
        if len(statement) <= STATEMENT_CHARACTERS_MAX:
            return await self.read("query", operation=operation, query={"query": statement})
        request = _Request(
            method="POST",
            path="query",
            operation=operation,
            write=False,
            metered=1,
            content=statement.encode(),
            content_type=STATEMENT,
        )
        return await self._send_with_access(request)

    async def write(
        self,
        path: str,
        body: bytes,
        *,
        operation: str,
        request_id: str,
        query: Mapping[str, str] | None = None,
    ) -> bytes:
        """The answer to a POST that changes something.

        Sent again with the same `request_id` (at most 50 characters, unique in the company) it is not done again.
        """
        request = _Request(
            method="POST",
            path=path,
            operation=operation,
            write=True,
            metered=0,
            query={**(query or {}), "requestid": request_id},
            content=body,
        )
        return await self._send_with_access(request)

    async def batch(self, body: bytes, *, items: int, request_id: str) -> bytes:
        """The answer to a batch of so many items; `request_id` has at most 36 characters here (reference 4)."""
        request = _Request(
            method="POST",
            path="batch",
            operation="batch",
            write=True,
            metered=items,
            query={"requestid": request_id},
            content=body,
            batch=True,
        )
        return await self._send_with_access(request)

    async def _send_with_access(self, request: _Request) -> bytes:
        try:
            return await self._send(request, rejected=False)
        except faults.TokenRejected:
            return await self._send(request, rejected=True)

    async def _send(self, request: _Request, *, rejected: bool) -> bytes:
        headers = {
            "Authorization": f"Bearer {await self._token(rejected)}",
            "Accept": JSON,
            "User-Agent": "Counterfoil",
        }
        if request.content is not None:
            headers["Content-Type"] = request.content_type
        async with self._quota.call(batch=request.batch):
            answer = await self._exchange(request, headers)
            trouble = _trouble(request, answer)
            if isinstance(trouble, faults.Throttled):
                # While the call still holds its place, so that nobody slips in between.
                self._quota.pause(trouble.after_seconds or faults.THROTTLED_SECONDS)
        if trouble is not None:
            raise trouble
        return answer.content

    async def _exchange(self, request: _Request, headers: Mapping[str, str]) -> httpx.Response:
        try:
            answer = await self._http.request(
                request.method,
                f"{self._base}/{request.path}",
                params={**request.query, "minorversion": MINOR_VERSION},
                content=request.content,
                headers=headers,
                timeout=TIMEOUT,
                follow_redirects=False,
            )
        except faults.HTTPX as error:
            trouble = faults.of_transport(error, _circumstances(request, None))
            if not isinstance(error, faults.NEVER_SENT + faults.BAD_ADDRESS):
                self._tell(request, status=0, metered=request.metered, trace="")
            raise trouble from error
        metered = request.metered if answer.is_success else 0
        self._tell(request, status=answer.status_code, metered=metered, trace=trace_of(answer.headers))
        return answer

    def _tell(self, request: _Request, *, status: int, metered: int, trace: str) -> None:
        if self._on_exchange is not None:
            self._on_exchange(
                Exchange(
                    operation=request.operation,
                    write=request.write,
                    metered=metered,
                    status=status,
                    trace=trace,
                )
            )


def trace_of(headers: httpx.Headers) -> str:
    """The id of an answer that Intuit's support asks for; its name is spelt in two ways (reference 3.3)."""
    return headers.get("intuit_tid") or headers.get("intuit-tid") or ""


def _trouble(request: _Request, answer: httpx.Response) -> errors.CounterfoilError | None:
    """What is wrong with an answer; a fault may come with status 200 too (reference 12.1)."""
    at = _circumstances(request, answer)
    if not answer.is_success:
        return faults.of_answer(answer.content, at)
    fault = faults.fault_in(answer.content)
    return None if fault is None else faults.of_fault(fault, at)


def _circumstances(request: _Request, answer: httpx.Response | None) -> faults.Circumstances:
    if answer is None:
        return faults.Circumstances(operation=request.operation, write=request.write)
    return faults.Circumstances(
        operation=request.operation,
        write=request.write,
        status=answer.status_code,
        trace=trace_of(answer.headers),
        retry_after=answer.headers.get("retry-after", ""),
    )
