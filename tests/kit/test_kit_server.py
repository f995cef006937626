"""Apps on real ports: quick to start and to stop, and clean on a signal."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox_kit.server import Running

PROGRAM = """
import asyncio, sys
from starlette.responses import PlainTextResponse
from sandbox_kit.server import serve

async def beside():
    if "die" in sys.argv:
        raise RuntimeError("died beside")
    await asyncio.Event().wait()

serve(PlainTextResponse("hello"), host="127.0.0.1", port=0, background=[beside], announce=lambda url: print(url, flush=True))
print("stopped")
"""


async def _hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def _never(request: Request) -> Response:
    await asyncio.Event().wait()
    return PlainTextResponse("never")


APP = Starlette(routes=[Route("/", _hello), Route("/never", _never)])


async def test_running_serves_on_a_free_port_and_stops_beside_idle_connections() -> None:
    """The URL answers inside the block and nobody after it, though a client keeps its connection open."""
    async with httpx.AsyncClient() as client:
        async with Running(APP) as server:
            assert (await client.get(server.url)).text == "hello"
        with pytest.raises(httpx.ConnectError):
            await client.get(server.url)


async def test_running_is_not_held_up_by_a_handler_that_never_ends() -> None:
    """A request that is never answered is cut off when the server stops."""
    async with httpx.AsyncClient(timeout=10) as client:
        async with Running(APP) as server:
            hanging = asyncio.create_task(client.get(f"{server.url}/never", timeout=None))
            await asyncio.sleep(0.1)
        (outcome,) = await asyncio.gather(hanging, return_exceptions=True)
        assert isinstance(outcome, httpx.TransportError) or outcome.status_code == 500


async def test_running_answers_on_the_port_it_was_given_again_and_again() -> None:
    """A restarted server takes the same port at once."""
    async with httpx.AsyncClient() as client:
        async with Running(APP) as first:
            port = int(first.url.rsplit(":", 1)[1])
            await client.get(first.url)
        async with Running(APP, port=port) as second:
            assert second.url == first.url
            assert (await client.get(second.url)).text == "hello"


async def test_running_refuses_a_taken_port_with_an_os_error() -> None:
    """Two servers cannot have one port; the second says so instead of ending the process."""
    async with Running(APP) as first:
        with pytest.raises(OSError, match="in use"):
            await Running(APP, port=int(first.url.rsplit(":", 1)[1])).__aenter__()


async def test_running_writes_a_url_that_can_be_opened_for_wildcards_and_ipv6() -> None:
    """A wildcard is shown as loopback, an IPv6 address in brackets."""
    async with (
        Running(APP, host="0.0.0.0") as four,
        Running(APP, host="::1") as six,
        httpx.AsyncClient() as client,
    ):
        assert four.url.startswith("http://127.0.0.1:")
        assert six.url.startswith("http://[::1]:")
        assert [(await client.get(url)).text for url in (four.url, six.url)] == ["hello", "hello"]


async def test_running_keeps_background_work_as_long_as_it_lives() -> None:
    """Background coroutines run inside the block and are cancelled behind it."""
    story: list[str] = []

    async def beside() -> None:
        story.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            story.append("ended")

    async with Running(APP, background=[beside]):
        await asyncio.sleep(0)
        assert story == ["began"]
    assert story == ["began", "ended"]


async def test_running_raises_what_its_background_work_died_of() -> None:
    """A crash beside the server is not swallowed."""

    async def beside() -> None:
        raise RuntimeError("died beside")

    with pytest.raises(RuntimeError, match="died beside"):
        async with Running(APP, background=[beside]) as server:
            await server.ended()


async def test_running_leaves_the_signal_handlers_alone() -> None:
    """Inside a test or a demo, Ctrl-C stays whoever's it was."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with Running(APP):
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_announces_itself_and_stops_cleanly_on_a_signal(number: signal.Signals) -> None:
    """The announced URL answers, and a signal ends the program with exit code 0 and nothing on stderr."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert httpx.get(program.stdout.readline().strip()).text == "hello"
        program.send_signal(number)
        out, err = program.communicate(timeout=10)
    assert (program.returncode, out, err) == (0, "stopped\n", "")


def test_serve_ends_with_the_error_of_its_background_work() -> None:
    """When the postman dies, the program does not go on without it."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, "die"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "died beside" in done.stderr
