"""The ring around an imitated API: lost requests, lost answers, refusals and delays, over ports and in process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Scope

from sandbox_kit import virtual_time
from sandbox_kit.clock import Clock
from sandbox_kit.exchanges import TAGS, AnswerLost, Exchanges
from sandbox_kit.faults import Delay, Fault, Faults, Lose, Refuse
from sandbox_kit.ids import Ids
from sandbox_kit.in_process import InProcess
from sandbox_kit.journal import Journal
from sandbox_kit.server import Running


@dataclass
class Bank:
    """An API that remembers what it did, in its ring."""

    done: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=lambda: Faults(Ids(1)))
    journal: Journal = field(default_factory=lambda: Journal(Clock()))

    def app(self) -> Exchanges:
        routes = [
            Route("/invoice", self._invoice, methods=["POST"]),
            Route("/stream", self._stream),
            Route("/broken", self._broken),
            Route("/_sandbox/x", self._page),
        ]
        return Exchanges(
            Starlette(routes=routes),
            journal=self.journal,
            faults=self.faults,
            name=lambda method, path: None if path.startswith("/_sandbox/") else f"{method.lower()}{path}",
            refuse=lambda refusal: (refusal.status, {"X-Bank": "closed"}, b'{"closed":true}'),
            tags=self._tags,
        )

    async def _invoice(self, request: Request) -> Response:
        body = (await request.body()).decode()
        self.done.append(body)
        request.scope[TAGS]["items"] = len(body)
        return JSONResponse({"number": len(self.done), "access_token": "s3cret"})

    async def _stream(self, request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            for part in (b"one ", b"two ", b"three"):
                yield part

        return StreamingResponse(parts())

    async def _broken(self, request: Request) -> Response:
        raise RuntimeError("a bug")

    async def _page(self, request: Request) -> Response:
        return Response("page")

    def _tags(self, scope: Scope, operation: str, status: int) -> Mapping[str, str | int]:
        return {"metered": 1} if status == 200 else {}


async def test_exchanges_cut_the_connection_of_a_lost_answer_over_a_port() -> None:
    """The deed is done, the caller sees the connection end without a status."""
    bank = Bank()
    bank.faults.add(Fault("POST /invoice", Lose.ANSWER, nth=2))
    async with Running(bank.app()) as server, httpx.AsyncClient() as client:
        assert (await client.post(f"{server.url}/invoice", content="1")).status_code == 200
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.post(f"{server.url}/invoice", content="2")
        assert (await client.post(f"{server.url}/invoice", content="3")).json()["number"] == 3
    assert bank.done == ["1", "2", "3"]
    assert [(e.status, e.tags.get("lost")) for e in bank.journal.exchanges()] == [
        (200, None),
        (200, "answer"),
        (200, None),
    ]


async def test_exchanges_send_not_one_byte_of_a_lost_answer() -> None:
    """A raw socket reads the end of the stream and nothing before it, for a lost request too."""
    bank = Bank()
    bank.faults.add(Fault("*", Lose.ANSWER, nth=1))
    bank.faults.add(Fault("*", Lose.REQUEST, nth=2))
    async with Running(bank.app()) as server:
        host, port = server.url.removeprefix("http://").split(":")
        for _ in range(2):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"POST /invoice HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1")
            with contextlib.suppress(ConnectionResetError):  # as good: no byte came
                assert await asyncio.wait_for(reader.read(), 2) == b""
            writer.close()
    assert bank.done == ["1"]


async def test_exchanges_drop_a_lost_request_unseen_over_a_port() -> None:
    """Nothing was done, the caller cannot tell, and the journal knows."""
    bank = Bank()
    bank.faults.add(Fault("*", Lose.REQUEST, times=1))
    async with Running(bank.app()) as server, httpx.AsyncClient() as client:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.post(f"{server.url}/invoice", content="1")
    assert bank.done == []
    assert [(e.status, dict(e.tags)) for e in bank.journal.exchanges()] == [(0, {"lost": "request"})]


@pytest.mark.parametrize(("lose", "done"), [(Lose.ANSWER, ["1"]), (Lose.REQUEST, [])])
async def test_exchanges_lose_answers_in_process_as_read_errors(lose: Lose, done: list[str]) -> None:
    """Without a connection AnswerLost is raised and becomes the same httpx.ReadError."""
    bank = Bank()
    bank.faults.add(Fault("*", lose))
    async with httpx.AsyncClient(transport=InProcess({"http://bank.test": bank.app()})) as client:
        with pytest.raises(httpx.ReadError) as lost:
            await client.post("http://bank.test/invoice", content="1")
    assert isinstance(lost.value.__cause__, AnswerLost)
    assert bank.done == done


async def test_exchanges_refuse_in_the_words_of_the_api() -> None:
    """Status, headers and body come from the API's own wording, Retry-After from the fault; nothing is done."""
    bank = Bank()
    bank.faults.add(Fault("*", Refuse(429, after=30), nth=1))
    bank.faults.add(Fault("*", Refuse(503, body="own words"), nth=2))
    async with Running(bank.app()) as server, httpx.AsyncClient() as client:
        first = await client.post(f"{server.url}/invoice", content="1")
        second = await client.post(f"{server.url}/invoice", content="1")
    assert (first.status_code, first.headers["retry-after"], first.json()) == (429, "30", {"closed": True})
    assert (second.status_code, second.text, second.headers["x-bank"]) == (503, "own words", "closed")
    assert bank.done == []
    assert [e.tags["fault"] for e in bank.journal.exchanges()] == ["refused", "refused"]
    assert bank.journal.total("metered") == 0


def test_exchanges_delay_and_then_do_it_though_the_caller_gave_up() -> None:
    """A caller whose timeout strikes first does not know that the deed was done after all."""

    async def main() -> tuple[list[str], float]:
        bank = Bank()
        bank.faults.add(Fault("*", Delay(10)))
        began = asyncio.get_running_loop().time()
        async with httpx.AsyncClient(
            transport=InProcess({"http://bank.test": bank.app()}), timeout=3
        ) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.post("http://bank.test/invoice", content="1")
            gave_up = asyncio.get_running_loop().time() - began
            assert bank.done == []
            await asyncio.sleep(8)
        return bank.done, gave_up

    done, gave_up = virtual_time.run(main())
    assert done == ["1"]
    assert gave_up == pytest.approx(3)


async def test_exchanges_journal_bodies_and_tags_but_no_secret() -> None:
    """The page holds label, query, bodies and the tags of ring and handler; tokens are blotted out."""
    bank = Bank()
    async with Running(bank.app()) as server, httpx.AsyncClient() as client:
        await client.post(
            f"{server.url}/invoice?minorversion=75",
            content="hello",
            headers={"authorization": "Bearer s3cret"},
        )
        (page,) = bank.journal.exchanges()
    assert (page.method, page.path, page.query, page.operation) == (
        "POST",
        "/invoice",
        "minorversion=75",
        "post/invoice",
    )
    assert (page.status, page.request, dict(page.tags)) == (200, "hello", {"metered": 1, "items": 5})
    assert page.response == '{"number":1,"access_token":"…"}'
    assert "s3cret" not in repr(page)


async def test_exchanges_pass_foreign_paths_untouched() -> None:
    """What has no name has no journal page and suffers no fault."""
    bank = Bank()
    bank.faults.add(Fault("*", Lose.REQUEST))
    async with Running(bank.app()) as server, httpx.AsyncClient() as client:
        assert (await client.get(f"{server.url}/_sandbox/x")).text == "page"
    assert bank.journal.exchanges() == []


async def test_exchanges_journal_streamed_answers_whole() -> None:
    """The pieces of a streamed answer are one text in the journal."""
    bank = Bank()
    async with Running(bank.app()) as server, httpx.AsyncClient() as client:
        assert (await client.get(f"{server.url}/stream")).text == "one two three"
    assert [e.response for e in bank.journal.exchanges()] == ["one two three"]


async def test_exchanges_journal_a_bug_and_let_it_through() -> None:
    """An exception of the API reaches the caller in process and is on record."""
    bank = Bank()
    async with httpx.AsyncClient(transport=InProcess({"http://bank.test": bank.app()})) as client:
        with pytest.raises(RuntimeError, match="a bug"):
            await client.get("http://bank.test/broken")
    assert [e.status for e in bank.journal.exchanges()] == [500]


async def test_exchanges_of_many_callers_at_once_are_each_journaled() -> None:
    """Fifty concurrent requests, some lost, leave fifty pages and as many deeds as pages with a status."""
    bank = Bank()
    bank.faults.add(Fault("*", Lose.ANSWER, rate=0.2))
    bank.faults.add(Fault("*", Lose.REQUEST, rate=0.2))
    async with Running(bank.app()) as server, httpx.AsyncClient() as client:
        sent = [client.post(f"{server.url}/invoice", content=str(n)) for n in range(50)]
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
    lost = sum(isinstance(o, httpx.TransportError) for o in outcomes)
    pages = bank.journal.exchanges()
    assert len(pages) == 50
    assert lost == sum("lost" in page.tags for page in pages) > 0
    assert len(bank.done) == sum(page.status == 200 for page in pages)
