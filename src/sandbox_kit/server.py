"""A stand-in on a real port: inside a running loop for tests and the demo, or blocking for a command line."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Coroutine, Generator, Sequence
from types import TracebackType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox_kit.exchanges import TRANSPORT

Background = Sequence[Callable[[], Coroutine[Any, Any, Any]]]
"""Coroutines that live as long as the server, for example `postman.run`."""

_SHUTDOWN_SECONDS = 1
_BACKLOG = 512


class CuttableProtocol(H11Protocol):
    """uvicorn's HTTP protocol that shows the app its transport, so that a lost answer can cut the connection.

    uvicorn answers 500 for an app that raises or stays silent; only the transport ends a connection without a byte.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app: Any = self.app

        async def shown(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = self.transport
            await app(scope, receive, send)

        self.app = shown


class _Server(uvicorn.Server):
    """uvicorn's server without signal handlers; starting and stopping are events instead of polls."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.ending = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        await self.ending.wait()


class Running:
    """An app that listens for as long as the block runs: `async with Running(app) as server: server.url`.

    Port 0 takes a free one. Raises OSError when the address cannot be had, and on leaving the block whatever a
    background coroutine died of.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        background: Background = (),
    ) -> None:
        self.url = ""
        self._app = app
        self._host = host
        self._port = port
        self._background = background
        self._tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> Running:
        listener = _listen(self._host, self._port)
        self.url = _url(self._host, listener.getsockname()[1])
        self._server = _Server(_config(self._app))
        self._serving = asyncio.create_task(
            self._server.serve(sockets=[listener]), name=f"serving {self.url}"
        )
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({listening, self._serving}, return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            listening.cancel()
            listener.close()
            self._serving.result()
            raise RuntimeError(f"the server at {self.url} ended before it listened")
        self._tasks = [asyncio.create_task(work()) for work in self._background]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        died = [task.exception() for task in self._tasks if task.done() and not task.cancelled()]
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server.ending.set()
        await self._serving
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        for failure in died:
            if failure is not None and error is None:
                raise failure

    async def ended(self) -> None:
        """Returns when the server or one of its background coroutines has ended by itself."""
        await asyncio.wait({self._serving, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)


def serve(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    background: Background = (),
    announce: Callable[[str], None],
) -> None:
    """Serves until SIGTERM or SIGINT; `announce` is told the URL once it answers.

    Raises OSError when the address cannot be had, and whatever a background coroutine dies of.
    """
    asyncio.run(_serve(Running(app, host=host, port=port, background=background), announce))


async def _serve(running: Running, announce: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running as server:
        announce(server.url)
        waits = {asyncio.create_task(stop.wait()), asyncio.create_task(server.ended())}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's delay (40 ms an answer) off only where it sees TCP named.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _url(host: str, port: int) -> str:
    """A URL that a browser on this machine can open; the wildcard addresses are written as loopback."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
