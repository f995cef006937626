"""One authorised request to HighLevel for one location: JSON back, or an error of our families.

A `Client` belongs to one connection. It waits for the location's quota, asks for the access token, and repeats a
request once when the token was refused: such a request has changed nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from counterfoil import errors
from counterfoil.crm import port
from counterfoil.crm.highlevel import faults
from counterfoil.crm.highlevel.addresses import Addresses
from counterfoil.crm.highlevel.limits import Quota

VERSION = "2021-07-28"
"""The generation of the API we speak; mandatory on every call (reference 1.2, 1.3)."""

TIMEOUT_SECONDS = 30.0


class Client:
    """Requests to one location. `jitter` gives [0, 1); `on_call` is told every answer."""

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        addresses: Addresses,
        token: port.TokenGetter,
        quota: Quota,
        jitter: Callable[[], float],
        on_call: port.OnCall = lambda call: None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._http = http
        self._addresses = addresses
        self._token = token
        self._quota = quota
        self._jitter = jitter
        self._on_call = on_call
        self._timeout = timeout_seconds
        self._given = ""
        self._renewing = asyncio.Lock()
        self._encoder = msgspec.json.Encoder(decimal_format="number")
        self._decoder = msgspec.json.Decoder(float_hook=Decimal)

    async def read(
        self,
        path: str,
        *,
        ids: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: object = None,
        bulk: bool = False,
    ) -> Any:
        """The JSON of a GET, or of a POST when there is a `body` (searches change nothing).

        `path` is a template ("/contacts/{id}") that `ids` fill. A `bulk` read stops early when the day's quota nears
        its end. Raises TryLater, AccessLost, Refused (Gone), NeedsPerson.
        """
        method = "GET" if body is None else "POST"
        return await self._request(
            method, path, ids=ids or {}, query=query or {}, body=body, write=False, bulk=bulk
        )

    async def write(
        self, method: str, path: str, *, ids: Mapping[str, str] | None = None, body: object = None
    ) -> Any:
        """The JSON that HighLevel answers to a change.

        Raises OutcomeUnknown when no clear answer came, and TryLater, AccessLost, Refused (Duplicate, Gone),
        NeedsPerson when nothing was changed.
        """
        return await self._request(method, path, ids=ids or {}, query={}, body=body, write=True, bulk=False)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        ids: Mapping[str, str],
        query: Mapping[str, str],
        body: object,
        write: bool,
        bulk: bool,
    ) -> Any:
        operation = f"{method} {path}"
        url = self._addresses.api + path.format_map({name: quote(id, safe="") for name, id in ids.items()})
        content = None if body is None else self._encoder.encode(body)
        token = await self._ask_for_token(operation)
        try:
            return await self._send(method, url, operation, query, content, token, write=write, bulk=bulk)
        except faults.TokenRejected:
            token = await self._another_token(token, operation)
            return await self._send(method, url, operation, query, content, token, write=write, bulk=bulk)

    async def _another_token(self, refused: str, operation: str) -> str:
        """A token after this one was refused. Of requests that were under way together only the first asks for it: a
        second renewal would end what the first one gave (reference 2.4)."""
        async with self._renewing:
            if self._given != refused:
                return self._given
            return await self._ask_for_token(operation, rejected=True)

    async def _ask_for_token(self, operation: str, *, rejected: bool = False) -> str:
        try:
            self._given = await self._token(rejected)
        except errors.OutcomeUnknown as unknown:
            # Of the renewal nobody knows; of this request it is certain that it was not sent.
            raise errors.TryLater(f"The access could not be renewed for {operation}: {unknown}") from unknown
        return self._given

    async def _send(
        self,
        method: str,
        url: str,
        operation: str,
        query: Mapping[str, str],
        content: bytes | None,
        token: str,
        *,
        write: bool,
        bulk: bool,
    ) -> Any:
        headers = {
            "Authorization": f"Bearer {token}",
            "Version": VERSION,
            "Accept": "application/json",
        }
        if content is not None:
            headers["Content-Type"] = "application/json"
        async with self._quota.call(bulk=bulk) as answered:
            try:
                answer = await self._http.request(
                    method,
                    url,
                    params=dict(query) or None,
                    content=content,
                    headers=headers,
                    timeout=self._timeout,
                    follow_redirects=False,
                )
            except faults.HTTPX as error:
                raise faults.of_transport(error, operation=operation, write=write) from error
            answered(answer.status_code, answer.headers)
        self._on_call(port.Call(bank="crm", operation=operation, status=answer.status_code, write=write))
        if not answer.is_success:
            raise faults.of_answer(
                status=answer.status_code,
                body=answer.content,
                operation=operation,
                write=write,
                pause_seconds=self._quota.window.interval * (1.0 + self._jitter()),
            )
        try:
            return self._decoder.decode(answer.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise faults.not_json(operation=operation, write=write) from error
