"""`counterfoil serve`: pages, webhooks, the API and the sync, in one process and one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import structlog
import typer
import uvicorn

from counterfoil import assembly, logs
from counterfoil.cli import environment
from counterfoil.settings import Settings

log = structlog.get_logger(__name__)

FINISH_WITHIN_SECONDS = 30.0
"""What is under way when the service is told to stop; what takes longer goes on after the next start."""


class _Server(uvicorn.Server):
    """Leaves the signals to us: after the last request the sync is still to be finished. Says when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info("service.listening", host=self.config.host, port=self.config.port)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve() -> None:
    """Run the service until it is told to stop (SIGTERM, Ctrl-C). Settings come from the environment."""
    settings = environment.settings()
    with environment.plain_words():
        service = environment.made(lambda: assembly.assemble(settings))
        logs.configure()
        code = asyncio.run(_serve(service, settings))
    raise typer.Exit(code)


async def _serve(service: assembly.Counterfoil, settings: Settings) -> int:
    try:
        await service.database.check()
        await service.prepare()
        return await _run(service, settings)
    finally:
        await service.close()


async def _run(service: assembly.Counterfoil, settings: Settings) -> int:
    """Serve and sync until somebody stops us; 0 when both then ended well, 1 when one of them ended unasked."""
    server = _Server(
        uvicorn.Config(
            service.app,
            host=settings.host,
            port=settings.port,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(FINISH_WITHIN_SECONDS),
        )
    )

    told = asyncio.Event()

    def stop() -> None:
        server.should_exit = True
        service.stop()

    def hear() -> None:
        told.set()
        stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, hear)
    parts = {asyncio.create_task(_listen(server, settings)), asyncio.create_task(service.run())}
    await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    stop()
    _, late = await asyncio.wait(parts, timeout=FINISH_WITHIN_SECONDS)
    for part in late:
        part.cancel()
    outcomes = await asyncio.gather(*parts, return_exceptions=True)
    troubles = [each for each in outcomes if isinstance(each, Exception)]
    for trouble in troubles:
        log.error("service.died", exc_info=trouble)
    if not troubles and not told.is_set():
        log.error("service.ended_unasked")
    return 0 if told.is_set() and not troubles else environment.FAILED


async def _listen(server: uvicorn.Server, settings: Settings) -> None:
    """Answer requests until `should_exit`. Raises OSError when the address cannot be taken."""
    try:
        await server.serve()
    except SystemExit as given_up:
        raise OSError(f"{settings.host}:{settings.port} cannot be listened on.") from given_up
