"""The ring around an imitated API: every exchange is journaled, and faults strike here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox_kit.faults import Delay, Faults, Lose, Refuse
from sandbox_kit.journal import BODY_BYTES_MAX, Journal

TAGS = "sandbox.tags"
"""Scope member: a dict that handlers may fill with further tags before they answer."""

TRANSPORT = "sandbox.transport"
"""Scope member that `sandbox_kit.server` sets: the connection's transport, to be cut when an answer is lost."""

DELAY = "sandbox.delay"
"""Scope member: the seconds that an app which takes its delays itself waits before it does what it was asked."""

Refusal = tuple[int, dict[str, str], bytes]
"""Status, headers and body of a refusal."""


class AnswerLost(Exception):
    """The caller gets no answer. Only raised in process; over a port the connection is cut instead."""


Tags = Callable[[Scope, str, int], Mapping[str, str | int]]
"""Says what to write beside an exchange, for example `{"metered": 1}`, from ASGI scope, operation and status."""


class Exchanges:
    """ASGI middleware around an imitated API.

    `name(method, path)` gives the journal's label of an operation; None means that the request belongs to nobody's
    API (control, pages): it is passed on untouched, without journal or faults. `refuse` words a refusal the way
    the API does; a fault's own body and Retry-After take precedence over it. Where `waits(path)` is true the app finds
    a delay as `DELAY` in its scope and waits itself, so that the request counts as under way meanwhile.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        journal: Journal,
        faults: Faults,
        name: Callable[[str, str], str | None],
        refuse: Callable[[Refuse], Refusal],
        tags: Tags | None = None,
        waits: Callable[[str], bool] | None = None,
    ) -> None:
        self._app = app
        self._waits = waits
        self._journal = journal
        self._faults = faults
        self._name = name
        self._refuse = refuse
        self._tags = tags

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = self._name(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if operation is None:
            await self._app(scope, receive, send)
            return
        scope[TAGS] = {}
        body = await _read(receive)
        if body is None:
            return
        page = _Page(self._journal, self._tags, scope, operation, body)
        match self._faults.strike(scope["method"], scope["path"]):
            case Lose.REQUEST:
                page.write(0, {"lost": "request"})
                await _hang_up(scope, receive)
            case Lose.ANSWER:
                await self._serve(page, receive, _nowhere, {"lost": "answer"})
                await _hang_up(scope, receive)
            case Refuse() as refusal:
                await self._turn_away(page, refusal, send)
            case Delay(seconds):
                if self._waits is not None and self._waits(scope["path"]):
                    scope[DELAY] = seconds
                else:
                    await asyncio.sleep(seconds)
                await self._serve(page, receive, send, {})
            case _:
                await self._serve(page, receive, send, {})

    async def _serve(self, page: _Page, receive: Receive, send: Send, marks: Mapping[str, str | int]) -> None:
        async def answer(message: Message) -> None:
            page.note(message, marks)  # before it is sent: who has the answer finds it in the journal
            await send(message)

        try:
            await self._app(page.scope, _replay(page.body, receive), answer)
        except BaseException as error:
            page.write(500, {"raised": type(error).__name__, **marks})
            raise

    async def _turn_away(self, page: _Page, refusal: Refuse, send: Send) -> None:
        status, headers, body = self._refuse(refusal)
        headers = {name.lower(): value for name, value in headers.items()}
        if refusal.after is not None:
            headers.setdefault("retry-after", f"{refusal.after:g}")
        if refusal.body is not None:
            body = refusal.body.encode()
        headers["content-length"] = str(len(body))
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        for message in (
            {"type": "http.response.start", "status": status, "headers": raw},
            {"type": "http.response.body", "body": body},
        ):
            page.note(message, {"fault": "refused"})
            await send(message)


class _Page:
    """The journal page of one exchange, filled while the answer goes by and written once."""

    def __init__(
        self, journal: Journal, tags: Tags | None, scope: Scope, operation: str, body: bytes
    ) -> None:
        self.scope = scope
        self.body = body
        self._journal = journal
        self._tags = tags
        self._operation = operation
        self._status = 0
        self._answer = bytearray()
        self._written = False

    def note(self, message: Message, marks: Mapping[str, str | int]) -> None:
        """Notes a piece of the answer; the last piece writes the page."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
        elif message["type"] == "http.response.body":
            if len(self._answer) <= BODY_BYTES_MAX:
                self._answer += message.get("body", b"")
            if not message.get("more_body", False):
                self.write(self._status, marks)

    def write(self, status: int, marks: Mapping[str, str | int]) -> None:
        """Writes the page unless it is written; a status of 0 was never seen by the API and gets no tags of it."""
        if self._written:
            return
        self._written = True
        own = self._tags(self.scope, self._operation, status) if self._tags and status else {}
        self._journal.record(
            method=self.scope["method"],
            path=self.scope["path"],
            query=self.scope["query_string"].decode("latin-1"),
            operation=self._operation,
            status=status,
            request=self.body.decode(errors="replace"),
            response=self._answer.decode(errors="replace"),
            tags={**own, **self.scope[TAGS], **marks},
        )


async def _read(receive: Receive) -> bytes | None:
    """The whole request body; None when the caller went away before it was complete."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


async def _nowhere(_: Message) -> None:
    """Where a lost answer goes."""


async def _hang_up(scope: Scope, receive: Callable[[], Awaitable[Any]]) -> None:
    """Ends the connection with nothing sent. Raises AnswerLost where there is no connection (in process)."""
    transport = scope.get(TRANSPORT)
    if transport is None:
        raise AnswerLost(f"{scope['method']} {scope['path']}")
    transport.abort()
    while (await receive())[
        "type"
    ] != "http.disconnect":  # until the server has noticed: it sends no 500 then
        pass
