"""Many apps behind one transport: origins, restarts, and callers who give up."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox_kit import virtual_time
from sandbox_kit.in_process import InProcess


def said(word: str) -> Starlette:
    """An app that says this word."""

    async def say(request: Request) -> Response:
        return PlainTextResponse(word)

    return Starlette(routes=[Route("/", say)])


async def test_in_process_finds_the_app_by_origin_and_nobody_elsewhere() -> None:
    """Scheme, host and port choose the app; an unknown origin is a refused connection."""
    apps = {
        "http://one.test": said("one"),
        "https://one.test": said("safe"),
        "http://two.test:8080/": said("two"),
    }
    async with httpx.AsyncClient(transport=InProcess(apps)) as client:
        urls = ["http://one.test/", "http://one.test:80/", "https://one.test/", "http://two.test:8080/"]
        assert [(await client.get(url)).text for url in urls] == ["one", "one", "safe", "two"]
        with pytest.raises(httpx.ConnectError, match=r"two\.test"):
            await client.get("http://two.test/")


async def test_in_process_follows_a_restarted_app() -> None:
    """An app may be replaced or taken away while the client lives."""
    transport = InProcess({"http://one.test": said("old")})
    async with httpx.AsyncClient(transport=transport) as client:
        assert (await client.get("http://one.test/")).text == "old"
        transport.apps["http://one.test"] = said("new")
        assert (await client.get("http://one.test/")).text == "new"
        del transport.apps["http://one.test"]
        with pytest.raises(httpx.ConnectError):
            await client.get("http://one.test/")


async def test_in_process_carries_method_path_query_headers_and_body() -> None:
    """The app sees the request as it was made, escapes and repeated members included."""

    async def mirror(request: Request) -> Response:
        seen = [
            request.method,
            request.url.path,
            request.url.query,
            request.headers["x-a"],
            str(await request.body()),
        ]
        return JSONResponse(seen, 201, {"x-b": "2"})

    app = Starlette(routes=[Route("/{rest:path}", mirror, methods=["PUT"])])
    async with httpx.AsyncClient(transport=InProcess({"http://m.test": app})) as client:
        answer = await client.put("http://m.test/a%20b?q=1&q=%C3%A9", content=b"hi", headers={"X-A": "1"})
    assert (answer.status_code, answer.headers["x-b"]) == (201, "2")
    assert answer.json() == ["PUT", "/a b", "q=1&q=%C3%A9", "1", "b'hi'"]


async def test_in_process_answers_head_without_a_body() -> None:
    """HEAD has the headers and no body."""
    async with httpx.AsyncClient(transport=InProcess({"http://one.test": said("one")})) as client:
        answer = await client.head("http://one.test/")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "3")


def test_in_process_hands_over_the_answer_before_the_apps_afterwork() -> None:
    """As over a port, background work goes on after the caller has the answer."""

    async def main() -> None:
        done: list[str] = []

        async def afterwork() -> None:
            await asyncio.sleep(60)
            done.append("done")

        async def handle(request: Request) -> Response:
            return PlainTextResponse("ok", background=BackgroundTask(afterwork))

        app = Starlette(routes=[Route("/", handle)])
        async with httpx.AsyncClient(transport=InProcess({"http://one.test": app})) as client:
            assert (await client.get("http://one.test/")).text == "ok"
            assert done == []
            await asyncio.sleep(61)
            assert done == ["done"]

    virtual_time.run(main())


def test_in_process_lets_the_app_finish_when_the_caller_is_cancelled() -> None:
    """A caller that dies does not undo what it asked for."""

    async def main() -> None:
        done: list[str] = []

        async def handle(request: Request) -> Response:
            await asyncio.sleep(5)
            done.append("done")
            return PlainTextResponse("ok")

        app = Starlette(routes=[Route("/", handle)])
        async with httpx.AsyncClient(transport=InProcess({"http://one.test": app}), timeout=None) as client:
            caller = asyncio.create_task(client.get("http://one.test/"))
            await asyncio.sleep(1)
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)
            await asyncio.sleep(5)
        assert done == ["done"]

    virtual_time.run(main())


async def test_in_process_raises_a_bug_of_the_app_to_the_caller() -> None:
    """An exception behind a framework's 500 is raised; a 500 that was meant is an answer."""

    async def buggy(request: Request) -> Response:
        raise RuntimeError("a bug")

    async def meant(request: Request) -> Response:
        return PlainTextResponse("sorry", 500)

    app = Starlette(routes=[Route("/buggy", buggy), Route("/meant", meant)])
    async with httpx.AsyncClient(transport=InProcess({"http://one.test": app})) as client:
        with pytest.raises(RuntimeError, match="a bug"):
            await client.get("http://one.test/buggy")
        assert (await client.get("http://one.test/meant")).status_code == 500


async def test_in_process_takes_silence_for_a_broken_connection() -> None:
    """An app that ends without an answer is a connection that ended."""

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async with httpx.AsyncClient(transport=InProcess({"http://one.test": silent})) as client:
        with pytest.raises(httpx.ReadError):
            await client.get("http://one.test/")
