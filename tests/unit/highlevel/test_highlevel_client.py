"""One authorised request: headers, exact numbers, one refresh, and no foreign error."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import httpx
import pytest

from counterfoil import errors
from counterfoil.crm import port
from counterfoil.crm.highlevel import addresses, client, faults, limits


@pytest.fixture(autouse=True)
def _invented_operations(ear) -> None:
    """How a request is carried does not depend on what it asks for."""
    ear.requests = False


async def test_a_read_carries_version_bearer_and_accept(bench) -> None:
    """HighLevel refuses a call without its version (reference 1.2)."""
    bench.script.on("GET /contacts/c1", {"contact": {}})

    await bench.client.read("/contacts/{id}", ids={"id": "c1"}, query={"a": "b c"})

    sent = bench.script.requests[0]
    assert sent.headers["version"] == client.VERSION == "2021-07-28"
    assert sent.headers["authorization"] == "Bearer token-1"
    assert sent.headers["accept"] == "application/json"
    assert "content-type" not in sent.headers
    assert sent.url.params["a"] == "b c"


async def test_an_id_cannot_leave_its_place_in_the_path(bench) -> None:
    """A foreign id is one segment of the path, whatever is in it."""
    bench.script.on("GET /contacts/../x?y", {})

    await bench.client.read("/contacts/{id}", ids={"id": "../x?y"})

    assert bench.script.requests[0].url.raw_path == b"/contacts/..%2Fx%3Fy"


async def test_R76_numbers_stay_exact_in_both_directions(bench) -> None:
    """Money is never a binary float: 0.1 and nineteen digits arrive and leave as they are written."""
    bench.script.on("POST /x", httpx.Response(200, content=b'{"total": 1234567890123.1234567, "tax": 0.1}'))

    answer = await bench.client.write("POST", "/x", body={"amount": Decimal("0.10")})

    assert answer == {"total": Decimal("1234567890123.1234567"), "tax": Decimal("0.1")}
    assert bench.script.requests[0].content == b'{"amount":0.10}'


async def test_a_rejected_token_is_renewed_once_and_the_request_repeated(bench, refuse) -> None:
    """A bad token costs one refresh, not the request (reference 3.3)."""
    bench.script.on("GET /contacts/c1", refuse(401, "Invalid JWT"), {"contact": {"id": "c1"}})

    answer = await bench.client.read("/contacts/{id}", ids={"id": "c1"})

    assert answer == {"contact": {"id": "c1"}}
    assert bench.token_calls == [False, True]
    assert bench.script.requests[1].headers["authorization"] == "Bearer token-2"


async def test_a_token_that_is_rejected_twice_is_lost_access(bench, refuse) -> None:
    """There is no third try."""
    bench.script.on("GET /contacts/c1", refuse(401, "Invalid JWT"))

    with pytest.raises(faults.TokenRejected):
        await bench.client.read("/contacts/{id}", ids={"id": "c1"})

    assert bench.token_calls == [False, True]


async def test_R4_requests_that_were_refused_together_renew_the_token_once(bench, refuse) -> None:
    """Each renewal ends the pair before it (reference 2.4): of twelve pages under way one asks, the others use its token."""
    together = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer token-1":
            await together.wait()
            return refuse(401, "Invalid JWT")
        return httpx.Response(200, json={})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        given: list[bool] = []

        async def token(rejected: bool) -> str:
            given.append(rejected)
            await asyncio.sleep(0)
            return f"token-{1 + sum(given)}"

        quota = limits.Quota(clock=bench.time.clock, sleep=bench.time.sleep)
        quota.window.known = True
        talks = client.Client(
            http=http,
            addresses=addresses.for_base("http://crm.test"),
            token=token,
            quota=quota,
            jitter=lambda: 0.0,
        )
        async with asyncio.TaskGroup() as group:
            for page in range(12):
                group.create_task(talks.read(f"/x/{page}"))
            await asyncio.sleep(0.01)
            together.set()

    assert given.count(True) == 1


async def test_R62_a_renewal_without_an_answer_leaves_no_write_in_doubt(bench) -> None:
    """What was not sent did not happen: a review request would else be called doubtful and never be asked."""

    async def token(rejected: bool) -> str:
        raise errors.OutcomeUnknown("the log-in's answer was lost")

    bench.client._token = token

    with pytest.raises(errors.TryLater):
        await bench.client.write("POST", "/contacts/{id}/workflow/w", ids={"id": "c1"}, body={})

    assert bench.script.requests == []


async def test_a_missing_scope_is_not_refreshed(bench, refuse) -> None:
    """A new token would have the same permissions."""
    bench.script.on("GET /invoices/", refuse(401, "The token is not authorized for this scope."))

    with pytest.raises(errors.AccessLost, match=r"invoices\.readonly"):
        await bench.client.read("/invoices/")

    assert bench.token_calls == [False]


async def test_a_refusal_for_the_rate_waits_interval_and_jitter(bench, refuse) -> None:
    """Ten seconds and half of it again, for a jitter of one half."""
    bench.script.on("GET /invoices/", refuse(429, "Too many requests"))

    with pytest.raises(errors.TryLater) as caught:
        await bench.client.read("/invoices/")

    assert caught.value.after_seconds == 15.0
    assert bench.quota.window.pause(bench.time.now.timestamp()) == pytest.approx(10.1)


async def test_every_answer_is_counted_without_ids(bench, refuse) -> None:
    """Usage is counted by operation; refused calls count too (R73)."""
    bench.script.on("GET /contacts/c1", {"contact": {}})
    bench.script.on("POST /contacts/", refuse(422, ["property x should not exist"]))

    await bench.client.read("/contacts/{id}", ids={"id": "c1"})
    with pytest.raises(errors.Refused):
        await bench.client.write("POST", "/contacts/", body={"x": 1})

    assert bench.calls == [
        port.Call(bank="crm", operation="GET /contacts/{id}", status=200),
        port.Call(bank="crm", operation="POST /contacts/", status=422, write=True),
    ]


@pytest.mark.parametrize("body", [b"<html>sorry</html>", b"", b'{"contact": {'])
async def test_a_success_without_json_is_unclear(bench, body) -> None:
    """A read is asked again; a write may have happened."""
    bench.script.on("GET /x", httpx.Response(200, content=body))
    bench.script.on("POST /x", httpx.Response(200, content=body))

    with pytest.raises(errors.TryLater):
        await bench.client.read("/x")
    with pytest.raises(errors.OutcomeUnknown):
        await bench.client.write("POST", "/x", body={})


async def test_a_search_by_post_is_a_read(bench) -> None:
    """A lost answer of a search leaves nothing in doubt."""
    bench.script.on("POST /contacts/search", httpx.ReadTimeout("late"))

    with pytest.raises(errors.TryLater):
        await bench.client.read("/contacts/search", body={"locationId": "l"})


async def test_a_write_whose_answer_is_lost_is_in_doubt(bench) -> None:
    """HighLevel has no idempotency key: the caller must look before it repeats."""
    bench.script.on("POST /contacts/", httpx.ReadTimeout("late"))

    with pytest.raises(errors.OutcomeUnknown):
        await bench.client.write("POST", "/contacts/", body={})


async def test_a_redirect_is_not_followed_with_the_token(bench) -> None:
    """A token goes to the address of the settings and nowhere else."""
    bench.script.on("GET /x", httpx.Response(302, headers={"location": "http://elsewhere.test/"}))

    with pytest.raises(errors.Refused):
        await bench.client.read("/x")

    assert len(bench.script.requests) == 1


async def test_the_limits_of_the_answers_are_obeyed(bench) -> None:
    """A sandbox account allows 25 calls in ten seconds; the client plans for what it is told (reference 3.1)."""
    headers = {
        "X-RateLimit-Max": "25",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Interval-Milliseconds": "10000",
    }
    bench.script.on("GET /x", httpx.Response(200, json={}, headers=headers))

    await bench.client.read("/x")
    await bench.client.read("/x")

    assert bench.quota.window.maximum == 25
    assert bench.time.slept == [pytest.approx(10.1)]
