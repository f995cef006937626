"""The control API, over a real port as an operator or a test in another language would use it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sandbox_kit import control
from sandbox_kit.clock import Clock
from sandbox_kit.faults import Delay, Faults, Refuse
from sandbox_kit.ids import Ids
from sandbox_kit.journal import Journal
from sandbox_kit.postman import Postman
from sandbox_kit.server import Running
from sandbox_kit.virtual_time import START


@dataclass
class Desk:
    """The parts behind the control API and a client in front of it."""

    clock: Clock
    journal: Journal
    faults: Faults
    postman: Postman
    client: httpx.AsyncClient
    url: str

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"{self.url}/_sandbox/{path}")

    async def post(self, path: str, data: object = None) -> httpx.Response:
        return await self.client.post(f"{self.url}/_sandbox/{path}", json=data)

    async def delete(self, path: str) -> httpx.Response:
        return await self.client.delete(f"{self.url}/_sandbox/{path}")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A control API on a port, its clock standing at START, its postman at work."""
    clock = Clock(START.timestamp)
    journal, faults = Journal(clock), Faults(Ids(1))
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient())
        postman = Postman(clock=clock, ids=Ids(1), client=client, retry_after=(3600,))
        extra = [Route("/_sandbox/seed", PlainTextResponse("sown"))]
        table = control.routes(clock=clock, journal=journal, faults=faults, postman=postman, extra=extra)
        server = await stack.enter_async_context(Running(Starlette(routes=table), background=[postman.run]))
        yield Desk(clock, journal, faults, postman, client, server.url)


async def test_control_reads_and_shifts_the_clock(desk: Desk) -> None:
    """The clock is advanced by seconds or set to an instant, and answers where it stands."""
    assert datetime.fromisoformat((await desk.get("clock")).json()["now"]) == START
    await desk.post("clock", {"advance_seconds": 60})
    assert (desk.clock.now() - START).total_seconds() == 60
    answer = await desk.post("clock", {"now": "2027-01-01T00:00:00Z"})
    assert answer.json() == {"now": "2027-01-01T00:00:00+00:00"}


async def test_control_posts_shows_and_ends_faults(desk: Desk) -> None:
    """One fault or a list of them is put in force; what is shown can be posted again."""
    one = {"on": "POST /invoice", "act": {"refuse": 429, "after": 30}, "nth": 1}
    two = {"on": "*", "act": {"delay": 2.5}, "rate": 1}
    assert (await desk.post("faults", one)).json() == {"faults": [one]}
    assert (await desk.post("faults", [two])).json() == {"faults": [one, two]}
    assert desk.faults.strike("POST", "/invoice") == Refuse(429, 30)
    assert desk.faults.strike("POST", "/invoice") == Delay(2.5)
    assert (await desk.delete("faults")).json() == {"faults": []}


async def test_control_puts_no_fault_of_a_bad_list_in_force(desk: Desk) -> None:
    """A list with one bad fault is refused whole."""
    answer = await desk.post("faults", [{"on": "*", "act": "lose-answer"}, {"on": "*"}])
    assert answer.status_code == 400
    assert desk.faults.as_json() == []


async def test_control_shows_the_journal_by_operation_and_number(desk: Desk) -> None:
    """Exchanges and the totals of their tags; deleting forgets both."""
    for operation in ("read", "write"):
        desk.journal.record(
            method="GET",
            path="/",
            query="",
            operation=operation,
            status=200,
            request="",
            response="",
            tags={"cost": 2},
        )
    shown = (await desk.get("journal?operation=w*&since=1")).json()
    assert [exchange["operation"] for exchange in shown["exchanges"]] == ["write"]
    assert shown["exchanges"][0]["seq"] == 2
    assert datetime.fromisoformat(shown["exchanges"][0]["at"]) == START
    assert shown["totals"] == {"cost": 4}
    assert (await desk.delete("journal")).json() == {"exchanges": [], "totals": {}}


async def test_control_shows_and_resends_deliveries(desk: Desk) -> None:
    """A failed webhook shows its attempt; the clock makes its retry due; by hand it goes again."""
    identity = desk.postman.post(f"{desk.url}/nowhere", b"hello", {"x": "1"})
    assert (await desk.post("settle")).json() == {"settled": True}
    (shown,) = (await desk.get("deliveries")).json()["deliveries"]
    assert (shown["id"], shown["body"], shown["state"]) == (identity, "hello", "waiting")
    assert [attempt["status"] for attempt in shown["attempts"]] == [404]
    await desk.post("clock", {"advance_seconds": 3600})
    await desk.post("settle")
    (shown,) = (await desk.get("deliveries")).json()["deliveries"]
    assert (shown["state"], len(shown["attempts"])) == ("given up", 2)
    assert (await desk.post(f"deliveries/{identity}/resend")).json() == {"resent": 1}
    assert (await desk.post("deliveries/resend")).json() == {"resent": 1}
    assert (await desk.post("deliveries/nobody/resend")).status_code == 404


async def test_control_changes_single_settings_of_the_postman(desk: Desk) -> None:
    """Members that are not named stay as they are, and the object the stand-in holds is the one that changes."""
    held = desk.postman.settings
    answer = await desk.post("postman", {"duplicates": 1, "time_scale": 0.5, "paused": True})
    assert answer.json() == {
        "duplicates": 1,
        "loss_rate": 0.0,
        "delay_seconds": 0.0,
        "reorder": False,
        "time_scale": 0.5,
        "paused": True,
    }
    assert (await desk.post("postman", {"paused": False, "delay_seconds": 2})).json() == (
        await desk.get("postman")
    ).json()
    assert (held.duplicates, held.delay_seconds, held.paused) == (1, 2.0, False)


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        ("clock", {}, "advance_seconds"),
        ("clock", {"advance_seconds": True}, "advance_seconds"),
        ("clock", {"advance_seconds": -5}, "forward"),
        ("clock", {"now": "yesterday"}, "2026-03-02T15:00:00Z"),
        ("clock", {"now": "2027-01-01"}, "offset"),
        ("clock", {"now": "2020-01-01T00:00:00Z"}, "backwards"),
        ("faults", {"on": "*", "act": "explode"}, "lose-answer"),
        ("faults", "x", "JSON object"),
        ("postman", {"speed": 1}, "time_scale"),
        ("postman", {"paused": 1}, "true or false"),
        ("postman", {"duplicates": 1.5}, "whole number"),
        ("postman", {"delay_seconds": -1}, "0 or more"),
        ("postman", {"loss_rate": 2}, "0 to 1"),
        ("postman", [], "JSON object"),
    ],
)
async def test_control_answers_bad_input_with_400_and_a_sentence(
    desk: Desk, path: str, data: object, words: str
) -> None:
    """The sentence says what was wrong and what to send."""
    answer = await desk.post(path, data)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


async def test_control_answers_broken_json_and_a_bad_number_with_400(desk: Desk) -> None:
    """A body that is no JSON and a `since` that is no number are bad input too."""
    broken = await desk.client.post(f"{desk.url}/_sandbox/faults", content=b"{")
    assert (broken.status_code, "not JSON" in broken.json()["error"]) == (400, True)
    assert "`since`" in (await desk.get("journal?since=x")).json()["error"]


async def test_control_serves_the_stand_ins_own_routes(desk: Desk) -> None:
    """Extra routes stand beside the kit's."""
    assert (await desk.get("seed")).text == "sown"


def test_control_without_a_postman_has_no_mail_routes() -> None:
    """A stand-in that sends no webhooks offers neither deliveries nor settling."""
    clock = Clock(START.timestamp)
    table = control.routes(clock=clock, journal=Journal(clock), faults=Faults(Ids(1)), postman=None)
    paths = {route.path for route in table if isinstance(route, Route)}
    assert paths == {"/_sandbox/clock", "/_sandbox/faults", "/_sandbox/journal"}
