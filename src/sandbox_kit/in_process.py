"""Many ASGI apps behind one httpx transport, by origin: the whole neighbourhood in one event loop, without ports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Scope

from sandbox_kit.exchanges import AnswerLost


class InProcess(httpx.AsyncBaseTransport):
    """Carries requests to apps by scheme, host and port: `{"http://quickbooks.test": app}`.

    It behaves like a network: an unknown origin is an httpx.ConnectError, a lost answer an httpx.ReadError, and a
    caller who gives up (read timeout, cancellation) does not stop the app from finishing what it began. An answer
    is handed over when it is complete, while the app's afterwork goes on; only a 500 waits for the app's end, because
    an exception of the app is a bug and is raised to the caller. `apps` may be changed while requests run.
    """

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self.apps: dict[str, ASGIApp] = dict(apps)
        self._running: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request to the app of its origin and answers what that answered."""
        app = self._app_of(request.url)
        if app is None:
            raise httpx.ConnectError(f"nobody listens at {_origin(request.url)}", request=request)
        body = await request.aread()
        call = _Call(_scope(request), body)
        task = asyncio.get_running_loop().create_task(call.run(app), name=f"{request.method} {request.url}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        limit = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(limit):
                return await asyncio.shield(call.answer)
        except TimeoutError as error:
            if call.answer.done():
                raise
            raise httpx.ReadTimeout(f"no answer within {limit:g} seconds", request=request) from error
        except AnswerLost as error:
            raise httpx.ReadError("the connection ended without an answer", request=request) from error
        finally:
            call.hang_up()

    async def aclose(self) -> None:
        """Ends whatever is still being worked on."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _app_of(self, url: httpx.URL) -> ASGIApp | None:
        wanted = _origin(url)
        return next((app for base, app in self.apps.items() if _origin(httpx.URL(base)) == wanted), None)


class _Call:
    """One request on its way through an app."""

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.answer: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
        self._scope = scope
        self._unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._gone = asyncio.Event()
        self._start: Message = {}
        self._failure: httpx.Response | None = None
        self._body = bytearray()

    async def run(self, app: ASGIApp) -> None:
        """Lets the app answer; what it raises before that becomes the outcome of the call."""
        try:
            await app(self._scope, self._receive, self._send)
            if self._failure is not None:
                self.answer.set_result(self._failure)
        except Exception as error:
            if self.answer.done():
                raise
            self.answer.set_exception(error)
            self.answer.exception()  # looked at: a caller who gave up leaves no unread exception behind
        finally:
            if not self.answer.done():
                self.answer.set_exception(AnswerLost("the app ended without a complete answer"))
                self.answer.exception()

    def hang_up(self) -> None:
        """The caller listens no longer."""
        self._gone.set()

    async def _receive(self) -> Message:
        if self._unread:
            return self._unread.pop()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body" or self.answer.done():
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            body = b"" if self._scope["method"] == "HEAD" else bytes(self._body)
            headers: Any = self._start.get("headers", [])
            response = httpx.Response(self._start["status"], headers=list(headers), content=body)
            if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                self._failure = response
            else:
                self.answer.set_result(response)


def _scope(request: httpx.Request) -> Scope:
    url = request.url
    path, _, query = url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (url.host, url.port or (443 if url.scheme == "https" else 80)),
        "client": ("127.0.0.1", 50_000),
        "state": {},
    }


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"
