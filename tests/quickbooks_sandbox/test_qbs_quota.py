"""Intuit's limits, each with a switch of its own, and the metered calls of a month (reference 10, 11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from quickbooks_sandbox.quota import Limits, Quota, Throttled
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.faults import Delay, Fault
from sandbox_kit.in_process import InProcess

from .conftest import BASE, Caller


@pytest.fixture
async def limited(clock: Clock) -> AsyncIterator[Caller]:
    """A caller of a sandbox that keeps Intuit's limits."""
    async with httpx.AsyncClient() as hooks:
        sandbox = Sandbox(clock=clock, base_url=BASE, http_client=hooks)
        async with httpx.AsyncClient(transport=InProcess({BASE: sandbox.app}), base_url=BASE) as client:
            yield Caller(sandbox, client)


async def used(caller: Caller) -> dict[str, Any]:
    return caller.json(await caller.client.get("/_sandbox/quota"))


async def choose(caller: Caller, **limits: int | bool) -> dict[str, Any]:
    answer = await caller.client.post("/_sandbox/quota", json=limits)
    assert answer.status_code == 200, answer.text
    return caller.json(answer)


async def test_a_throttled_call_is_answered_as_the_gateway_does(limited: Caller) -> None:
    """Reference 12.4: 429, lower-case members, code 3001, no Retry-After."""
    await choose(limited, per_second=1)
    assert (await limited.get("/term/1")).status_code == 200
    refused = await limited.get("/term/1")

    assert refused.status_code == 429
    assert "retry-after" not in refused.headers
    error = refused.json()["fault"]["error"][0]
    assert error["code"] == "3001"
    assert error["message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"


@pytest.mark.parametrize(
    ("limit", "calls"), [("per_second", 10), ("per_minute", 500), ("batches_per_minute", 40)]
)
async def test_each_limit_has_its_own_switch(clock: Clock, limit: str, calls: int) -> None:
    """0 switches one off; the others stay."""
    off = {name: 0 for name in ("per_second", "per_minute", "at_once", "batches_per_minute") if name != limit}
    quota = Quota(clock, Limits(**off))

    def call() -> None:
        with quota.entered("1", batch=True):
            pass

    for _ in range(calls):
        call()
    with pytest.raises(Throttled):
        call()
    setattr(quota.limits, limit, 0)
    call()


def test_so_many_at_once_and_no_more(clock: Clock) -> None:
    """Ten requests of one realm under way; another realm has its own ten."""
    quota = Quota(clock, Limits(per_second=0, per_minute=0, at_once=2))
    with (
        quota.entered("1"),
        quota.entered("1"),
        quota.entered("2"),
        pytest.raises(Throttled),
        quota.entered("1"),
    ):
        pass
    with quota.entered("1"):
        pass


async def test_metered_calls_are_counted_when_they_succeed(limited: Caller) -> None:
    """Reference 11: reads, queries, feeds and each item of a batch; writes and refused calls are free."""
    await choose(limited, per_second=0)
    assert (await used(limited))["metered_this_month"] == 0
    await limited.get("/term/1")
    await limited.query("select * from Term")
    await limited.get("/cdc", entities="Term", changedSince="2026-03-01")
    await limited.write("/customer", {"DisplayName": "Free"})
    assert (await limited.get("/customer/99999")).status_code == 400
    items = [{"bId": str(number), "Query": "select * from Term"} for number in range(3)]
    await limited.post("/batch", {"BatchItemRequest": items})

    assert (await used(limited))["metered_this_month"] == 6


async def test_the_builder_tier_blocks_metered_calls_until_the_next_month(
    limited: Caller, clock: Clock
) -> None:
    """Reference 10, 11: 429 as for any limit, but it stays; writes go on. Only with the calendar month it is over."""
    await choose(limited, metered_per_month=2, per_second=0)
    statuses = [(await limited.get("/term/1")).status_code for _ in range(3)]
    written = await limited.post("/customer", {"DisplayName": "Still free"})
    clock.advance(3600)
    limited.headers["Authorization"] = f"Bearer {limited.sandbox.mint().access_token}"
    later = await limited.get("/term/1")
    clock.advance(28 * 86_400)
    limited.headers["Authorization"] = f"Bearer {limited.sandbox.mint().access_token}"
    next_month = await limited.get("/term/1")

    assert statuses == [200, 200, 429]
    assert written.status_code == 200
    assert later.status_code == 429
    assert next_month.status_code == 200
    assert (await used(limited))["metered_this_month"] == 1


@pytest.mark.parametrize(
    "wrong", [{"per_second": -1}, {"per_hour": 5}, {"enabled": 1}, {"metered_per_month": "many"}]
)
async def test_a_senseless_limit_is_refused(limited: Caller, wrong: dict[str, Any]) -> None:
    before = await used(limited)
    answer = await limited.client.post("/_sandbox/quota", json=wrong)

    assert answer.status_code == 400 and answer.json()["error"]
    assert await used(limited) == before


async def test_slow_requests_fill_the_ten_that_may_be_under_way(limited: Caller) -> None:
    """Reference 10: the eleventh at once is turned away without waiting, and another realm's limit is its own."""
    await choose(limited, per_second=0, per_minute=0)
    limited.sandbox.faults.add(Fault("GET /term/*", Delay(0.2)))
    started = [asyncio.create_task(limited.get("/term/1")) for _ in range(10)]
    await asyncio.sleep(0.05)
    eleventh = await limited.get("/term/1")
    others = [answer.status_code for answer in await asyncio.gather(*started)]
    assert (eleventh.status_code, others) == (429, [200] * 10)
    assert (await limited.get("/term/1")).status_code == 200


async def test_forty_emails_a_day(limited: Caller, clock: Clock) -> None:
    """Reference 10: an Intuit sandbox sends no more for a realm; those that failed do not count."""
    await choose(limited, per_second=0, per_minute=0)
    assert (await limited.client.get("/_sandbox/quota")).json()["emails_per_day"] == 40
    refused = await limited.post("/invoice/1/send", None, sendTo="nobody")
    sent = [
        (await limited.post("/invoice/1/send", None, sendTo="a@b.example")).status_code for _ in range(41)
    ]
    assert (refused.status_code, sent) == (400, [200] * 40 + [429])
    clock.advance(86_400)
    limited.headers["Authorization"] = f"Bearer {limited.sandbox.mint().access_token}"
    assert (await limited.post("/invoice/1/send", None, sendTo="a@b.example")).status_code == 200


async def test_limits_are_changed_all_or_none(limited: Caller) -> None:
    before = await used(limited)
    answer = await limited.client.post("/_sandbox/quota", json={"per_second": 3, "per_hour": 5})
    assert answer.status_code == 400
    assert await used(limited) == before
